/** `runspec jump` with a list of hosts: one tool on all of them. */

import { askYesNo, secretsFrom } from "../../cli/ask.ts";
import { HOST_LISTS, isSet, type ParsedArgs, textArg } from "../../cli/read-args.ts";
import { type Context, tell } from "../../context.ts";
import { EXIT, messageText } from "../../errors.ts";
import { callOnMany, type ManyCall } from "../../fleet/call.ts";
import { fitText } from "../../fleet/fit.ts";
import { hostsText } from "../../fleet/fold-names.ts";
import { exitCodeOf } from "../../fleet/outcome.ts";
import type { Host } from "../../fleet/resolve-hosts.ts";
import type { Result } from "../../fleet/roll-out.ts";
import { isReaderGone } from "../../process/fd-writer.ts";
import { quoteWord } from "../../process/quote.ts";
import { listenForStop } from "../../process/signals.ts";
import { whenAborted } from "../../process/waiting.ts";
import { styleOf } from "../../ui/layout.ts";
import { renderToolHelp } from "../../ui/tool-help.ts";
import { readManyOptions } from "./many-options.ts";
import { namedHosts, printRoute } from "./named-hosts.ts";

const NOT_READ = "stdin was not read: on a list of hosts, a tool gets no input";
/** After a signal, a reader that takes nothing for so long is taken for gone, in milliseconds. */
const READER_GONE_MS = 2000;

/** Runs `tool` on the hosts that `args` name, or lists what they offer, to the exit code. */
export async function jumpMany(args: ParsedArgs, context: Context): Promise<number> {
  const options = readManyOptions(args);
  const { signal: stop, stopListening } = listenForStop(context.onSignals);
  // After an interrupt no reader is waited for.
  whenAborted(stop, () => {
    for (const output of [context.stdout, context.stderr]) output.expectReader(READER_GONE_MS);
  });
  try {
    const { hosts, tool } = await namedHosts(args, context);
    if (isSet(args, "dry-run")) {
      for (const { destination } of hosts) await printRoute(destination, context);
      return EXIT.OK;
    }
    if (tool === undefined) {
      const { listMany } = await import("./many-lists.ts");
      return await listMany(hosts, { ...options, stop }, context);
    }
    const code = await runMany(hosts, tool, { args, options, stop }, context);
    stop.throwIfAborted();
    return code;
  } catch (error) {
    // The interrupt is the reason, not the reader that was given up because of it.
    if (isReaderGone(error)) stop.throwIfAborted();
    throw error;
  } finally {
    stopListening();
  }
}

async function runMany(
  hosts: readonly Host[],
  tool: string,
  { args, options, stop }: { args: ParsedArgs; options: ManyCall["plan"]; stop: AbortSignal },
  context: Context,
): Promise<number> {
  const stdin = context.stdin.isTerminal();
  const stderr = context.stderr.isTerminal();
  const invocation = invocationOf(args, tool);
  const call = { name: tool, words: context.rest ?? [], human: isSet(args, "human") || stdin || stderr };
  const asks = stdin && stderr && !isSet(args, "yes");
  const ask = asks ? (question: string) => askYesNo(question, context) : undefined;
  const askSecrets = secretsFrom(context, tool);
  const request = { hosts, call, plan: options, ask, askSecrets, invocation };
  const result = await callOnMany(request, stop, context);
  // A host that was not started has no code: the failures that kept it from its turn have one.
  const code = exitCodeOf(result.rows.map(({ outcome }) => outcome));
  if (result.kind === "help") {
    await printHelp(result.usages, `${invocation} --`, context);
    return code;
  }
  if (result.kind !== "ran") return EXIT.FAILED;
  const isLost = args.stdin !== false && args["hosts-from"] !== "-" && context.stdin.hasUnread();
  if (isLost) await tell(context, messageText(NOT_READ, "-n says that none is meant"));
  return code;
}

/** What a person typed, up to the tool. */
function invocationOf(args: ParsedArgs, tool: string): string {
  const given = (name: string) => (args[name] === undefined ? [] : [`--${name}`, String(args[name])]);
  const hosts = args["hosts-from"] === undefined ? textArg(args, "alias") || [] : [];
  const words = [hosts, [...HOST_LISTS, "config", "bin"].flatMap(given), tool].flat();
  return `runspec jump ${words.map(quoteWord).join(" ")}`;
}

type Usages = Extract<Result, { kind: "help" }>["usages"];

async function printHelp(usages: Usages, invocation: string, { stdout, env }: Context): Promise<void> {
  const style = styleOf(stdout, env);
  const render = (width: number) => (one: Usages[number]) =>
    renderToolHelp({ ...one.usage, invocation }, { ...style, width });
  // What a host says stands under its heading, so that it cannot pass for one.
  const indent = new Set(usages.map(render(style.width))).size > 1 ? "  " : "";
  for (const [text, members] of Map.groupBy(usages, render(style.width - indent.length))) {
    const heading = `${hostsText(members.map(({ host }) => host))}\n\n`;
    await stdout.write(indent === "" ? text : heading + fitText(text.replace(/^(?=.)/gm, indent), stdout));
  }
}
