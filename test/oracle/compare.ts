/** The differences between what the original and we make of a case, each by its kind. */

import { resolve } from "node:path";
import type { Case } from "./cases.ts";
import type { Ours } from "./ours.ts";

/** What the original's library saw. */
export type Seen =
  | { refused: string }
  | { help: true }
  | { args: Record<string, { value: string; source: string }> };

/** `direct`: without us; `through`: what a tool that reads argv and environment again sees of what we start it with. */
export function compare(row: Case, ours: Ours, direct: Seen, through: Seen): string[] {
  const how = "words" in row.call ? "words" : "JSON";
  const verdicts = `${how}: theirs ${verdict(direct)}, ours ${ourVerdict(ours)}`;
  if (ours.kind !== "started") return sameVerdict(direct, ours) ? [] : [verdicts];
  if (!("args" in through)) {
    const same =
      "refused" in direct && "refused" in through && shape(direct.refused) === shape(through.refused);
    return [same ? `the tool itself: ${verdict(through)}` : `${verdicts}, then the tool ${verdict(through)}`];
  }
  return [
    ...("args" in direct ? valuesApart(row, how, direct, through) : [verdicts]),
    ...unlikeOurs(row, ours, through),
  ];
}

type Parsed = Extract<Seen, { args: unknown }>;

function valuesApart(row: Case, how: string, direct: Parsed, through: Parsed): string[] {
  return Object.entries(direct.args).flatMap(([name, seen]) => {
    const again = through.args[name];
    if (again === undefined || again.value !== seen.value)
      return [
        `${how}: ${kindOf(name, row)} is ${seen.value.split(":")[0]} directly, another value through us`,
      ];
    return again.source === seen.source ? [] : [`${how}: source ${seen.source}, through us ${again.source}`];
  });
}

/** Where what the tool sees is not what we say in `RUNSPEC_ARG_…`. */
function unlikeOurs(row: Case, { env }: Ours & { kind: "started" }, { args }: Parsed): string[] {
  return Object.entries(args).flatMap(([name, { value, source }]) => {
    const said = env[`RUNSPEC_ARG_${name.toUpperCase()}`];
    const added = !row.toml.replace("-", "_").includes(`${name} = `);
    return added || says(value, said, kindOf(name, row))
      ? []
      : [`the tool sees of ${kindOf(name, row)} (${source}) not what we say`];
  });
}

function says(value: string, said: string | undefined, kind: string): boolean {
  const colon = value.indexOf(":");
  const [type, text] = [value.slice(0, colon), value.slice(colon + 1)];
  if (type === "NoneType") return said === undefined || (kind === "flag" && said === "0");
  if (type === "list") return JSON.parse(text).join("\n") === said || (text === "[]" && said === undefined);
  if (said === undefined) return false;
  if (type === "bool") return (text === "True" ? "1" : "0") === said;
  if (type === "int" || type === "float") return Number(text) === Number(said);
  if (type.endsWith("Path")) return resolve(said) === text;
  return text === said;
}

function sameVerdict(direct: Seen, ours: Ours): boolean {
  if ("args" in direct) return false;
  return "help" in direct ? ours.kind === "help" : ours.kind !== "help";
}

function verdict(seen: Seen): string {
  if ("args" in seen) return "accepts";
  return "help" in seen ? "helps" : `refuses (${shape(seen.refused)})`;
}

function ourVerdict(ours: Ours): string {
  switch (ours.kind) {
    case "file":
      return `refuse the file (${shape(ours.issues.find(({ severity }) => severity === "error")?.message ?? "")})`;
    case "help":
      return "help";
    case "refused":
      return `refuse (${shape(ours.problems[0] ?? "")})`;
    case "started":
      return "accept";
  }
}

/** A sentence without what is particular to a case. */
function shape(text: string): string {
  const [line = ""] = text.trim().split("\n");
  const [plain = ""] = line
    .replace(/^(?:✗ +)?(?:tool(?:_sub)?: )?/, "")
    .split(/; |: ✗| {2}|\. Expected|\. Reg/);
  return plain
    .replace(/\[[^\]]*\]/g, "a list")
    .replace(/"[^"]*"|'[^']*'/g, "…")
    .replace(/Unknown arguments?: .*/, "unknown argument")
    .replace(/expected .*/, "expected another value")
    .replace(/--?[a-z_]+(?:-[a-z]+)*|<[a-z_-]+>|\b(?:alpha|beta|dry-run|dry_run|max_size|file|n)\b/g, "X")
    .replace(/\bALIAS_\w+|\bRUNSPEC_\w+/g, "VARIABLE")
    .replace(/-?\d+(?:\.\d+)?/g, "N")
    .replace(/X(?:,? (?:and |or )?X)+/g, "X")
    .slice(0, 110);
}

/** `flag`, `str with delimiter`. */
function kindOf(name: string, { toml }: Case): string {
  const line = toml.split("\n").find((one) => one.replace("-", "_").startsWith(`${name} = `)) ?? "";
  const type = /type = "(\w+)"/.exec(line)?.[1] ?? "an added flag";
  const extra = ["multiple", "delimiter"].filter((key) => line.includes(`${key} = `));
  return [type, ...extra.map((key) => `with ${key}`)].join(" ");
}
