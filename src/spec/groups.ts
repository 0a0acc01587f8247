import { alternatives, quote, suggest } from "./describe.ts";
import { error, type Finding, warning } from "./findings.ts";
import type { Path } from "./key-map.ts";
import type { Argument, Group } from "./model.ts";
import type { RawGroup } from "./schema-argument.ts";

export const OVER_ARGS = ["exclusive", "inclusive", "at-least-one", "exactly-one"] as const;

/** The rules that one `[tool.groups.name]` states, checked against the arguments there are. */
export function readGroup(
  name: string,
  raw: RawGroup,
  args: ReadonlyMap<string, Argument | undefined>,
  path: Path,
  findings: Finding[],
): Group[] {
  const rules = OVER_ARGS.filter((rule) => raw[rule] === true);
  const conditional = raw.if !== undefined || raw.requires !== undefined;
  if (rules.length === 0 && !conditional) {
    const choices = alternatives([...OVER_ARGS.map((rule) => `${rule} = true`), "if and requires"]);
    error(findings, path, `found no rule, expected ${choices}`);
  }
  if (rules.length > 0 && raw.args === undefined)
    error(findings, [...path, "args"], "found nothing, expected a list of arguments");
  const groups: Group[] = rules.map((rule) => ({ name, rule, args: raw.args ?? [] }));
  if (conditional) groups.push(...readConditional(name, raw, path, findings));
  for (const [key, names] of [
    ["args", raw.args],
    ["if", [raw.if ?? []].flat()],
    ["requires", [raw.requires ?? []].flat()],
  ] as const) {
    checkNames(names ?? [], args, [...path, key], findings);
  }
  for (const group of groups) warnIfHopeless(group, args, path, findings);
  return groups;
}

function readConditional(name: string, raw: RawGroup, path: Path, findings: Finding[]): Group[] {
  if (raw.if === undefined)
    error(findings, [...path, "if"], "found nothing, expected the argument that makes the others required");
  if (raw.requires === undefined)
    error(findings, [...path, "requires"], "found nothing, expected the arguments that become required");
  if (raw.if === undefined || raw.requires === undefined) return [];
  return [{ name, rule: "requires", args: [raw.requires].flat(), if: raw.if }];
}

function checkNames(
  names: readonly string[],
  args: ReadonlyMap<string, unknown>,
  path: Path,
  findings: Finding[],
): void {
  for (const name of new Set(names)) {
    if (args.has(name)) continue;
    const advice = suggest(name, [...args.keys()]);
    error(
      findings,
      path,
      `found ${quote(name)}, expected an argument of this tool${advice && `; ${advice}`}`,
    );
  }
}

/** A member that must always be given makes a choice between the members meaningless. */
function warnIfHopeless(
  { rule, args: names }: Group,
  args: ReadonlyMap<string, Argument | undefined>,
  path: Path,
  findings: Finding[],
): void {
  if (rule === "inclusive" || rule === "requires" || names.length < 2) return;
  const required = names.find((name) => args.get(name)?.required);
  if (required === undefined) return;
  warning(
    findings,
    [...path, "args"],
    `${quote(required)} must always be given, so there is nothing to choose; set required = false on it`,
  );
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
