import { alternatives, quote, suggest } from "../arguments/describe.ts";
import { type Argument, type Group, nameFinder } from "../arguments/model.ts";
import { describeGroup } from "../arguments/rules.ts";
import type { RawGroup } from "./schema/argument.ts";
import type { FileKey } from "./toml/file-key.ts";

export const OVER_ARGS = ["exclusive", "inclusive", "at-least-one", "exactly-one"] as const;

/** Arguments by name; undefined for one that is declared but wrong. */
type Known = ReadonlyMap<string, Argument | undefined>;

/**
 * The rules that one `[tool.groups.name]` states, checked against the arguments there are. A name that is not among them counts as
 * never given, with a warning of what that makes of the rule.
 */
export function readGroup(name: string, raw: RawGroup, args: Known, at: FileKey): Group[] {
  const rules = OVER_ARGS.filter((rule) => raw[rule] === true);
  const groups = rules.flatMap((rule) => readOver(name, rule, raw.args ?? [], args, at));
  if (raw.if !== undefined && raw.requires !== undefined) {
    const { if: condition, requires } = raw;
    groups.push(...readConditional({ name, condition, requires: [requires].flat() }, args, at));
  } else if (rules.length === 0 || raw.if !== undefined || raw.requires !== undefined) {
    const choices = alternatives([...OVER_ARGS.map((rule) => `${rule} = true`), "if and requires"]);
    at.warning(`found no whole rule, expected ${choices}; ${NO_EFFECT}`);
  }
  for (const group of groups) warnIfHopeless(group, args, at.key("args"));
  return groups;
}

const NO_EFFECT = "the rule has no effect";

/** A rule over `args`; none where it would have no effect. */
function readOver(
  name: string,
  rule: (typeof OVER_ARGS)[number],
  listed: readonly string[],
  args: Known,
  group: FileKey,
): Group[] {
  const at = group.key("args");
  const { there, missing } = sort(listed, args);
  const asksForMore = rule === "at-least-one" || rule === "exactly-one";
  if (listed.length === 0) {
    if (asksForMore) at.error("found nothing, expected a list of arguments");
    else at.warning(`found nothing, expected a list of arguments; ${NO_EFFECT}`);
    return [];
  }
  if (missing.length > 0) warnOfMissing(missing, consequence(rule, there), args, at);
  if (rule === "inclusive") return there.length === 0 ? [] : [{ name, rule, args: [...there, ...missing] }];
  if (rule === "exclusive" && there.length < 2) return [];
  return [{ name, rule, args: there.length === 0 ? missing : there }];
}

function consequence(rule: (typeof OVER_ARGS)[number], there: readonly string[]): string {
  if (there.length > 1 && rule !== "inclusive") return describeGroup({ name: "", rule, args: [...there] });
  const [only] = there;
  if (rule === "exclusive" || (rule === "inclusive" && only === undefined)) return NO_EFFECT;
  if (rule === "inclusive") return `a call that gives ${alternatives(there)} is refused`;
  return only === undefined ? "every call is refused" : `${only} must always be given`;
}

function readConditional(
  { name, condition, requires }: { name: string; condition: string; requires: readonly string[] },
  args: Known,
  at: FileKey,
): Group[] {
  const [trigger] = sort([condition], args).there;
  if (trigger === undefined) {
    warnOfMissing([condition], NO_EFFECT, args, at.key("if"));
    return [];
  }
  const { there, missing } = sort(requires, args);
  const refused = `a call that gives ${trigger} is refused`;
  if (missing.length > 0) warnOfMissing(missing, refused, args, at.key("requires"));
  return [{ name, rule: "requires", args: [...there, ...missing], if: trigger }];
}

/** The names that are arguments, as the arguments are called (`dry_run` will do for `dry-run`), and the others. */
function sort(names: readonly string[], args: Known): { there: string[]; missing: string[] } {
  const there = new Set<string>();
  const missing = new Set<string>();
  const find = nameFinder([...args.keys()].map((name) => ({ name })));
  for (const name of names) {
    const found = find(name)?.name;
    if (found === undefined) missing.add(name);
    else there.add(found);
  }
  return { there: [...there], missing: [...missing] };
}

function warnOfMissing(missing: readonly string[], effect: string, args: Known, at: FileKey): void {
  const advice = missing.map((name) => suggest(name, [...args.keys()])).find((text) => text !== "");
  const what = missing.length === 1 ? "no argument of this tool" : "no arguments of this tool";
  const found = `found ${alternatives(missing.map(quote), "and")}, ${what} and so never given: ${effect}`;
  at.warning(advice === undefined ? found : `${found}; ${advice}`);
}

/** Where one member must always be given, there is no choice between the members. */
function warnIfHopeless({ rule, args: names }: Group, args: Known, at: FileKey): void {
  if (rule === "inclusive" || rule === "requires" || names.length < 2) return;
  const required = names.find((name) => args.get(name)?.required);
  if (required === undefined) return;
  at.warning(
    `${quote(required)} must always be given, so there is nothing to choose; set required = false on it`,
  );
}
