import * as v from "valibot";
import { isTable, type Table } from "./table.ts";

/*
 * The vocabulary of the file's schemas. The `message` of every schema is what was expected, as a noun phrase; the
 * validator says the rest ("found 5, expected a string").
 */

/** A table with these keys. Lists and dates are objects to valibot, hence the guard before it. */
export function table<const E extends v.ObjectEntries>(entries: E, expected: string) {
  return v.pipe(v.custom<Table>(isTable, expected), v.object(entries, expected));
}

/** A table of any keys whose values are all alike. */
export function tableOf<S extends v.GenericSchema>(value: S, expected: string) {
  return v.pipe(v.custom<Table>(isTable, expected), v.record(v.string(), value, expected));
}

/** A string that is not empty. */
export function text(expected: string) {
  return v.pipe(v.string(expected), v.nonEmpty(expected));
}

/** A string of a shape. */
export function shaped(shape: RegExp, expected: string) {
  return v.pipe(v.string(expected), v.regex(shape, expected));
}

/** One of these words. */
export function word<const W extends readonly string[]>(words: W) {
  return v.picklist(words, `one of ${words.map((one) => `"${one}"`).join(", ")}`);
}

/** A whole number within bounds; TOML integers come as bigint. */
export function whole(least: bigint, most: bigint, expected: string) {
  return v.pipe(v.bigint(expected), v.minValue(least, expected), v.maxValue(most, expected));
}

export const string = v.string("a string");
export const strings = v.array(string, "a list of strings");
export const boolean = v.boolean("true or false");
export const optionalString = v.exactOptional(string);
export const optionalBoolean = v.exactOptional(boolean);

/** A schema that is made when it is first asked for: building the many small parts of one costs every start of the program. */
export function once<S>(make: () => S): () => S {
  let made: S | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
