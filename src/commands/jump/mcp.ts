/** `runspec jump --mcp`: the server of a host, or one over all hosts of a list, on our own stdin and stdout, for clients that attach it. */

import { HOST_LISTS, nextCommand, type ParsedArgs, textArg } from "../../cli/read-args.ts";
import type { Context } from "../../context.ts";
import { handledElsewhere, RunspecError, usageError } from "../../errors.ts";
import type { Destination } from "../../hosts/destination.ts";
import { listenForStop } from "../../process/signals.ts";
import { chunksOf } from "../../process/source.ts";
import { relay } from "../../session/relay.ts";
import { withServerLog } from "../../session/server-log.ts";
import { openTransport } from "../../session/transport.ts";
import { createUnanswered } from "../../session/unanswered.ts";
import { readManyOptions } from "./many-options.ts";
import { namedHosts } from "./named-hosts.ts";

/** As good as no limit: the gateway has one for each host, and no call waits for those on other hosts. */
const CONCURRENT_CALLS = 10_000;

/** Does `work`, which becomes a server; where it fails before it reads its client's requests, the client is told why. */
export async function orTellClient(
  context: Context,
  work: (heard: Context) => Promise<number>,
): Promise<number> {
  let isRead = context.stdin.isTerminal();
  const open = () => {
    isRead = true;
    return context.stdin.open();
  };
  return work({ ...context, stdin: { ...context.stdin, open } }).catch(async (error: unknown) => {
    if (isRead || !(error instanceof RunspecError)) throw error;
    const requests = createUnanswered();
    const read = async () => {
      for await (const chunk of chunksOf(context.stdin.open())) requests.note(chunk);
    };
    const why = [error.message, error.hint ?? []].flat().join("\n");
    await requests.refuse(why, read().catch(handledElsewhere), context.stdout);
    throw error;
  });
}

export async function passThrough(destination: Destination, given: Context): Promise<number> {
  const { signal, stopListening } = listenForStop(given.onSignals);
  return withServerLog(given, async (context) => {
    // Before ssh is started: a stdin that is a directory ends us.
    context.stdin.hasInput();
    const transport = openTransport(destination, context);
    const { stderr, onSignals } = context;
    const ends = { stdin: context.stdin.open(), stdout: context.openProtocol(), stderr };
    await relay({ ...transport, ...ends, onSignals, signal });
  }).finally(stopListening);
}

/** One MCP server over all hosts of a list. */
export async function serveMany(args: ParsedArgs, given: Context): Promise<number> {
  const { parallel } = readManyOptions(args);
  if (args["hosts-from"] === "-")
    throw usageError("--hosts-from - and --mcp both want stdin", "name a file that the hosts stand in");
  rejectTerminal("--mcp", args, given);
  // Not loaded for one host.
  const { gatewayInstructions, gatewayName, hostsLine } = await import("../../fleet/gateway/instructions.ts");
  const { openGateway } = await import("../../fleet/gateway/open.ts");
  const { serveOnStdio } = await import("../../session/serve-stdio.ts");
  return withServerLog(given, async (context) => {
    const { hosts } = await namedHosts(args, context);
    const names = hosts.map(({ name }) => name);
    const gateway = openGateway(hosts, parallel, context);
    await serveOnStdio(context, {
      server: {
        name: gatewayName(textArg(args, "alias") ?? textArg(args, "hosts-from") ?? ""),
        title: `runspec on ${hostsLine(names)}`,
        version: context.version,
      },
      instructions: () => gatewayInstructions(names, gateway.known()),
      tools: gateway,
      extension: false,
      concurrency: CONCURRENT_CALLS,
      onLeaving: gateway.leave,
    }).finally(gateway.close);
  });
}

/** A client starts `what`, not a person, by an `entry` in its configuration; `attach` tells which. @throws RunspecError 2 at a terminal */
export function rejectTerminal(what: string, args: ParsedArgs, context: Context, entry = ""): void {
  if (!context.stdin.isTerminal()) return;
  const host = [textArg(args, "alias") ?? []].flat();
  const attach = `${nextCommand(context, "attach", "claude-code", ...host)} prints the entry for one`;
  const isSame = [...HOST_LISTS, "bin"].every((name) => args[name] === undefined);
  const hint = `an MCP client starts it${isSame ? `: ${attach}` : ""}${entry && `\n${entry}`}`;
  throw usageError(`${what} speaks JSON-RPC on stdin and stdout, and stdin is a terminal`, hint);
}
