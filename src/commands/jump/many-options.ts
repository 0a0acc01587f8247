/** The options of `jump` for lists of hosts. */

import { flag, option } from "../../cli/options.ts";
import { isSet, type ParsedArgs, textArg } from "../../cli/read-args.ts";
import type { Context } from "../../context.ts";
import { usageError } from "../../errors.ts";
import type { ManyCall } from "../../fleet/call.ts";
import { readAmount, readBatch } from "../../fleet/steps.ts";
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

/** @throws RunspecError 2 where there is an option for lists, and one host */
export function rejectManyOptions(args: ParsedArgs, context: Context): void {
  // An option that was given without its value has taken the hosts for it: that is told first.
  readManyOptions(args);
  if (args.alias !== undefined && args.tool === undefined) rejectToolOptions(args, context);
  const useless = Object.keys(MANY_OPTIONS).find((name) => isGiven(args, name));
  if (useless !== undefined) throw usageError(`--${useless} is for a list of hosts`, asList(args));
}

const isGiven = (args: ParsedArgs, name: string) => args[name] !== undefined && args[name] !== false;

/** What makes a list of the one host that is named. */
export function asList(args: ParsedArgs): string {
  return `a comma behind one host makes it a list: ${visible(textArg(args, "alias") ?? "HOST")},`;
}

/** @throws RunspecError 2 where there is something that goes with a tool */
export function rejectToolOptions(args: ParsedArgs, { rest }: Context): void {
  if (rest !== undefined) throw usageError("arguments after -- need a tool before it");
  const useless = Object.keys(TOOL_OPTIONS).find((name) => isGiven(args, name));
  if (useless !== undefined) throw usageError(`--${useless} goes with a tool`);
}

/** @throws RunspecError 2 */
export function readManyOptions(args: ParsedArgs): ManyCall["plan"] {
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
  throw usageError(`--timeout: found "${visible(text)}", expected 1ms to 24 days, such as "90s" or "12h"`);
}
