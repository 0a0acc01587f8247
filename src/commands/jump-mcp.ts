/** `runspec jump <alias> --mcp`: the remote server on our own stdin and stdout, for clients that attach it by alias. */

import { EXIT, RunspecError } from "../errors.ts";
import { listenForStop } from "../exec/stop-signals.ts";
import type { Destination } from "../remote/destination.ts";
import { relay } from "../remote/relay.ts";
import type { Context } from "./context.ts";
import { lookAfter, type Way } from "./jump-way.ts";
import { withServerLog } from "./server-log.ts";

/** Attaches ssh, which `open` starts, to our own ends. */
export async function passThrough(
  destination: Destination,
  open: () => Way,
  context: Context,
): Promise<number> {
  const { alias } = destination;
  if (context.stdinIsTerminal()) {
    const entry = { command: "runspec", args: ["jump", alias, "--mcp"] };
    throw new RunspecError("--mcp speaks JSON-RPC on stdin and stdout, and stdin is a terminal", {
      exitCode: EXIT.USAGE,
      hint: `attach it to an MCP client:\n${JSON.stringify({ mcpServers: { [alias]: entry } }, undefined, 2)}`,
    });
  }
  const { signal, stopListening } = listenForStop(context.onSignals);
  return withServerLog(context, async (context) => {
    await relay({
      ...(await lookAfter(open(), destination, context)),
      stdin: context.openStdin(),
      stdout: context.openProtocol(),
      stderr: context.stderr,
      onSignals: context.onSignals,
      signal,
    });
    return EXIT.OK;
  }).finally(stopListening);
}
