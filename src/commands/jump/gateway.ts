/** `runspec jump LIST --mcp`: one MCP server over all hosts of a list. */

import { type ParsedArgs, textArg } from "../../cli/parsed-args.ts";
import type { Context } from "../../context.ts";
import { EXIT, usageError } from "../../errors.ts";
import { gatewayInstructions, gatewayName, hostsLine } from "../../fleet/gateway/instructions.ts";
import { openGateway } from "../../fleet/gateway/open.ts";
import { listenForStop } from "../../process/signals.ts";
import { serveOnStdio } from "../../session/serve-stdio.ts";
import { withServerLog } from "../../session/server-log.ts";
import { chosenHosts, readManyOptions } from "./many-options.ts";
import { notAtTerminal } from "./mcp.ts";

/** As good as no limit: the gateway has one for each host, and no call waits for those on other hosts. */
const CONCURRENT_CALLS = 10_000;

export async function serveMany(args: ParsedArgs, given: Context): Promise<number> {
  const { parallel } = readManyOptions(args);
  if (args["hosts-from"] === "-")
    throw usageError("--hosts-from - and --mcp both want stdin", "name a file that the hosts stand in");
  if (given.stdinIsTerminal()) throw notAtTerminal("--mcp", args);
  return withServerLog(given, async (context) => {
    const stop = listenForStop(context.onSignals);
    const { hosts } = await chosenHosts(args, context, stop.signal).finally(stop.stopListening);
    stop.signal.throwIfAborted();
    const names = hosts.map(({ name }) => name);
    const gateway = openGateway(hosts, parallel, context);
    try {
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
      });
    } finally {
      await gateway.close();
    }
    return EXIT.OK;
  });
}
