/** `runspec jump <alias> --mcp`: the remote server on our own stdin and stdout, for clients that attach it by alias. */

import { EXIT, RunspecError } from "../errors.ts";
import type { Destination } from "../remote/destination.ts";
import { interruptedBy, STOP_SIGNALS } from "../remote/run-tool.ts";
import { diagnose } from "../ssh/diagnose.ts";
import { executeHere } from "../tool/execute-here.ts";
import type { Context } from "./context.ts";

/** Runs ssh in our place: not a byte passes through us. */
export async function passThrough(
  destination: Destination,
  { argv, ssh }: { argv: readonly string[]; ssh: readonly string[] },
  env: Record<string, string>,
  context: Context,
): Promise<number> {
  if (context.stdinIsTerminal()) {
    const entry = { command: "runspec", args: ["jump", destination.alias, "--mcp"] };
    throw new RunspecError("--mcp speaks JSON-RPC on stdin and stdout, and stdin is a terminal", {
      exitCode: EXIT.USAGE,
      hint: `attach it to an MCP client:\n${JSON.stringify({ mcpServers: { [destination.alias]: entry } }, undefined, 2)}`,
    });
  }
  let interrupted: Error | undefined;
  const stopListening = context.onSignals(STOP_SIGNALS, (signal) => {
    interrupted ??= interruptedBy(signal);
  });
  const { code: exitCode } = await executeHere({
    argv,
    env,
    timeout: undefined,
    // What ssh leaves may be the master of a connection that others share.
    sweep: false,
    atTerminal: context.stderr.isTerminal(),
    onSignals: context.onSignals,
  }).finally(stopListening);
  // ssh ends with 255 when it is told to end, as for a connection that failed.
  if (interrupted !== undefined) throw interrupted;
  if (exitCode === 0 || (exitCode > 128 && exitCode < EXIT.CONNECTION)) return exitCode;
  const { alias, bin } = destination;
  throw diagnose({
    alias,
    bin,
    ssh,
    exitCode,
    handshake: false,
    noise: undefined,
    gaveUp: undefined,
    patience: 0,
  });
}
