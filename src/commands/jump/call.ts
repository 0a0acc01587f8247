/** `runspec jump` on one host: a call, or the list of its tools. */

import { secretsFrom } from "../../cli/ask.ts";
import { isSet, type ParsedArgs, textArg } from "../../cli/read-args.ts";
import type { Context } from "../../context.ts";
import { EXIT } from "../../errors.ts";
import type { Destination } from "../../hosts/destination.ts";
import { wordsFor } from "../../hosts/remedy.ts";
import { quoteWord } from "../../process/quote.ts";
import { onSuspend, type StopListener } from "../../process/signals.ts";
import { whenAborted } from "../../process/waiting.ts";
import { callOnHost } from "../../session/call.ts";
import { connect, type Remote } from "../../session/connect.ts";
import { toolCacheOf } from "../../session/tool-cache.ts";
import type { Transport } from "../../session/transport.ts";
import { styleOf } from "../../ui/layout.ts";
import { renderToolHelp } from "../../ui/tool-help.ts";

interface OneHostCall {
  destination: Destination;
  /** undefined: the list. */
  tool: string | undefined;
  args: ParsedArgs;
  context: Context;
  /** What ends ssh until a call has a listener of its own. */
  stop: StopListener;
}

export async function callOrList(transport: Transport, call: OneHostCall): Promise<number> {
  const { context, tool, args, stop } = call;
  const remote = connect({
    ...transport,
    cache: toolCacheOf(call.destination, context),
    version: context.version,
    onOutput: ({ stream, bytes }) => context[stream].write(bytes),
    stderr: context.stderr,
  });
  whenAborted(stop.signal, remote.abandon);
  const offSuspend = onSuspend(context.onSignals, remote.client.alive);
  try {
    if (tool !== undefined) return await runTool(remote, tool, call);
    // Not loaded for a call.
    const { listTools } = await import("./lists.ts");
    const asJson = args.format === "json";
    await listTools(remote, { ...call.destination, alias: transport.alias, asJson }, context);
    return EXIT.OK;
  } finally {
    await remote.finish();
    stop.stopListening();
    offSuspend();
  }
}

async function runTool(remote: Remote, tool: string, call: OneHostCall): Promise<number> {
  const { args, context, stop } = call;
  const { config, bin } = call.destination;
  const host = { alias: textArg(args, "alias") ?? "", config, bin };
  const invocation = `runspec jump ${wordsFor(host)} ${quoteWord(tool)} --`;
  const atTerminal = context.stdinIsTerminal();
  // citty reads --no-stdin, and its -n, as "stdin" given as false.
  const openStdin = args.stdin !== false && context.hasInput() ? context.openStdin : undefined;
  const human = isSet(args, "human") || atTerminal || context.stderr.isTerminal();
  const askSecrets = secretsFrom(context, `${tool} on ${host.alias}`);
  const request = { ...host, tool, words: context.rest ?? [], invocation, human, openStdin, askSecrets };
  const ended = callOnHost(remote, request, context);
  // The call listens by now: with a gap in between, a signal would end us and leave the tool.
  stop.stopListening();
  const result = await ended;
  if (typeof result === "number") return result;
  await context.stdout.write(renderToolHelp({ ...result, invocation }, styleOf(context.stdout, context.env)));
  return EXIT.OK;
}
