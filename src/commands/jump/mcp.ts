/** `runspec jump <alias> --mcp`: the remote server on our own stdin and stdout, for clients that attach it by alias. */

import type { ParsedArgs } from "../../cli/parsed-args.ts";
import type { Context } from "../../context.ts";
import { EXIT, type RunspecError, usageError } from "../../errors.ts";
import type { Destination } from "../../hosts/destination.ts";
import type { Route } from "../../hosts/route.ts";
import { quoteCommand } from "../../process/quote.ts";
import { listenForStop } from "../../process/signals.ts";
import { relay } from "../../session/relay.ts";
import { withServerLog } from "../../session/server-log.ts";
import { openTransport } from "../../session/transport.ts";

export async function passThrough(destination: Destination, route: Route, context: Context): Promise<number> {
  const { signal, stopListening } = listenForStop(context.onSignals);
  return withServerLog(context, async (context) => {
    // Before ssh is started: a stdin that cannot be read ends us.
    const stdin = context.openStdin();
    await relay({
      ...openTransport(destination, route, context),
      stdin,
      stdout: context.openProtocol(),
      stderr: context.stderr,
      onSignals: context.onSignals,
      signal,
    });
    return EXIT.OK;
  }).finally(stopListening);
}

/** A client starts `what`, not a person; `attach` tells how. */
export function notAtTerminal(what: string, args: ParsedArgs): RunspecError {
  const { alias = [], config } = args;
  const given = [alias, config === undefined ? [] : ["--config", config]].flat().map(String);
  const attach = `${quoteCommand(["runspec", "attach", "claude-code", ...given])} prints the entry for one`;
  const hint = `an MCP client starts it${args["hosts-from"] === undefined ? `: ${attach}` : ""}`;
  return usageError(`${what} speaks JSON-RPC on stdin and stdout, and stdin is a terminal`, hint);
}
