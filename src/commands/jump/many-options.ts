/** The host, or the hosts, that the words of `jump` name, and its options for lists of them. */

import { flag, option } from "../../cli/options.ts";
import { HOST_LISTS, isSet, nextCommand, type ParsedArgs, textArg } from "../../cli/read-args.ts";
import type { Context } from "../../context.ts";
import { usageError } from "../../errors.ts";
import type { ManyCall } from "../../fleet/call.ts";
import type { RollOutPlan } from "../../fleet/roll-out.ts";
import { readAmount, readBatch } from "../../fleet/steps.ts";
import { type Destination, findDestination, hostSearch } from "../../hosts/destination.ts";
import { isHostList } from "../../hosts/host-list.ts";
import { parseDuration } from "../../spec/units.ts";
import { visible } from "../../text.ts";

/** How a tool is run, and how its output is shown. */
const TOOL_OPTIONS = {
  batch: option("1,10%,100%", "Several hosts: in steps, stopping after a step with failures"),
  "max-fail": option(
    "NUMBER",
    "Several hosts: how many may fail, or N%, before nothing more is started (with --batch: 0)",
  ),
  timeout: option("90s", "Several hosts: the time limit for each"),
  fold: flag("Several hosts: print at the end, equal outputs once"),
  "output-dir": option("DIR", "Several hosts: also write HOST.out, HOST.err, failed and not-started"),
  yes: flag("Several hosts: run the tool without asking", "y"),
};

export const MANY_OPTIONS = {
  except: option("LIST", "Hosts to leave out"),
  "hosts-from": option("FILE", "The hosts, one a line (- for stdin); the first word is the tool then"),
  parallel: option("N", "Several hosts: at most N at a time (32)"),
  ...TOOL_OPTIONS,
};

/** Whether `args` name a list of hosts: by the form of the word, not by what it is, or by an option that goes with lists alone. */
export function namesMany(args: ParsedArgs): boolean {
  return isHostList(textArg(args, "alias") ?? "") || HOST_LISTS.some((name) => args[name] !== undefined);
}

/** The one host that is named. @throws RunspecError 2 where there is none, or an option for lists; 125 for what is no host */
export function namedHost(args: ParsedArgs, context: Context): Destination {
  rejectManyOptions(args, context);
  const [alias, bin, config] = ["alias", "bin", "config"].map((name) => textArg(args, name));
  const list = `${nextCommand(args, "jump", "--list-jump-hosts")} lists them`;
  if (alias === undefined) throw usageError("jump needs an alias", list);
  return findDestination(alias, hostSearch(context, config), bin);
}

/** @throws RunspecError 2 where there is an option for lists, and one host */
export function rejectManyOptions(args: ParsedArgs, context: Context): void {
  // One that is given no value has taken the hosts for it.
  readManyOptions(args);
  if (args.alias !== undefined && args.tool === undefined) rejectToolOptions(args, context);
  const useless = Object.keys(MANY_OPTIONS).find((name) => args[name] !== undefined && args[name] !== false);
  if (useless !== undefined) throw usageError(`--${useless} is for a list of hosts`, asList(args));
}

/** What makes a list of the one host that is named. */
export function asList(args: ParsedArgs): string {
  return `a comma behind one host makes it a list: ${visible(textArg(args, "alias") ?? "HOST")},`;
}

/** The hosts, and the tool: the second word, with `--hosts-from` the first. @throws RunspecError 125 for what is no host, or none; 2 for words too many */
export async function namedHosts(args: ParsedArgs, context: Context, signal: AbortSignal) {
  const from = textArg(args, "hosts-from");
  if (from === "") throw usageError("--hosts-from needs a file");
  const [first, second] = [textArg(args, "alias"), textArg(args, "tool")];
  if (from !== undefined && second !== undefined) {
    const what = `unexpected "${visible(second)}": with --hosts-from the first word is the tool`;
    throw usageError(what, "its arguments go after --");
  }
  if (from === undefined && first === undefined) throw usageError("--except needs a list of hosts before it");
  const tool = from === undefined ? second : first;
  if (tool === undefined) rejectToolOptions(args, context);
  const [except, bin, config] = ["except", "bin", "config"].map((name) => textArg(args, name));
  const choice = { list: first ?? "", from, except, bin, config };
  // Not loaded for one host.
  const { selectHosts } = await import("../../fleet/select.ts");
  return { tool, hosts: await selectHosts(choice, context, signal) };
}

/** @throws RunspecError 2 where there is something that goes with a tool */
function rejectToolOptions(args: ParsedArgs, { rest }: Context): void {
  if (rest !== undefined) throw usageError("arguments after -- need a tool before it");
  const useless = Object.keys(TOOL_OPTIONS).find((name) => args[name] !== undefined && args[name] !== false);
  if (useless !== undefined) throw usageError(`--${useless} goes with a tool`);
}

export type ManyOptions = RollOutPlan & Pick<ManyCall, "outputDir">;

/** @throws RunspecError 2 */
export function readManyOptions(args: ParsedArgs): ManyOptions {
  const parallel = textArg(args, "parallel") ?? "32";
  if (!/^[1-9]\d{0,4}$/.test(parallel))
    throw usageError(`--parallel: found "${visible(parallel)}", expected a number from 1 to 99999`);
  const texts = ["batch", "max-fail", "timeout", "output-dir"].map((name) => textArg(args, name));
  const [batch, maxFail, timeout, outputDir] = texts;
  const json = args.format === "json";
  if (outputDir === "") throw usageError("--output-dir needs a directory");
  if (json && isSet(args, "fold"))
    throw usageError("--fold is for text: --format json has a line for each host");
  return {
    parallel: Number(parallel),
    batch: batch === undefined ? undefined : readBatch(batch),
    maxFail:
      maxFail === undefined ? (batch === undefined ? undefined : () => 0) : readAmount(maxFail, "--max-fail"),
    timeoutMs: timeout === undefined ? undefined : readTimeout(timeout),
    show: json ? "json" : isSet(args, "fold") ? "fold" : "live",
    outputDir,
  };
}

function readTimeout(text: string): number {
  const ms = parseDuration(/^\d+$/.test(text) ? `${text}s` : text);
  if (ms !== undefined) return ms;
  throw usageError(`--timeout: found "${visible(text)}", expected a duration such as "90s", 24 days at most`);
}
