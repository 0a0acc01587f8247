/** The words a tool is started with, from the values its caller gave. */

import { type Argument, positionals, type Value, type Values } from "../arguments/model.ts";
import { isEmptyList } from "../arguments/rules.ts";

type Taker = "tool" | "runspec";

/**
 * In spec order: `--name value` (`--name=value` where it begins with a dash), a flag alone when true, one `--name value` for each of a
 * `multiple`; then positionals by position; then `--` and the rest. A flag given as false is not passed.
 * For a `runspec` that reads them: positionals by name as well, and `--name=false` for a flag that is switched off.
 */
export function toolWords(args: readonly Argument[], given: Values, taker: Taker): string[] {
  const placed = taker === "runspec" ? [] : positionals(args);
  const rest = args.filter(({ type }) => type === "rest");
  const named = args.filter((argument) => !placed.includes(argument) && !rest.includes(argument));
  return [
    ...named.flatMap((argument) => namedWords(argument, given.get(argument.name), taker)),
    ...placed.flatMap((argument) => valueWords(argument, given.get(argument.name))),
    ...rest.flatMap(({ name }) => (given.has(name) ? ["--", ...textsOf(given.get(name))] : [])),
  ];
}

function namedWords(argument: Argument, value: Value | undefined, taker: Taker): string[] {
  const flag = `--${argument.name}`;
  if (argument.type === "flag" && value === false) return taker === "runspec" ? [`${flag}=false`] : [];
  if (argument.type === "flag") return value === true ? [flag] : [];
  // A value that begins with a dash would be taken for an option, `-h` for a call for help.
  return valueWords(argument, value).flatMap((word) =>
    word.startsWith("-") || isEmptyList(value) ? [`${flag}=${word}`] : [flag, word],
  );
}

/** The words of an argument's value, without its flag. */
export function valueWords(argument: Argument, value: Value | undefined): string[] {
  const { multiple, delimiter } = argument;
  const words = textsOf(value);
  if (delimiter === undefined || value === undefined) return words;
  // Alone, an empty item would be an empty list.
  return multiple && words.length > 0 && !words.includes("") ? words : [words.join(delimiter)];
}

/** Booleans are `true` and `false` there, and `1` and `0` in the environment. */
const textsOf = (value: Value = []): string[] => [value].flat().map(String);
