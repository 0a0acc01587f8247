/** Whether what was given keeps to the rules between arguments. */

import { alternatives } from "./describe.ts";
import type { Argument, Group } from "./model.ts";

/** The arguments that were given, and whether each counts to a group: not so a flag that was given as false. */
export type Presence = ReadonlyMap<string, boolean>;

/** To a rule between arguments, a flag that is given as false is none: the tool will not see it either. */
export function countsToGroups(name: string, value: unknown, args: readonly Argument[]): boolean {
  return value !== false || args.find((argument) => argument.name === name)?.type !== "flag";
}

/**
 * A sentence for every group whose rule is broken. To rules that ask for more, the arguments that are `already` there through a
 * variable count as given; to those that ask for less, only what the caller gave. Defaults count for neither.
 */
export function checkGroups(
  given: Presence,
  already: Presence,
  groups: readonly Group[],
  label: (name: string) => string = (name) => name,
): string[] {
  const isThere = (name: string): boolean => given.get(name) === true || already.get(name) === true;
  return groups.flatMap((group) => {
    const { args } = group;
    const members = {
      all: args.map(label),
      given: args.filter((name) => given.get(name)).map(label),
      there: args.filter(isThere).map(label),
      absent: args.filter((name) => !isThere(name)).map(label),
    };
    if (group.if === undefined) return checkMembers(group.rule, members);
    return isThere(group.if) ? neededWith(members.absent, label(group.if)) : [];
  });
}

/** The members of a group, as a person writes them. */
type Members = Record<"all" | "given" | "there" | "absent", readonly string[]>;

function checkMembers(rule: Group["rule"], { all, given, there, absent }: Members): string[] {
  const choices = alternatives(all);
  switch (rule) {
    case "exclusive":
      return atMostOne(given, `give at most one of ${choices}`);
    case "at-least-one":
      return there.length === 0 ? [`give at least one of ${choices}`] : [];
    case "exactly-one":
      return there.length === 0
        ? [`give exactly one of ${choices}`]
        : atMostOne(given, `give exactly one of ${choices}`);
    case "inclusive":
      return there.length > 0 ? neededWith(absent, alternatives(there, "and")) : [];
    case "requires":
      return [];
  }
}

function atMostOne(given: readonly string[], advice: string): string[] {
  return given.length > 1 ? [`${alternatives(given, "and")} exclude each other: ${advice}`] : [];
}

function neededWith(absent: readonly string[], why: string): string[] {
  return absent.length > 0 ? [`${alternatives(absent, "and")}: missing; needed together with ${why}`] : [];
}

/** The rules as a caller has to keep to them who does not see what is `already` there through variables. */
export function rulesForCaller(groups: readonly Group[], already: Presence): Group[] {
  return groups.flatMap((group): Group[] => {
    const known = group.args.filter((name) => already.get(name));
    if (known.length === 0) return [group];
    const args = group.args.filter((name) => !known.includes(name));
    switch (group.rule) {
      case "exclusive":
        return [group];
      case "at-least-one":
        return [];
      case "exactly-one":
        return [{ ...group, rule: "exclusive" }];
      default:
        return args.length === 0 ? [] : [{ ...group, args }];
    }
  });
}

/** The rules in words, for whoever calls the tool; the empty string when there are none. */
export function describeGroups(groups: readonly Group[]): string {
  return groups.map((group) => `${describeGroup(group)}.`).join(" ");
}

function describeGroup({ rule, args, if: condition }: Group): string {
  switch (rule) {
    case "exclusive":
      return `At most one of ${alternatives(args)} may be given`;
    case "inclusive":
      return `Either all of ${alternatives(args, "and")} are given, or none of them`;
    case "at-least-one":
      return `At least one of ${alternatives(args)} must be given`;
    case "exactly-one":
      return `Exactly one of ${alternatives(args)} must be given`;
    case "requires":
      return `When ${condition} is given, ${alternatives(args, "and")} must be given too`;
  }
}
