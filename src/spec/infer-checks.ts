import { describeValue } from "../arguments/describe.ts";
import type { Argument, Scalar } from "../arguments/model.ts";
import type { RawArgumentTable } from "./schema/argument.ts";
import { error, type Finding, warning } from "./toml/findings.ts";
import type { Path } from "./toml/key-map.ts";

type At = (key: string) => Path;

/**
 * What is wrong with the fields of one argument that are each well-formed but do not go together. Limits that make no sense are
 * taken off the argument, so that its default is not held against them as well; a field that means nothing with its type is taken
 * off with a warning.
 */
export function checkShape(argument: Argument, spec: RawArgumentTable, at: At, findings: Finding[]): void {
  takeOffIdle(argument, spec, at, findings);
  const options = wrongOptions(argument, spec);
  if (options !== undefined) {
    error(findings, at("options"), options);
    delete argument.options;
  }
  if (argument.range !== undefined && argument.range[0] > argument.range[1]) {
    error(findings, at("range"), `found [${argument.range.join(", ")}], expected the lesser number first`);
    delete argument.range;
  }
  const twice = duplicate(argument.options ?? []);
  if (twice === undefined || argument.options === undefined) return;
  warning(findings, at("options"), `found ${describeValue(twice)} twice`);
  argument.options = [...new Set(argument.options)];
}

function takeOffIdle(argument: Argument, spec: RawArgumentTable, at: At, findings: Finding[]): void {
  for (const [key, types, why] of COMBINATIONS) {
    const set = spec[key] !== undefined && spec[key] !== false;
    if (!set || !types.includes(argument.type)) continue;
    const found = describeValue(spec[key]);
    warning(findings, at(key), `found ${found}, which has no effect with type = "${argument.type}": ${why}`);
    if (key === "multiple") argument.multiple = false;
    else delete argument[key];
  }
}

function wrongOptions({ type, options }: Argument, spec: RawArgumentTable): string | undefined {
  if (options === undefined) {
    return type === "choice"
      ? 'found nothing, expected the list of choices that type = "choice" needs'
      : undefined;
  }
  const found = `found ${describeValue(spec.options)}`;
  const kinds = new Set(options.map((option) => typeof option));
  if (kinds.size > 1 || kinds.has("boolean")) return `${found}, expected all strings or all numbers`;
  return kinds.has(OPTION_KIND[type] ?? typeof options[0])
    ? undefined
    : `${found}, expected what fits type = "${type}"`;
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

/** Fields that make no sense for some types. */
export const COMBINATIONS: readonly (readonly [
  key: "multiple" | "delimiter" | "position" | "short" | "options" | "range",
  types: readonly Argument["type"][],
  why: string,
])[] = [
  ["options", ["flag", "bool", "rest"], "it has no choices"],
  ["range", ["str", "bool", "flag", "path", "choice", "rest"], "only an int or a float has a range"],
  ["multiple", ["flag"], "a flag cannot be given several values"],
  ["delimiter", ["flag", "bool", "rest"], "only values of text or numbers can be split"],
  ["position", ["flag", "rest"], "only an argument with a value can have a place among the words"],
  ["short", ["rest"], 'its words come after a "--", it has no flag'],
];
