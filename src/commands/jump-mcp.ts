/** `runspec jump <alias> --mcp`: the remote server on our own stdin and stdout, for clients that attach it by alias. */

import { EXIT, RunspecError } from "../errors.ts";
import { lookAtAddress } from "../remote/address.ts";
import type { Destination } from "../remote/destination.ts";
import { patience } from "../remote/patience.ts";
import { relay } from "../remote/relay.ts";
import type { Route } from "../remote/route.ts";
import { interruptedBy, STOP_SIGNALS } from "../remote/run-tool.ts";
import { startSsh } from "../ssh/start.ts";
import type { Context } from "./context.ts";
import { withServerLog } from "./server-log.ts";
import { warn } from "./warn.ts";

/** How long a silent remote is waited for, unless RUNSPEC_HANDSHAKE_TIMEOUT says otherwise (seconds). */
const PATIENCE_SECONDS = 30;

/** Attaches ssh, whose argv is `argv`, to our own ends. */
export async function passThrough(
  destination: Destination,
  { argv, ssh: byHand, shared }: Pick<Route, "argv" | "ssh" | "shared">,
  env: Record<string, string>,
  context: Context,
): Promise<number> {
  const { alias, bin } = destination;
  if (context.stdinIsTerminal()) {
    const entry = { command: "runspec", args: ["jump", alias, "--mcp"] };
    throw new RunspecError("--mcp speaks JSON-RPC on stdin and stdout, and stdin is a terminal", {
      exitCode: EXIT.USAGE,
      hint: `attach it to an MCP client:\n${JSON.stringify({ mcpServers: { [alias]: entry } }, undefined, 2)}`,
    });
  }
  const { seconds, issue } = patience(context.env, PATIENCE_SECONDS);
  if (issue !== undefined) warn(context, issue);
  const ending = new AbortController();
  const stopListening = context.onSignals(STOP_SIGNALS, (signal) => ending.abort(interruptedBy(signal)));
  return withServerLog(context, async ({ stderr }) => {
    await relay({
      alias,
      bin,
      ssh: startSsh(argv, env),
      byHand,
      forgetShared: shared?.forget,
      stdin: context.openStdin(),
      stdout: context.openProtocol(),
      stderr,
      patienceMs: seconds * 1000,
      lookAtAddress: (limitMs) => lookAtAddress(destination, env, limitMs),
      onSignals: context.onSignals,
      signal: ending.signal,
    });
    return EXIT.OK;
  }).finally(stopListening);
}
