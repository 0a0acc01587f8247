import { alternatives, describeValue, oneOf, quote } from "./describe.ts";
import type { Argument, Scalar, Value } from "./model.ts";

/** A value that fits its argument, or why it does not: `found 500, expected an integer from 1 to 32`. */
export type Checked<T extends Value = Value> = { value: T } | { problem: string };

type Kind = Pick<Argument, "type" | "options" | "range">;

/** Whether the argument's value is a list. */
export function isList(argument: Pick<Argument, "type" | "multiple" | "delimiter">): boolean {
  return argument.type === "rest" || argument.multiple || argument.delimiter !== undefined;
}

/** A typed value (from JSON, or a default) against its argument. Nothing is converted, but a delimited string is split. */
export function checkValue(argument: Argument, value: unknown): Checked {
  if (!isList(argument)) return checkScalar(argument, value);
  if (typeof value === "string" && argument.delimiter !== undefined) {
    return collect(split(argument.delimiter, value).map((part) => readText(argument, part)));
  }
  if (!Array.isArray(value)) return misfit(describeValue(value), listOf(argument));
  return collect(value.map((item) => checkScalar(argument, item)));
}

/** The texts given for an argument (one each time it was given), from a command line or the environment. */
export function readTexts(argument: Argument, texts: readonly string[]): Checked {
  if (!isList(argument)) return readText(argument, texts.at(-1) ?? "");
  const { delimiter } = argument;
  const parts = delimiter === undefined ? texts : texts.flatMap((text) => split(delimiter, text));
  return collect(parts.map((part) => readText(argument, part)));
}

function listOf(argument: Argument): string {
  const example = argument.type === "int" || argument.type === "float" ? "[1, 2]" : '["a", "b"]';
  return `a list such as ${argument.options === undefined ? example : describeValue(argument.options.slice(0, 2))}`;
}

function split(delimiter: string, text: string): string[] {
  return text === "" ? [] : text.split(delimiter);
}

function collect(items: readonly Checked<Scalar>[]): Checked {
  const values: Scalar[] = [];
  const problems: string[] = [];
  items.forEach((item, index) => {
    if ("value" in item) values.push(item.value);
    else problems.push(items.length > 1 ? `item ${index + 1}: ${item.problem}` : item.problem);
  });
  return problems.length === 0 ? { value: values } : { problem: problems.join("; ") };
}

function checkScalar(kind: Kind, value: unknown): Checked<Scalar> {
  const fits = isScalar(value) && JSON_TYPES[kind.type](value);
  return fits ? checkBounds(kind, value) : misfit(describeValue(value), expected(kind));
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

const isText = (value: Scalar): boolean => typeof value === "string";
const isBoolean = (value: Scalar): boolean => typeof value === "boolean";

const JSON_TYPES: Record<Argument["type"], (value: Scalar) => boolean> = {
  str: isText,
  path: isText,
  rest: isText,
  int: (value) => Number.isSafeInteger(value),
  float: (value) => Number.isFinite(value),
  bool: isBoolean,
  flag: isBoolean,
  choice: () => true,
};

/** One text as a scalar of the argument's type. */
export function readText(kind: Kind, text: string): Checked<Scalar> {
  const value = READERS[kind.type](text, kind);
  return value === undefined ? misfit(quote(text), expected(kind)) : checkBounds(kind, value);
}

const READERS: Record<Argument["type"], (text: string, kind: Kind) => Scalar | undefined> = {
  str: (text) => text,
  path: (text) => text,
  rest: (text) => text,
  int: readInteger,
  float: readFloat,
  bool: readBoolean,
  flag: readBoolean,
  choice: (text, { options }) => options?.find((option) => String(option) === text),
};

function readInteger(text: string): number | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const value = Number(text) + 0;
  return Number.isSafeInteger(value) ? value : undefined;
}

function readFloat(text: string): number | undefined {
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

const YES = ["1", "true", "yes", "on"];
const NO = ["0", "false", "no", "off"];

function readBoolean(text: string): boolean | undefined {
  const word = text.toLowerCase();
  return YES.includes(word) || (NO.includes(word) ? false : undefined);
}

function checkBounds(kind: Kind, value: Scalar): Checked<Scalar> {
  const { options, range } = kind;
  if (typeof value === "string" && !passable(value))
    return { problem: `found ${quote(value)}, ${UNPASSABLE}` };
  const outside = range !== undefined && typeof value === "number" && (value < range[0] || value > range[1]);
  const unlisted = options !== undefined && !options.includes(value);
  return outside || unlisted ? misfit(describeValue(value), expected(kind)) : { value };
}

const UNPASSABLE = "which no program can be given: it holds a NUL or half of a character";

/** argv and the environment end strings at NUL, and have no bytes for half a surrogate pair. */
function passable(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}

function misfit(found: string, wanted: string): { problem: string } {
  return { problem: `found ${found}, expected ${wanted}` };
}

const NOUNS: Record<Argument["type"], string> = {
  str: "a string",
  path: "a path",
  rest: "a string",
  int: "an integer",
  float: "a number",
  bool: "true or false",
  flag: "true or false",
  choice: "a choice",
};

/** What one value must be, as a noun phrase: `an integer from 1 to 10`, `one of "a", "b"`. */
export function expected({ type, options, range }: Kind): string {
  if (options !== undefined)
    return options.length > 1 ? oneOf(options) : alternatives(options.map(describeValue));
  const noun = NOUNS[type];
  if (range === undefined) return noun;
  const [least, most] = range;
  if (!Number.isFinite(most)) return Number.isFinite(least) ? `${noun} of at least ${least}` : noun;
  return Number.isFinite(least) ? `${noun} from ${least} to ${most}` : `${noun} of at most ${most}`;
}
