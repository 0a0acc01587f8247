/** Values of an argument: whether one fits, and which one a text stands for. */

import { integerOf, keepDigits, rawNumeral } from "../numerals.ts";
import { alternatives, describeRange, describeValue, named, oneOf, quote } from "./describe.ts";
import { type Argument, type Scalar, TYPES, type Value } from "./model.ts";
import { isSecret } from "./secret.ts";

/** A value that fits its argument, or why it does not: `found 500, expected an integer from 1 to 32`. */
export type CheckedValue<T extends Value = Value> = { value: T } | { problem: string };

/** What a value of an argument must be. */
type ValueType = Pick<Argument, "type" | "options" | "range">;

export const isList = (argument: Pick<Argument, "type" | "multiple" | "delimiter">): boolean =>
  argument.type === "rest" || argument.multiple || argument.delimiter !== undefined;

/** A default against its argument. Nothing is converted, but one item will do for a list, and a delimited string is split. */
export function checkDefault(argument: Argument, value: Value): CheckedValue {
  if (typeof value === "string" && argument.delimiter !== undefined) return readTexts(argument, [value]);
  const check = (item: Value): CheckedValue<Scalar> => checkScalar(argument, item);
  return hideSecret(argument, isList(argument) ? readEach([value].flat(), check) : check(value));
}

/** The texts given for an argument (one each time it was given), from a command line or the environment. */
export const readTexts = (argument: Argument, texts: readonly string[]): CheckedValue =>
  hideSecret(argument, valueOfTexts(argument, texts));

/** No message quotes a secret. */
export const hideSecret = (argument: Argument, checked: CheckedValue): CheckedValue =>
  "problem" in checked && isSecret(argument) ? { problem: misfitUnquoted(argument) } : checked;

/** What is wrong with a value that must not be quoted: `found something else (not shown), expected an integer`. */
export const misfitUnquoted = (argument: Argument): string =>
  `found ${NOT_SHOWN}, expected ${isList(argument) ? "each item to be " : ""}${expected(argument)}`;

/** Stands for a value that no message may quote. */
export const NOT_SHOWN = "something else (not shown)";

function valueOfTexts(argument: Argument, texts: readonly string[]): CheckedValue {
  if (!isList(argument)) return readText(argument, texts.at(-1) ?? "");
  const { delimiter } = argument;
  const read = (part: string) => readText(argument, part);
  if (delimiter === undefined) return readEach(texts, read);
  const parts = texts.flatMap((text) => (text === "" ? [] : text.split(delimiter, ITEMS_MAX + 1)));
  return readEach(parts, read);
}

/** After so many wrong items of a list, the others are not looked at. */
const WRONG_ITEMS_MAX = 10;

/** A list is passed on in one variable, which has room for no more items than this on Linux. */
const ITEMS_MAX = 64 * 1024;

/** The values that `read` makes of `items`, or what is wrong with them. */
export function readEach<T>(
  items: readonly T[],
  read: (item: T, index: number) => CheckedValue<Scalar>,
): CheckedValue<Scalar[]> {
  if (items.length > ITEMS_MAX) return misfit(`more than ${ITEMS_MAX} items`, "fewer");
  const values: Scalar[] = [];
  const problems: string[] = [];
  for (const [index, item] of items.entries()) {
    const checked = read(item, index);
    if ("value" in checked) values.push(checked.value);
    else problems.push(items.length > 1 ? `item ${index + 1}: ${checked.problem}` : checked.problem);
    if (problems.length >= WRONG_ITEMS_MAX) break;
  }
  return problems.length === 0 ? { value: values } : { problem: problems.join("; ") };
}

/** One value of JSON; text for a number or a boolean is read as on a command line. */
export function readScalar(type: ValueType, value: unknown): CheckedValue<Scalar> {
  const isOther = typeof value === "string" && TYPES[type.type].kind !== "string";
  return isOther ? readText(type, value) : checkScalar(type, value);
}

/** One value of a file, or of JSON whose numbers kept their digits. */
function checkScalar(type: ValueType, value: unknown): CheckedValue<Scalar> {
  const { kind } = TYPES[type.type];
  if (isMixed(type)) return findOption(type, (option) => option === value, describeValue(value));
  if (typeof value === "string" && kind === "string") return checkText(type, value);
  if (typeof value === "boolean" && kind === "boolean") return { value };
  const text = rawNumeral(value) ?? String(typeof value === "number" ? value : NaN);
  const number = kind === "integer" ? integerOf(text) : kind === "number" ? Number(text) : NaN;
  if (!Number.isFinite(number)) return misfit(describeValue(value), expected(type));
  // `5.0` and `5e0` are written as 5 where an integer is expected.
  const isAsWritten = kind === "number" || !Number.isSafeInteger(number);
  return checkNumber(type, number, isAsWritten ? text : String(number));
}

export const isNumber = ({ type }: Pick<Argument, "type">): boolean =>
  TYPES[type].kind === "integer" || TYPES[type].kind === "number";

/** What each item of a list asks of the options, found once: there may be thousands of either. */
const choices = new WeakMap<readonly Scalar[], ReturnType<typeof readChoice>>();
const choiceOf = (options: readonly Scalar[]) => choices.getOrInsertComputed(options, readChoice);

function readChoice(options: readonly Scalar[]) {
  const isMixed = options.some((one) => typeof one !== "string");
  return { isMixed, values: new Set(options), numbers: new Set(options.map(Number)) };
}

/** Only another implementation's schema has choices of several kinds. */
const isMixed = ({ type, options }: ValueType): boolean =>
  type === "choice" && options !== undefined && choiceOf(options).isMixed;

function findOption(type: ValueType, fits: (option: Scalar) => boolean, found: string): CheckedValue<Scalar> {
  const value = type.options?.find(fits);
  return value === undefined ? misfit(found, expected(type)) : { value };
}

/** One text as a scalar of the argument's type. */
export function readText(type: ValueType, text: string): CheckedValue<Scalar> {
  if (isMixed(type)) return findOption(type, (option) => String(option) === text, quote(text));
  const { kind, read } = TYPES[type.type];
  if (kind === "string") return checkText(type, text);
  const value = read(text);
  if (value === undefined) return misfit(quote(text), expected(type));
  return typeof value === "number" ? checkNumber(type, value, text) : { value };
}

export const ANY_INTEGER = "an integer from -(2^53 - 1) to 2^53 - 1";

/** `text` is how the number was written, which is how the tool will see it. */
function checkNumber(type: ValueType, value: number, text: string): CheckedValue<Scalar> {
  const { options, range } = type;
  const { kind, read } = TYPES[type.type];
  const isInteger = kind === "integer";
  const found = named(text);
  const inexact = isInteger ? !Number.isSafeInteger(value) : !Number.isFinite(value);
  const outside = range !== undefined && (value < range[0] || value > range[1]);
  const unlisted = options !== undefined && !choiceOf(options).numbers.has(value);
  if (isInteger && inexact && range === undefined && options === undefined) return misfit(found, ANY_INTEGER);
  const unfit = inexact || outside || unlisted || read(text) === undefined;
  return unfit ? misfit(found, expected(type)) : { value: keepDigits(value, text) };
}

function checkText(type: ValueType, text: string): CheckedValue<Scalar> {
  // argv and the environment end strings at NUL, and have no bytes for half a surrogate pair.
  const why = "which no program can be given: it holds a NUL or half of a character";
  if (text.includes("\0") || !text.isWellFormed()) return { problem: `found ${quote(text)}, ${why}` };
  const unlisted = type.options !== undefined && !choiceOf(type.options).values.has(text);
  const unfit = unlisted || TYPES[type.type].read(text) === undefined;
  return unfit ? misfit(quote(text), expected(type)) : { value: text };
}

export function misfit(found: string, wanted: string): { problem: string } {
  return { problem: `found ${found}, expected ${wanted}` };
}

/** What one value must be, as a noun phrase: `an integer from 1 to 10`, `one of "a", "b"`. */
export function expected({ type, options, range }: ValueType): string {
  // Numbers keep their digits as a text, which stands without quotes.
  const describe = isNumber({ type }) ? (one: unknown) => named(String(one)) : describeValue;
  if (options !== undefined)
    return options.length > 1 ? oneOf(options, describe) : alternatives(options.map(describe));
  const limits = describeRange(range).replace(/^at/, "of at");
  return limits === "" ? TYPES[type].noun : `${TYPES[type].noun} ${limits}`;
}
