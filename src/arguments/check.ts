import { isTable, type Table } from "../json.ts";
import { visible } from "../text.ts";
import { checkGroups, countsToGroups, type Presence } from "./check-groups.ts";
import { alternatives, describeValue, named, suggest } from "./describe.ts";
import { meansNothing, readJson } from "./json-value.ts";
import type { Argument, Group, Value } from "./model.ts";
import { byPosition } from "./position.ts";

export interface Given {
  /** What the caller gave, by argument, in spec order. */
  given: Map<string, Value>;
  /** Sentences; empty when the call may go ahead. */
  problems: string[];
  /** What to tell besides: deprecated arguments that were used. */
  notes: string[];
}

/**
 * The arguments of an MCP call, typed, or everything that is wrong with them at once. `already` has the arguments that have
 * a value without the caller. `null` for an argument means that it is not given.
 */
export function checkGiven(
  given: unknown,
  args: readonly Argument[],
  groups: readonly Group[],
  already: Presence,
): Given {
  if (given !== undefined && !isTable(given)) {
    return {
      given: new Map(),
      problems: [`arguments: found ${describeValue(given)}, expected an object`],
      notes: [],
    };
  }
  const values = new Map<string, Value>();
  const { byName, problems } = match(given ?? {}, args);
  for (const argument of args) {
    const value = byName.get(argument.name);
    if (value === undefined) continue;
    const optional = !argument.required || already.has(argument.name);
    if (optional && meansNothing(argument, value)) {
      byName.delete(argument.name);
      continue;
    }
    const checked = readJson(argument, value);
    if ("value" in checked) values.set(argument.name, checked.value);
    else problems.push(`${argument.name}: ${checked.problem}`);
  }
  const present = new Map<string, boolean>();
  for (const [name, value] of byName) {
    present.set(name, countsToGroups(name, values.get(name) ?? value, args));
  }
  problems.push(
    ...checkRequired(present, args, already),
    ...checkPlaces(present, args, already),
    ...checkGroups(present, already, groups),
  );
  return { given: values, problems, notes: deprecations(values, args) };
}

/**
 * What clients add to every call for themselves, for models to fill in: gemini-cli, Antigravity, Cline, Kiro, n8n (agents.md).
 * A tool that declares an argument of the name gets it.
 */
const INJECTED: ReadonlySet<string> = new Set([
  "wait_for_previous",
  "waitForPreviousTools",
  "task_progress",
  "toolSummary",
  "toolAction",
  "__tool_use_purpose",
  "toolCallId",
]);

/** Names that are not among a tool's, told one by one. */
const UNKNOWN_TOLD = 10;

/** What was given under each argument's name; `dry_run` will do for `dry-run` unless both exist. */
function match(
  given: Table,
  args: readonly Argument[],
): { byName: Map<string, unknown>; problems: string[] } {
  const byName = new Map<string, unknown>();
  const problems: string[] = [];
  const entries = Object.entries(given);
  if (entries.length === 0) return { byName, problems };
  const find = nameFinder(args);
  const unknown: string[] = [];
  for (const [name, value] of entries) {
    if (value === null) continue;
    const argument = find(name);
    if (argument === undefined && INJECTED.has(name)) continue;
    if (argument === undefined) unknown.push(name);
    else if (byName.has(argument.name))
      problems.push(`${argument.name}: given twice, also as ${named(name)}`);
    else byName.set(argument.name, value);
  }
  for (const name of unknown.slice(0, UNKNOWN_TOLD))
    problems.push(`${named(name)}: there is no such argument; ${knownNames(name, args)}`);
  const more = unknown.length - UNKNOWN_TOLD;
  if (more > 0) problems.push(`${more} more arguments that there are not`);
  return { byName, problems };
}

function knownNames(name: string, args: readonly Argument[]): string {
  const names = args.filter(({ hidden }) => !hidden).map((argument) => argument.name);
  if (names.length === 0) return "this tool takes none";
  return suggest(name, names) || `this tool takes ${alternatives(names.map(visible), "and")}`;
}

/** Looks an argument up by its name, or with `_` for `-` and the reverse where that can only mean one. */
export function nameFinder(args: readonly Argument[]): (name: string) => Argument | undefined {
  const exact = new Map(args.map((argument) => [argument.name, argument]));
  const loose = new Map<string, Argument | undefined>();
  for (const argument of args) {
    const key = argument.name.replaceAll("_", "-");
    loose.set(key, loose.has(key) ? undefined : argument);
  }
  return (name) => exact.get(name) ?? loose.get(name.replaceAll("_", "-"));
}

interface Names {
  has(name: string): boolean;
}

/** A sentence for every required argument that has neither been given nor has a value already. */
export function checkRequired(
  given: Names,
  args: readonly Argument[],
  already: Names,
  label: (argument: Argument) => string = ({ name }) => name,
): string[] {
  return args
    .filter((argument) => isMissing(argument, given, already))
    .map((argument) => `${label(argument)} is required${elsewhere(argument)}${forPeople(argument)}`);
}

function isMissing({ name, required, default: value }: Argument, given: Names, already: Names): boolean {
  return required && value === undefined && !given.has(name) && !already.has(name);
}

/**
 * A sentence for every argument that is left out before one with a later place: the tool knows them by their places, and would
 * take the later for the earlier. A default does not help, for it is not among the tool's words.
 */
export function checkPlaces(
  given: Names,
  args: readonly Argument[],
  already: Names,
  label: (argument: Argument) => string = ({ name }) => name,
): string[] {
  const placed = args.filter(({ position }) => position !== undefined).sort(byPosition);
  const end = endOfGiven(placed, given);
  const last = placed[end - 1];
  if (last === undefined) return [];
  return placed
    .slice(0, end)
    .filter((argument) => !given.has(argument.name) && !isMissing(argument, given, already))
    .map((argument) => `${label(argument)}: missing, and ${label(last)} would be taken for it: give it, too`);
}

/** How many of `args` there are up to the last one that is given. */
function endOfGiven(args: readonly Argument[], given: Names): number {
  let end = args.length;
  for (let last = args[end - 1]; last !== undefined && !given.has(last.name); last = args[end - 1]) end--;
  return end;
}

function forPeople({ autonomy, env }: Argument): string {
  return autonomy === "manual" && env.length === 0 ? "; only a person may give it" : "";
}

function elsewhere({ env }: Argument): string {
  return env.length === 0 ? "" : ` (or set ${alternatives(env)} in the tool's environment)`;
}

/** The messages of the deprecated arguments among those given. */
export function deprecations(
  given: { has: (name: string) => boolean },
  args: readonly Argument[],
  label: (argument: Argument) => string = ({ name }) => name,
): string[] {
  return args
    .filter(({ name, deprecated }) => deprecated !== undefined && given.has(name))
    .map((argument) => `${label(argument)} is deprecated: ${visible(argument.deprecated ?? "")}`);
}
