/** `runspec jump <alias> --mcp`: the remote server on our own stdin and stdout, for clients that attach it by alias. */

import type { Context } from "../../context.ts";
import { EXIT, type RunspecError, usageError } from "../../errors.ts";
import type { Destination } from "../../hosts/destination.ts";
import type { Route } from "../../hosts/route.ts";
import { listenForStop } from "../../process/signals.ts";
import { relay } from "../../session/relay.ts";
import { withServerLog } from "../../session/server-log.ts";
import { openTransport } from "../../session/transport.ts";
import { launchPath } from "../../spec/discover/find-environment.ts";

/** Attaches the server at the end of `route` to our own ends. */
export async function passThrough(destination: Destination, route: Route, context: Context): Promise<number> {
  const { alias } = destination;
  if (context.stdinIsTerminal()) throw notAtTerminal(alias, ["jump", alias, "--mcp"], context);
  const { signal, stopListening } = listenForStop(context.onSignals);
  return withServerLog(context, async (context) => {
    await relay({
      ...openTransport(destination, route, context),
      stdin: context.openStdin(),
      stdout: context.openProtocol(),
      stderr: context.stderr,
      onSignals: context.onSignals,
      signal,
    });
    return EXIT.OK;
  }).finally(stopListening);
}

/** `words`: what runspec is given, of which the last says that it is a server. */
export function notAtTerminal(name: string, words: readonly string[], context: Context): RunspecError {
  const command = launchPath(context);
  const mcpServers = { [name]: { command, args: words } };
  return usageError(
    `${words.at(-1)} speaks JSON-RPC on stdin and stdout, and stdin is a terminal`,
    `attach it to an MCP client:\n${JSON.stringify({ mcpServers }, undefined, 2)}`,
  );
}
