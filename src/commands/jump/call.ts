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

/** `stop` ends ssh until a call has a listener of its own. */
export async function callOrList(
  transport: Transport,
  args: ParsedArgs,
  stop: StopListener,
  context: Context,
): Promise<number> {
  const { destination } = transport;
  const tool = textArg(args, "tool");
  const remote = connect({
    ...transport,
    cache: toolCacheOf(destination, context),
    version: context.version,
    onOutput: ({ stream, bytes }) => context[stream].write(bytes),
    stderr: context.stderr,
  });
  whenAborted(stop.signal, remote.abandon);
  // A tool that says nothing more gives no other occasion to learn that nobody reads.
  void context.stdout.failure.then(remote.abandon);
  const offSuspend = onSuspend(context.onSignals, remote.client.alive);
  try {
    if (tool !== undefined) {
      const called = callTool(remote, tool, destination, args, context);
      // The call listens by now: with a gap in between, a signal would end us and leave the tool.
      stop.stopListening();
      return await called;
    }
    // Not loaded for a call.
    const { listTools } = await import("./lists.ts");
    await listTools(remote, destination, args, context);
    return EXIT.OK;
  } finally {
    await remote.finish();
    stop.stopListening();
    offSuspend();
  }
}

async function callTool(
  remote: Remote,
  name: string,
  { alias, config, bin }: Destination,
  args: ParsedArgs,
  context: Context,
): Promise<number> {
  const host = { alias, config, bin };
  const invocation = `runspec jump ${wordsFor(host)} ${quoteWord(name)} --`;
  const atTerminal = context.stdin.isTerminal();
  // citty reads --no-stdin, and its -n, as "stdin" given as false.
  const openStdin = args.stdin !== false && context.stdin.hasInput() ? context.stdin.open : undefined;
  const human = isSet(args, "human") || atTerminal || context.stderr.isTerminal();
  const askSecrets = secretsFrom(context, `${name} on ${alias}`);
  const request = { ...host, name, words: context.rest ?? [], invocation, human, openStdin, askSecrets };
  const result = await callOnHost(remote, request, context);
  if (typeof result === "number") return result;
  await context.stdout.write(renderToolHelp({ ...result, invocation }, styleOf(context.stdout, context.env)));
  return EXIT.OK;
}
