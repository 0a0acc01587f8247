/** What a caller sent as JSON → a value of the argument; a text that can only mean one value is read as that. */

import { attempt } from "../errors.ts";
import { parseKeepingNumerals } from "../numerals.ts";
import { describeValue, quote } from "./describe.ts";
import { type Argument, isScalar } from "./model.ts";
import type { CheckedValue } from "./value.ts";
import { hideSecret, isList, isNumber, misfit, readEach, readScalar, readTexts } from "./value.ts";

/** A value of a call. Text for a number, a boolean or a list is read as on a command line, a list also as JSON, or one item. */
export function readJson(argument: Argument, value: unknown): CheckedValue {
  return hideSecret(argument, valueOfJson(argument, value));
}

function valueOfJson(argument: Argument, value: unknown): CheckedValue {
  if (!isList(argument)) return readScalar(argument, value);
  if (Array.isArray(value)) return readItems(argument, value);
  if (typeof value === "string") {
    const items = jsonList(value);
    const listed = items && readItems(argument, items);
    // Split at its delimiter, a list of JSON would fall into pieces that nobody meant.
    const final = listed !== undefined && ("value" in listed || argument.delimiter !== undefined);
    return final ? listed : readTexts(argument, [value]);
  }
  if (isScalar(value) || JSON.isRawJSON(value)) return readItems(argument, [value]);
  return misfit(describeValue(value), anyListOf(argument));
}

function anyListOf({ type, options }: Argument): string {
  const example = isNumber({ type }) ? "[1, 2]" : '["a", "b"]';
  return `a list such as ${options === undefined ? example : describeValue(options.slice(0, 2))}`;
}

function readItems(argument: Argument, items: readonly unknown[]): CheckedValue {
  const { delimiter, multiple } = argument;
  const given = items.filter((item) => item !== null);
  // As on a command line, where it is the same text.
  if (delimiter !== undefined && given.length === 1 && given[0] === "") return { value: [] };
  const apart = multiple && !given.includes("");
  return readEach(given, (item, index) => {
    const checked = readScalar(argument, item);
    if ("problem" in checked || delimiter === undefined) return checked;
    const text = String(checked.value);
    // What follows is joined to it: "a:" and "b" by "::" would be "a" and ":b" to the tool.
    const cut = apart || index === given.length - 1 ? text : text + delimiter;
    if ([-1, text.length].includes(cut.indexOf(delimiter))) return checked;
    const why = `which ${text.includes(delimiter) ? "holds" : "ends in a part of"} ${quote(delimiter)}`;
    return { problem: `found ${quote(text)}, ${why}: there the tool would cut it` };
  });
}

/** The longest text that is read as a list of JSON: a longer list fits on no command line. */
const LIST_TEXT_MAX = 1024 * 1024;

/** The list that `text` is as JSON; undefined: it is none. */
export function jsonList(text: string): unknown[] | undefined {
  if (text.length > LIST_TEXT_MAX) return undefined;
  const value = attempt(() => parseKeepingNumerals(text));
  return Array.isArray(value) ? value : undefined;
}
