import { describeValue } from "../arguments/describe.ts";
import type { Argument, ArgumentType, Scalar, Value } from "../arguments/model.ts";
import { isSecret } from "../arguments/secret.ts";
import { checkValue, isList, NOT_SHOWN } from "../arguments/value.ts";
import { isTable } from "../json.ts";
import { written } from "../numerals.ts";
import { checkShape } from "./infer-checks.ts";
import { failedSince, type Reading } from "./reading.ts";
import type { RawArgument, RawArgumentTable } from "./schema/argument.ts";
import { error, type Finding, warning } from "./toml/findings.ts";
import type { Path } from "./toml/key-map.ts";
import { plainTable } from "./toml/toml.ts";

type RawScalar = string | boolean | bigint | number;

/**
 * The argument that a raw one (bare, inline or block) stands for: type, `required` and `multiple` inferred, default
 * and options converted. What contradicts itself becomes an error; then there is no argument.
 */
export function inferArgument(
  name: string,
  raw: RawArgument,
  path: Path,
  { findings, keys }: Pick<Reading, "findings" | "keys">,
): Argument | undefined {
  const before = findings.length;
  const spec = isArgumentTable(raw) ? raw : { default: raw };
  const inline = isArgumentTable(raw);
  const at = (key: string): Path => (inline ? [...path, key] : path);
  const argument = build(name, spec, at, findings);
  checkShape(argument, spec, at, findings);
  if (spec.default !== undefined) setDefault(argument, spec.default, at("default"), { findings, keys });
  if (spec.required === true && argument.default !== undefined) {
    warning(findings, at("required"), "has no effect: there is a default");
  }
  return failedSince(before, findings) ? undefined : argument;
}

function isArgumentTable(raw: RawArgument): raw is RawArgumentTable {
  return isTable(raw);
}

function build(
  name: string,
  spec: RawArgumentTable,
  at: (key: string) => Path,
  findings: Finding[],
): Argument {
  const type = spec.type ?? inferType(spec);
  const withoutValue = type === "flag" || type === "rest";
  return {
    name,
    type,
    required: spec.default === undefined && (spec.required ?? !withoutValue) && type !== "rest",
    multiple:
      type !== "rest" && (spec.multiple ?? (Array.isArray(spec.default) && spec.delimiter === undefined)),
    env: spec.env === undefined ? [] : [spec.env].flat(),
    ...(spec.options && { options: spec.options.map((option) => toNumber(option, at("options"), findings)) }),
    ...(spec.range && { range: toRange(spec.range, at("range"), findings) }),
    ...(spec.short !== undefined && { short: spec.short.replace(/^-/, "") }),
    ...(spec.pass !== undefined && spec.pass !== "both" && { pass: spec.pass }),
    ...(spec.position !== undefined && { position: Number(spec.position) }),
    ...(spec.description !== undefined && { description: spec.description }),
    ...(spec.delimiter !== undefined && { delimiter: spec.delimiter }),
    ...(spec.deprecated !== undefined && { deprecated: spec.deprecated }),
    ...(spec.autonomy !== undefined && { autonomy: spec.autonomy }),
    ...(spec.ui !== undefined && { ui: spec.ui }),
    ...(spec.meta !== undefined && { meta: plainTable(spec.meta) }),
  };
}

function inferType({ options, default: value }: RawArgumentTable): ArgumentType {
  if (options !== undefined) return "choice";
  const sample = Array.isArray(value) ? value[0] : value;
  // A list of truths is a list of bools: a switch has nothing to repeat.
  if (typeof sample === "boolean") return Array.isArray(value) ? "bool" : "flag";
  if (typeof sample === "bigint") return "int";
  return typeof sample === "number" ? "float" : "str";
}

function setDefault(
  argument: Argument,
  raw: RawScalar | RawScalar[],
  path: Path,
  { findings, keys }: Pick<Reading, "findings" | "keys">,
): void {
  const before = findings.length;
  const number = (item: RawScalar): Scalar =>
    argument.type === "float" && typeof item === "bigint"
      ? Number(item)
      : toNumber(item, path, findings, isSecret(argument) ? () => NOT_SHOWN : describeValue);
  const plain: Value = Array.isArray(raw) ? raw.map(number) : number(raw);
  const splits = argument.delimiter !== undefined && typeof plain === "string";
  const listed = isList(argument) && !Array.isArray(plain) && !splits ? [plain] : plain;
  const checked = checkValue(argument, listed);
  if (failedSince(before, findings)) return;
  if ("problem" in checked) error(findings, path, checked.problem);
  else if (argument.type !== "float") argument.default = checked.value;
  else argument.default = asWritten(checked.value, keys().literals(path));
}

/** Numbers with the digits that the file has for them: `1.10`, and not `1.1`. */
function asWritten(value: Value, literals: readonly string[]): Value {
  const digits = (one: Scalar, literal: string | undefined): Scalar =>
    typeof one === "number" && literal !== undefined && !/^[+-]?0[xob]/.test(literal)
      ? written(one, literal.replaceAll("_", ""))
      : one;
  return Array.isArray(value)
    ? value.map((one, index) => digits(one, literals[index]))
    : digits(value, literals[0]);
}

function toRange(range: readonly (bigint | number)[], path: Path, findings: Finding[]): [number, number] {
  const [least, most] = range.map((bound) => Number(toNumber(bound, path, findings)));
  return [least ?? 0, most ?? 0];
}

/** TOML's 64-bit integers as numbers, refused where a number cannot hold them exactly. */
function toNumber(value: RawScalar, path: Path, findings: Finding[], describe = describeValue): Scalar {
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  if (!Number.isSafeInteger(number)) {
    error(findings, path, `found ${describe(value)}, expected an integer of at most 2^53 - 1`);
  }
  return number;
}
