/** The argument that a raw one (bare, inline or block) stands for; none where it contradicts itself, which becomes an error. */

import { describeValue } from "../arguments/describe.ts";
import type { Argument, ArgumentType, Scalar, TypeRow, Value } from "../arguments/model.ts";
import { TYPES } from "../arguments/model.ts";
import { isSecret } from "../arguments/secret.ts";
import { ANY_INTEGER, checkDefault, isNumber, NOT_SHOWN } from "../arguments/value.ts";
import { isObject } from "../json.ts";
import { keepDigits, readFloat } from "../numerals.ts";
import type { RawArgument, RawArgumentTable } from "./schema/argument.ts";
import type { FileKey } from "./toml/file-key.ts";
import { plainTable } from "./toml/parse.ts";

type RawScalar = string | boolean | bigint | number;

/** Where a field of the argument stands: for a bare value, where the argument does. */
type FieldKey = (field: string) => FileKey;

export function toArgument(name: string, raw: RawArgument, at: FileKey): Argument | undefined {
  const spec = isObject(raw) ? raw : { default: raw };
  const keyOf: FieldKey = isObject(raw) ? (field) => at.key(field) : () => at;
  const argument = build(name, spec, keyOf);
  dropIdleFields(argument, spec, keyOf);
  checkLimits(argument, spec, keyOf);
  // Without its options, a choice has no default to check.
  if (spec.default !== undefined && (argument.type !== "choice" || argument.options !== undefined))
    setDefault(argument, spec.default, keyOf("default"));
  if (spec.required === true && argument.default !== undefined)
    keyOf("required").warning("has no effect: there is a default");
  return at.isWrong ? undefined : argument;
}

function build(name: string, spec: RawArgumentTable, keyOf: FieldKey): Argument {
  const type = inferType(spec);
  const withoutValue = type === "flag" || type === "rest";
  const number = (field: string, value: RawScalar) => toNumber(value, keyOf(field));
  const [least, most] = (spec.range ?? []).map((bound) => Number(number("range", bound)));
  return {
    name,
    type,
    required: spec.default === undefined && (spec.required ?? !withoutValue),
    multiple:
      type !== "rest" && (spec.multiple ?? (Array.isArray(spec.default) && spec.delimiter === undefined)),
    env: spec.env === undefined ? [] : [spec.env].flat(),
    options: spec.options?.map((option) => number("options", option)),
    range: least === undefined || most === undefined ? undefined : [least, most],
    short: spec.short?.replace(/^-/, ""),
    pass: spec.pass === "both" ? undefined : spec.pass,
    position: spec.position,
    description: spec.description,
    delimiter: spec.delimiter,
    deprecated: spec.deprecated,
    autonomy: spec.autonomy,
    ui: spec.ui,
    meta: spec.meta && plainTable(spec.meta),
  };
}

function inferType({ type, options, default: value }: RawArgumentTable): ArgumentType {
  if (type !== undefined && (type !== "choice" || options === undefined)) return type;
  // Where all options are numbers, so is the argument, and `01` chooses 1.
  if (options?.every((one) => typeof one === "bigint")) return "int";
  if (options !== undefined) return options.every(isTomlNumber) ? "float" : "choice";
  const sample = Array.isArray(value) ? value[0] : value;
  // A list of true and false is a list of bools: a flag cannot be repeated.
  if (typeof sample === "boolean") return Array.isArray(value) ? "bool" : "flag";
  if (typeof sample === "bigint") return "int";
  return typeof sample === "number" ? "float" : "str";
}

const isTomlNumber = (value: unknown) => typeof value === "bigint" || typeof value === "number";

/** Why fields mean nothing with some types, which name them in their rows. */
export const WHY_WITHOUT: Record<TypeRow["without"][number], string> = {
  options: "it has no choices",
  range: "only an int or a float has a range",
  multiple: "a flag cannot be given several values",
  delimiter: "only values of text or numbers can be split",
  position: "only an argument with a value can have a place among the words",
  short: 'its words come after a "--", it has no flag',
};

/** Drops the fields that mean nothing with the argument's type, with a warning. */
function dropIdleFields(argument: Argument, spec: RawArgumentTable, keyOf: FieldKey): void {
  for (const key of TYPES[argument.type].without) {
    if (spec[key] === undefined || spec[key] === false) continue;
    const found = describeValue(spec[key]);
    const type = `type = "${argument.type}"${spec.type === undefined ? " (as none is set)" : ""}`;
    keyOf(key).warning(`found ${found}, which has no effect with ${type}: ${WHY_WITHOUT[key]}`);
    if (key === "multiple") argument.multiple = false;
    else delete argument[key];
  }
}

/** Limits that make no sense are an error and dropped, so that the default is not checked against them as well. */
function checkLimits(argument: Argument, spec: RawArgumentTable, keyOf: FieldKey): void {
  const wrong = wrongOptions(argument, spec);
  if (wrong !== undefined) {
    keyOf("options").error(wrong);
    delete argument.options;
  } else if (argument.options !== undefined && TYPES[argument.type].kind === "number")
    argument.options = withDigits(argument.options, keyOf("options").literals());
  if (argument.range !== undefined && argument.range[0] > argument.range[1]) {
    keyOf("range").error(`found ${describeValue(argument.range)}, expected the smaller number first`);
    delete argument.range;
  }
  const { options } = argument;
  const seen = new Set<Scalar>();
  const same = isNumber(argument) ? Number : (option: Scalar) => option;
  const twice = options?.find((option) => seen.size === seen.add(same(option)).size);
  if (twice === undefined) return;
  keyOf("options").warning(`found ${isNumber(argument) ? twice : describeValue(twice)} twice`);
  argument.options = [...new Set(options)];
}

function wrongOptions({ type, options }: Argument, spec: RawArgumentTable): string | undefined {
  if (options === undefined && type !== "choice") return undefined;
  if (options === undefined) return 'found nothing, expected the list of choices that type = "choice" needs';
  const found = `found ${describeValue(spec.options)}`;
  const kinds = new Set(options.map((option) => typeof option));
  if (kinds.size > 1 || kinds.has("boolean")) return `${found}, expected all strings or all numbers`;
  const { kind, read } = TYPES[type];
  const isText = (one: Scalar) => typeof one === "string" && read(one) !== undefined;
  const isValue = kind === "string" ? isText : kind === "integer" ? Number.isInteger : Number.isFinite;
  return options.every(isValue) ? undefined : `${found}, expected what fits type = "${type}"`;
}

function setDefault(argument: Argument, raw: RawScalar | RawScalar[], at: FileKey): void {
  const number = (item: RawScalar): Scalar =>
    TYPES[argument.type].kind === "number" && typeof item === "bigint"
      ? Number(item)
      : toNumber(item, at, isSecret(argument) ? () => NOT_SHOWN : describeValue);
  const plain: Value = Array.isArray(raw) ? raw.map(number) : number(raw);
  const checked = checkDefault(argument, plain);
  if (!at.isWrong && "problem" in checked) at.error(checked.problem);
  if ("problem" in checked) return;
  const { value } = checked;
  const items = [value].flat();
  const kept = TYPES[argument.type].kind === "number" ? withDigits(items, at.literals()) : items;
  argument.default = Array.isArray(value) ? kept : kept[0];
  if (Array.isArray(value) && value.some((item) => String(item).includes("\n")))
    at.warning("found a line break in an item; the tool is given one item a line");
}

/** Numbers with the digits that the file has for them, in quotes or not: `1.10`, and not `1.1`. */
function withDigits(values: readonly Scalar[], literals: readonly string[]): Scalar[] {
  return values.map((one, index) => {
    const text = (literals[index] ?? "").replaceAll(/^["']|["']$|_/g, "");
    // A hexadecimal number, or a text with escapes, has no digits to keep.
    return typeof one === "number" && readFloat(text) !== undefined ? keepDigits(one, text) : one;
  });
}

/** TOML's 64-bit integers as numbers, refused where a number cannot hold them exactly. */
function toNumber(value: RawScalar, at: FileKey, describe = describeValue): Scalar {
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  if (!Number.isSafeInteger(number)) at.error(`found ${describe(value)}, expected ${ANY_INTEGER}`);
  return number;
}
