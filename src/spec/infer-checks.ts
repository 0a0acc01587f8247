import { describeValue } from "./describe.ts";
import { error, type Finding } from "./findings.ts";
import type { Path } from "./key-map.ts";
import type { Argument, Scalar } from "./model.ts";
import type { RawArgumentTable } from "./schema-argument.ts";

type At = (key: string) => Path;

/** Errors of one argument whose fields are each well-formed but do not go together. */
export function checkShape(argument: Argument, spec: RawArgumentTable, at: At, findings: Finding[]): void {
  checkOptions(argument, spec, at, findings);
  checkRange(argument, at, findings);
  checkCombination(argument, spec, at, findings);
}

function checkOptions(
  { type, options }: Argument,
  spec: RawArgumentTable,
  at: At,
  findings: Finding[],
): void {
  if (options === undefined) {
    if (type === "choice")
      error(findings, at("options"), 'missing, expected the list of choices that type = "choice" needs');
    return;
  }
  if (type === "flag" || type === "bool" || type === "rest") {
    error(findings, at("options"), `a ${type} has no choices`);
    return;
  }
  const kinds = new Set(options.map((option) => typeof option));
  if (kinds.size > 1 || kinds.has("boolean")) {
    error(
      findings,
      at("options"),
      `found ${describeValue(spec.options)}, expected all strings or all numbers`,
    );
  } else if (!kinds.has(OPTION_KIND[type] ?? options.map((option) => typeof option)[0] ?? "string")) {
    error(
      findings,
      at("options"),
      `found ${describeValue(spec.options)}, expected what fits type = "${type}"`,
    );
  }
  const twice = duplicate(options);
  if (twice !== undefined) error(findings, at("options"), `${describeValue(twice)} stands there twice`);
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

function checkRange({ type, range }: Argument, at: At, findings: Finding[]): void {
  if (range === undefined) return;
  const [least, most] = range;
  if (type !== "int" && type !== "float") {
    error(findings, at("range"), `only an int or a float has a range, and this is of type "${type}"`);
  } else if (Number.isNaN(least) || Number.isNaN(most) || least > most) {
    error(findings, at("range"), `found [${least}, ${most}], expected the lesser number first`);
  }
}

const COMBINATIONS: readonly [
  key: keyof RawArgumentTable,
  types: readonly Argument["type"][],
  why: string,
][] = [
  ["multiple", ["flag"], "a flag cannot be given several values"],
  ["delimiter", ["flag", "bool", "rest"], "only values of text or numbers can be split"],
  ["position", ["flag", "rest"], "only an argument with a value can have a place among the words"],
  ["short", ["rest"], 'a rest is given after "--", it has no flag'],
];

function checkCombination({ type }: Argument, spec: RawArgumentTable, at: At, findings: Finding[]): void {
  for (const [key, types, why] of COMBINATIONS) {
    const set = spec[key] !== undefined && spec[key] !== false;
    if (set && types.includes(type)) error(findings, at(key), `does not go with type = "${type}": ${why}`);
  }
  if (
    Array.isArray(spec.default) &&
    spec.multiple === false &&
    type !== "rest" &&
    spec.delimiter === undefined
  ) {
    error(
      findings,
      at("default"),
      `found ${describeValue(spec.default)}, expected one value, as multiple = false`,
    );
  }
}
