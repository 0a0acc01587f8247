import { describeValue } from "./describe.ts";
import { error, type Finding } from "./findings.ts";
import type { Path } from "./key-map.ts";
import type { Argument, Scalar } from "./model.ts";
import type { RawArgumentTable } from "./schema-argument.ts";

type At = (key: string) => Path;

/**
 * Errors of one argument whose fields are each well-formed but do not go together. Limits that make no sense are taken off
 * the argument, so that its default is not held against them as well.
 */
export function checkShape(argument: Argument, spec: RawArgumentTable, at: At, findings: Finding[]): void {
  const options = wrongOptions(argument, spec);
  if (options !== undefined) {
    error(findings, at("options"), options);
    delete argument.options;
  }
  const range = wrongRange(argument);
  if (range !== undefined) {
    error(findings, at("range"), range);
    delete argument.range;
  }
  for (const [key, types, why] of COMBINATIONS) {
    const set = spec[key] !== undefined && spec[key] !== false;
    if (!set || !types.includes(argument.type)) continue;
    const found = describeValue(spec[key]);
    error(findings, at(key), `found ${found}, expected none with type = "${argument.type}": ${why}`);
  }
}

function wrongOptions({ type, options }: Argument, spec: RawArgumentTable): string | undefined {
  if (options === undefined) {
    return type === "choice"
      ? 'found nothing, expected the list of choices that type = "choice" needs'
      : undefined;
  }
  const found = `found ${describeValue(spec.options)}`;
  if (type === "flag" || type === "bool" || type === "rest")
    return `${found}, expected none: a ${type} has no choices`;
  const kinds = new Set(options.map((option) => typeof option));
  if (kinds.size > 1 || kinds.has("boolean")) return `${found}, expected all strings or all numbers`;
  if (!kinds.has(OPTION_KIND[type] ?? typeof options[0]))
    return `${found}, expected what fits type = "${type}"`;
  const twice = duplicate(options);
  return twice === undefined ? undefined : `found ${describeValue(twice)} twice, expected each choice once`;
}

const OPTION_KIND: Partial<Record<Argument["type"], "string" | "number">> = {
  str: "string",
  path: "string",
  int: "number",
  float: "number",
};

function duplicate(values: readonly Scalar[]): Scalar | undefined {
  const seen = new Set<Scalar>();
  return values.find((value) => seen.size === seen.add(value).size);
}

function wrongRange({ type, range }: Argument): string | undefined {
  if (range === undefined) return undefined;
  const found = `found [${range.join(", ")}]`;
  if (type !== "int" && type !== "float") {
    return `${found}, expected none: only an int or a float has a range, and this is type = "${type}"`;
  }
  return range[0] <= range[1] ? undefined : `${found}, expected the lesser number first`;
}

/** Fields that make no sense for some types. */
export const COMBINATIONS: readonly (readonly [
  key: "multiple" | "delimiter" | "position" | "short",
  types: readonly Argument["type"][],
  why: string,
])[] = [
  ["multiple", ["flag"], "a flag cannot be given several values"],
  ["delimiter", ["flag", "bool", "rest"], "only values of text or numbers can be split"],
  ["position", ["flag", "rest"], "only an argument with a value can have a place among the words"],
  ["short", ["rest"], 'its words come after a "--", it has no flag'],
];
