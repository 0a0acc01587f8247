/** Whether what was given keeps to the rules between arguments. */

import { alternatives } from "./describe.ts";
import type { Argument, Group } from "./model.ts";

/** The arguments that were given, and whether each counts to a group: not so a flag that was given as false. */
export type Presence = ReadonlyMap<string, boolean>;

/** To a rule between arguments, a flag that is given as false is none: the tool will not see it either. */
export function countsToGroups(name: string, value: unknown, args: readonly Argument[]): boolean {
  return value !== false || args.find((argument) => argument.name === name)?.type !== "flag";
}

/** A sentence for every group whose rule what the caller gave breaks; defaults and the environment do not count. */
export function checkGroups(
  given: Presence,
  groups: readonly Group[],
  label: (name: string) => string = (name) => name,
): string[] {
  const problems: string[] = [];
  for (const group of groups) {
    const present = group.args.filter((name) => given.get(name)).map(label);
    const absent = group.args.filter((name) => !given.get(name)).map(label);
    problems.push(...checkGroup(group, present, absent, given, label));
  }
  return problems;
}

function checkGroup(
  group: Group,
  present: string[],
  absent: string[],
  given: Presence,
  label: (name: string) => string,
): string[] {
  const all = alternatives(group.args.map(label));
  switch (group.rule) {
    case "exclusive":
      return present.length > 1
        ? [`${alternatives(present, "and")} exclude each other: give at most one of ${all}`]
        : [];
    case "inclusive":
      return present.length > 0 && absent.length > 0
        ? [`${alternatives(absent, "and")}: missing; needed together with ${alternatives(present, "and")}`]
        : [];
    case "at-least-one":
      return present.length === 0 ? [`give at least one of ${all}`] : [];
    case "exactly-one":
      if (present.length === 0) return [`give exactly one of ${all}`];
      return present.length > 1
        ? [`${alternatives(present, "and")} exclude each other: give exactly one of ${all}`]
        : [];
    case "requires":
      if (group.if === undefined || !given.get(group.if) || absent.length === 0) return [];
      return [`${alternatives(absent, "and")}: missing; needed together with ${label(group.if)}`];
  }
}
