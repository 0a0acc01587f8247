/** How messages name values, arguments, lists and ranges. */

import { listUpTo, shorten, visible } from "../text.ts";
import type { Argument } from "./model.ts";

const LONGEST = 60;

/** `value` as a message names it: texts in quotes, numbers and booleans as they are, anything else by its kind. */
export function describeValue(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "bigint" || typeof value === "boolean") return String(value);
  if (typeof value === "number") return String(value).replace("NaN", "nan").replace("Infinity", "inf");
  if (value === undefined) return "nothing";
  if (JSON.isRawJSON(value)) return named(JSON.stringify(value));
  if (value === null) return "null";
  if (Array.isArray(value)) return describeList(value);
  if (value instanceof Date) return `the date ${value.toISOString()}`;
  // A table of TOML has no prototype; an agent writes JSON, and knows its words.
  return Object.getPrototypeOf(value) === null ? "a table" : "an object";
}

/** `text` in double quotes, control characters visible, cut when long. */
export const quote = (text: string): string => `"${visible(shorten(text, LONGEST))}"`;

/** A name from elsewhere, as a message has it: control characters visible, cut when long. */
export const named = (name: string): string => visible(shorten(name, LONGEST));

/** How a person writes the argument: `--name`, or `<name>` for one that has a place among the words. */
export const labelOf = ({ name, position, type }: Pick<Argument, "name" | "position" | "type">): string =>
  position === undefined && type !== "rest" ? `--${visible(name)}` : `<${visible(name)}>`;

/** Gives {@link labelOf} of each of `args`, by name. */
export function labelsOf(args: readonly Argument[]): (name: string) => string {
  const labels = new Map(args.map((argument) => [argument.name, labelOf(argument)]));
  return (name) => labels.get(name) ?? visible(name);
}

/** How many problems of one call are told, however many there are: others are counted, and need not be put into words. */
export const PROBLEMS_MAX = 20;

/** The first of `problems`, and how many more there are. */
export function firstFew(problems: readonly string[]): string[] {
  const more = problems.length - PROBLEMS_MAX;
  return more > 0 ? [...problems.slice(0, PROBLEMS_MAX), `and ${more} more`] : [...problems];
}

/** `"a", "b" or "c"`. */
export function alternatives(words: readonly string[], last = "or"): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
}

/** `one of "a", "b"`, for a list a person can pick from. */
export const oneOf = (values: readonly unknown[], describe = describeValue): string =>
  `one of ${listUpTo(30, values, describe)}`;

/** `from 1 to 10`, `at least 1`, `at most 10`; the empty string where there is neither bound. */
export function describeRange([least, most]: readonly [number, number] = [-Infinity, Infinity]): string {
  if (!Number.isFinite(most)) return Number.isFinite(least) ? `at least ${least}` : "";
  return Number.isFinite(least) ? `from ${least} to ${most}` : `at most ${most}`;
}

function describeList(values: readonly unknown[]): string {
  if (values.length === 0) return "an empty list";
  // A list in a list is not told item by item: a caller's may be nested deeper than the stack.
  const words = values.map((one) => (Array.isArray(one) ? "[…]" : describeValue(one)));
  if (words.every((word) => word === "a table")) return "a list of tables ([[…]])";
  const text = `[${words.join(", ")}]`;
  return text.length > LONGEST ? `a list of ${values.length}` : text;
}
