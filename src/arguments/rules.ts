/** What a caller gave, by words or by JSON, and what speaks against it: wrong values, what is missing, the rules between arguments. */

import { visible } from "../text.ts";
import { alternatives } from "./describe.ts";
import { type Argument, type Group, positionals, type Value } from "./model.ts";
import type { CheckedValue } from "./value.ts";

/** The arguments that are there, by a caller or without one, and whether each counts in a rule: a flag that was given as false does not. */
export type Presence = ReadonlyMap<string, boolean>;

/** How a caller writes an argument: by its bare name in JSON, as a flag on a command line. */
type Label = (name: string) => string;

const asNamed: Label = (name) => name;

/** What a call of a tool must fit. `noWords`: it is given none in its argv. */
export type Rules = { args: readonly Argument[]; groups: readonly Group[]; noWords?: boolean };

export interface GivenArguments {
  /** Typed, by argument, in spec order. */
  given: Map<string, Value>;
  /** The arguments that were given, whether the value fits or not. */
  present: Presence;
  /** Sentences, everything that is wrong at once; empty when the call may go ahead. */
  problems: string[];
  /** What to tell besides: deprecated arguments that were used. */
  notes: string[];
}

/** Has `read` make values of `raw`, which is by argument. `preset` has those that have a value without the caller. */
export function readGiven<T>(
  tool: Rules,
  raw: ReadonlyMap<string, T>,
  read: (argument: Argument, raw: T) => CheckedValue,
  preset: Presence,
  label: Label = asNamed,
): GivenArguments {
  const given = new Map<string, Value>();
  const present = new Map<string, boolean>();
  const problems: string[] = [];
  const notes: string[] = [];
  for (const argument of tool.args) {
    const { name, deprecated } = argument;
    const rawValue = raw.get(name);
    if (rawValue === undefined) continue;
    const checked = read(argument, rawValue);
    if ("problem" in checked) problems.push(`${label(name)}: ${checked.problem}`);
    else if (hasNoEffect(argument, checked.value)) continue;
    else given.set(name, checked.value);
    present.set(name, countsToGroups(argument, given.get(name)));
    if (deprecated !== undefined) notes.push(`${label(name)} is deprecated: ${visible(deprecated)}`);
  }
  problems.push(...checkRequired(tool.args, present, preset, label));
  if (!tool.noWords) problems.push(...checkPlaces(tool.args, present, preset, label));
  problems.push(...checkGroups(tool.groups, present, preset, label));
  return { given, present, problems, notes };
}

/** Whether it is an empty list that replaces no default, so that the tool would see nothing of it. */
export function hasNoEffect({ default: usual }: Argument, value: Value): boolean {
  return isEmptyList(value) && (usual === undefined || isEmptyList(usual));
}

/** Whether `value` is an empty list. Where that is given it replaces a default, which the tool has to be told. */
export const isEmptyList = (value: Value | undefined): boolean => Array.isArray(value) && value.length === 0;

function checkRequired(args: readonly Argument[], given: Presence, preset: Presence, label: Label): string[] {
  const missing = args.filter((argument) => isMissing(argument, given, preset));
  return missing.map(({ name, env, autonomy }) => {
    const forPeople = autonomy === "manual" ? "; only a person may give it" : "";
    const other = env.length > 0 ? ` (or set ${alternatives(env)} in the tool's environment)` : forPeople;
    return `${label(name)} is required${other}`;
  });
}

/** Whether it must be given, and is in none of `sources`. */
export function isMissing(argument: Argument, ...sources: Pick<Presence, "has">[]): boolean {
  const { name, required, default: value } = argument;
  return required && value === undefined && !sources.some((given) => given.has(name));
}

/** Words left out before one with a later place, which would be taken for them. A default does not help: it is not among the words. */
function checkPlaces(args: readonly Argument[], given: Presence, preset: Presence, label: Label): string[] {
  const places = positionals(args).filter(({ pass }) => pass !== "env");
  const end = places.findLastIndex(({ name }) => given.has(name));
  const last = places[end];
  if (last === undefined) return [];
  return places
    .slice(0, end)
    .filter((argument) => !given.has(argument.name) && !isMissing(argument, given, preset))
    .map(
      ({ name }) =>
        `${label(name)} is required before ${label(last.name)}, or ${label(last.name)} would be taken for it`,
    );
}

/** In a rule between arguments, a flag that is given as false counts as not given: the tool will not see it either. */
export function countsToGroups({ type }: Argument, value: unknown): boolean {
  return value !== false || type !== "flag";
}

/** Rules that are broken. Values of variables count for those that ask for more, not for those that ask for less; defaults for neither. */
function checkGroups(groups: readonly Group[], given: Presence, preset: Presence, label: Label): string[] {
  const isThere = (name: string): boolean => (given.get(name) ?? preset.get(name)) === true;
  return groups.flatMap(({ rule, args, if: trigger = "" }) => {
    const there = args.filter(isThere).map(label);
    const absent = args.filter((name) => !isThere(name)).map(label);
    if (rule === "requires") return isThere(trigger) ? neededWith(absent, label(trigger)) : [];
    if (rule === "inclusive") return there.length > 0 ? neededWith(absent, alternatives(there, "and")) : [];
    const advice = `give ${HOW_MANY[rule]} of ${alternatives(args.map(label))}`;
    if (rule !== "exclusive" && there.length === 0) return [advice];
    const together = args.filter((name) => given.get(name)).map(label);
    if (rule === "at-least-one" || together.length < 2) return [];
    return [`${alternatives(together, "and")} exclude each other: ${advice}`];
  });
}

const HOW_MANY = { exclusive: "at most one", "at-least-one": "at least one", "exactly-one": "exactly one" };

function neededWith(absent: readonly string[], why: string): string[] {
  const all = `${alternatives(absent, "and")} ${absent.length === 1 ? "is" : "are"}`;
  return absent.length === 0 ? [] : [`${all} required together with ${why}`];
}

/** The rules as they are for a caller who does not see which variables are set. */
export function rulesForCaller(groups: readonly Group[], preset: Presence): Group[] {
  return groups.flatMap((group): Group[] => {
    const { name, rule, if: trigger = "" } = group;
    const args = group.args.filter((one) => !preset.get(one));
    const someKnown = args.length < group.args.length;
    if (rule === "exclusive") return [group];
    if (rule === "at-least-one") return someKnown ? [] : [group];
    if (rule === "exactly-one") return someKnown ? [{ ...group, rule: "exclusive" }] : [group];
    // What makes them required is there already.
    if (rule === "requires" ? preset.get(trigger) : someKnown)
      return args.map((one) => ({ name, rule: "at-least-one", args: [one] }));
    return args.length === 0 ? [] : [{ ...group, args }];
  });
}

/** The rules in words, for the caller; the empty string when there are none. */
export function describeGroups(groups: readonly Group[]): string {
  const sentences = groups.map((group) =>
    `${describeGroup(group)}.`.replace(/^./, (first) => first.toUpperCase()),
  );
  return [...new Set(sentences)].join(" ");
}

/** `at most one of a or b may be given`. */
export function describeGroup({ rule, args, if: trigger = "" }: Group, label: Label = asNamed): string {
  const names = args.map(label);
  const all = alternatives(names, "and");
  if (rule === "inclusive") return `either all of ${all} are given, or none of them`;
  if (rule === "requires") return `when ${label(trigger)} is given, ${all} must be given too`;
  if (names.length === 1 && rule !== "exclusive") return `always give ${all}`;
  return `${HOW_MANY[rule]} of ${alternatives(names)} ${rule === "exclusive" ? "may" : "must"} be given`;
}
