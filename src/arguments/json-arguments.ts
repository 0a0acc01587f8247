/** The `arguments` of a call as JSON: read to typed values, and written from them. */

import { didYouMean } from "../did-you-mean.ts";
import { attempt } from "../errors.ts";
import type { PlainObject } from "../json.ts";
import { parseKeepingNumerals } from "../numerals.ts";
import { visible } from "../text.ts";
import { alternatives, named, PROBLEMS_MAX, quote } from "./describe.ts";
import { readJson } from "./json-value.ts";
import { type Argument, nameFinder, type Scalar, type Values } from "./model.ts";
import { type GivenArguments, type Presence, type Rules, readGiven } from "./rules.ts";
import { isForPeople, isSecret, isSecretFlag, nameAlone } from "./secret.ts";
import { isNumber, NOT_SHOWN, readText } from "./value.ts";

/** The arguments of an MCP call; null is not given. `preset` has those that have a value without the caller. */
export function readJsonArguments(json: object = {}, tool: Rules, preset: Presence): GivenArguments {
  const { byName, problems } = match(json, tool.args, preset);
  const read = readGiven(tool, byName, readJson, preset);
  return { ...read, problems: [...problems, ...read.problems] };
}

/** What gemini-cli, Antigravity, Cline, Kiro and n8n add to every call for themselves (agents.md). A tool that declares it gets it. */
const INJECTED: ReadonlySet<string> = new Set([
  ...["wait_for_previous", "waitForPreviousTools", "task_progress", "toolSummary", "toolAction"],
  ...["__tool_use_purpose", "toolCallId"],
]);

/** What was given under each argument's name; `dry_run` will do for `dry-run` unless both exist. */
function match(given: object, args: readonly Argument[], preset: Presence) {
  const byName = new Map<string, unknown>();
  const problems: string[] = [];
  const find = nameFinder(args);
  for (const [name, value] of Object.entries(given)) {
    const argument = find(name);
    if (value === null || (argument === undefined && INJECTED.has(name))) continue;
    if (argument === undefined) problems.push(problems.length < PROBLEMS_MAX ? unknown(name, args) : "");
    else if (byName.has(argument.name))
      problems.push(`${argument.name}: given twice, also as ${named(name)}`);
    else if (!isNone(argument, value, preset)) byName.set(argument.name, value);
  }
  return { byName, problems };
}

/** Some models, and Cursor, fill in every argument: an empty text is no number, no choice, and neither true nor false. */
function isNone(argument: Argument, value: unknown, preset: Presence): boolean {
  if (value !== "" || (argument.required && !preset.has(argument.name))) return false;
  return "problem" in readText(argument, "");
}

function unknown(given: string, args: readonly Argument[]): string {
  const name = args.some(isSecret) || isSecretFlag(`--${given}`) ? nameAlone(given) : given;
  const names = args.filter((one) => !one.hidden && !isForPeople(one)).map((argument) => argument.name);
  const known = names.length === 0 ? "none" : alternatives(names.map(visible), "and");
  return `${named(name) || '""'}: there is no such argument; ${didYouMean(name, names) || `this tool takes ${known}`}`;
}

/** The `arguments` of a call, from values read off a command line, on which an object or a list in a list is written as JSON. */
export function toCallArguments(
  given: Values,
  args: readonly Argument[],
): { arguments: PlainObject; problems: string[] } {
  const problems: string[] = [];
  const entries: [string, unknown][] = [];
  for (const argument of args) {
    const { name, meta } = argument;
    const value = given.get(name);
    if (value === undefined) continue;
    const asJson = (item: Scalar): unknown => (isNumber(argument) ? asNumber(item) : item);
    const read = meta?.json === undefined ? asJson : (item: Scalar) => parseItem(argument, item, problems);
    entries.push([name, Array.isArray(value) ? value.map(read) : read(value)]);
  }
  return { arguments: Object.fromEntries(entries), problems };
}

/** A number in its own digits where JSON has such a number; JSON has none that begins with a plus or a zero. */
function asNumber(item: Scalar): unknown {
  const text = String(item);
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text) ? JSON.rawJSON(text) : Number(text);
}

function parseItem(argument: Argument, item: Scalar, problems: string[]): unknown {
  const text = String(item);
  const read = attempt(() => ({ json: parseKeepingNumerals(text) }));
  const shown = isSecret(argument) ? NOT_SHOWN : quote(text);
  if (read === undefined) problems.push(`--${visible(argument.name)}: found ${shown}, expected JSON`);
  return read?.json;
}
