/** The rules that one `[tool.groups.name]` states. A name that is no argument's counts as never given, with a warning. */

import { alternatives, quote } from "../arguments/describe.ts";
import { GROUP_RULES, type Group, nameFinder } from "../arguments/model.ts";
import { describeGroup } from "../arguments/rules.ts";
import { didYouMean } from "../did-you-mean.ts";
import type { RawGroup } from "./schema/argument.ts";
import type { FileKey } from "./toml/file-key.ts";
import type { Declared } from "./tool-arguments.ts";

export const OVER_ARGS = GROUP_RULES.filter((rule) => rule !== "requires");

export function readGroup(name: string, raw: RawGroup, args: Declared, at: FileKey): Group[] {
  const { args: members = [], if: trigger, requires } = raw;
  const groups: Group[] = OVER_ARGS.filter((one) => raw[one]).map((rule) => ({ name, rule, args: members }));
  if (trigger !== undefined && requires !== undefined)
    groups.push({ name, rule: "requires", args: [requires].flat(), if: trigger });
  else if (groups.length === 0 || trigger !== undefined || requires !== undefined) {
    const choices = alternatives([...OVER_ARGS.map((rule) => `${rule} = true`), "if and requires"]);
    at.warning(`found no whole rule, expected ${choices}; ${NO_EFFECT}`);
  }
  return groups.flatMap((group) => readRule(group, args, at));
}

/** The rule by the names that the arguments have (`dry_run` will do for `dry-run`); none where it would have no effect. */
function readRule({ args: names, if: trigger, ...group }: Group, args: Declared, at: FileKey): Group[] {
  const { rule } = group;
  const key = at.key(rule === "requires" ? "requires" : "args");
  if (names.length === 0) {
    const asksForMore = rule === "at-least-one" || rule === "exactly-one";
    if (asksForMore) key.error("found nothing, expected arguments");
    else key.warning(`found nothing, expected arguments; ${NO_EFFECT}`);
    return [];
  }
  const find = nameFinder([...args.keys()].map((name) => ({ name })));
  const condition = trigger === undefined ? undefined : find(trigger)?.name;
  if (trigger !== undefined && condition === undefined) {
    warnOfMissing([trigger], NO_EFFECT, args, at.key("if"));
    return [];
  }
  const present = [...new Set(names.flatMap((name) => find(name)?.name ?? []))];
  const missing = [...new Set(names.filter((name) => find(name) === undefined))];
  const members = membersOf(rule, present, missing);
  const settled: Group = { ...group, args: members, if: condition };
  if (missing.length > 0) warnOfMissing(missing, consequence(settled, present), args, key);
  if (rule !== "inclusive" && rule !== "requires") warnIfHopeless(members, args, key);
  return members.length === 0 ? [] : [settled];
}

/** The arguments that the rule is about; none where it has no effect. */
function membersOf(rule: Group["rule"], present: string[], missing: string[]): string[] {
  if (rule === "exclusive") return present.length < 2 ? [] : present;
  if (rule === "requires") return [...present, ...missing];
  if (rule === "inclusive") return present.length === 0 ? [] : [...present, ...missing];
  return present.length === 0 ? missing : present;
}

const NO_EFFECT = "the rule has no effect";

/** What the rule means for a caller, who can give only those that are `there`. */
function consequence(group: Group, there: readonly string[]): string {
  if (group.args.length === 0) return NO_EFFECT;
  if (group.rule === "inclusive" || group.rule === "requires")
    return `a call that gives ${group.if ?? alternatives(there)} is refused`;
  if (there.length === 0) return "every call is refused";
  return there.length === 1 ? `${there[0]} must always be given` : describeGroup(group);
}

function warnOfMissing(missing: readonly string[], effect: string, args: Declared, at: FileKey): void {
  const advice = missing.map((name) => didYouMean(name, [...args.keys()])).find((text) => text !== "");
  const what = missing.length === 1 ? "no argument of this tool" : "no arguments of this tool";
  const found = `found ${alternatives(missing.map(quote), "and")}, ${what} and so never given: ${effect}`;
  at.warning(advice === undefined ? found : `${found}; ${advice}`);
}

/** Warns where one member must always be given: then there is no choice between the members. */
function warnIfHopeless(members: readonly string[], args: Declared, at: FileKey): void {
  const required = members.find((name) => args.get(name)?.required);
  if (members.length < 2 || required === undefined) return;
  at.warning(
    `${quote(required)} must always be given, so there is nothing to choose; set required = false on it`,
  );
}
