import * as v from "valibot";
import { isTable, type Table } from "../../json.ts";

/*
 * The vocabulary of the file's schemas. The `message` of every schema is what was expected, as a noun phrase; the
 * validator says the rest ("found 5, expected a string").
 */

/** The fields that a table may have, none of them required. Each schema is made when a table is met that has the field. */
export type Fields = Readonly<Record<string, () => v.GenericSchema>>;

type Entry = v.ExactOptionalSchema<v.GenericSchema, undefined>;

/** What is known of the fields of a table without making their schemas. */
export interface KnownFields {
  names: readonly string[];
  /** undefined: there is no such field. */
  schemaOf(name: string): unknown;
}

const knownFields = new WeakMap<object, KnownFields>();

/** Those of a schema that {@link table} made. */
export function fieldsOf(schema: object): KnownFields | undefined {
  return knownFields.get(schema);
}

/**
 * A table of these fields. To make the many small parts of a schema costs every start of the program, and a file has a use for few of
 * them; what is asked for its schema without a table gives that of all fields.
 */
export function table<const F extends Fields>(
  fields: F,
  expected: string,
): v.GenericSchema<unknown, { [K in keyof F]?: v.InferOutput<ReturnType<F[K]>> }> {
  const made = new Map<string, Entry>();
  const names = Object.keys(fields);
  const schemaOf = (name: string): Entry | undefined => {
    const known = made.get(name);
    const make = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (known !== undefined || make === undefined) return known;
    const entry = v.exactOptional(make());
    made.set(name, entry);
    return entry;
  };
  const schema = v.lazy((value) => {
    // Lists and dates are objects to valibot.
    if (value !== undefined && !isTable(value)) return v.custom<Table>(isTable, expected);
    const entries: Record<string, Entry> = {};
    for (const name of names) {
      const entry = value === undefined || Object.hasOwn(value, name) ? schemaOf(name) : undefined;
      if (entry !== undefined) entries[name] = entry;
    }
    return v.object(entries, expected);
  });
  knownFields.set(schema, { names, schemaOf });
  // What valibot infers of entries that are not known before is less than what `fields` says.
  return schema as v.GenericSchema<unknown, { [K in keyof F]?: v.InferOutput<ReturnType<F[K]>> }>;
}

/** A table with these keys, which it must have where their schemas are not optional. */
export function tableWith<const E extends v.ObjectEntries>(entries: E, expected: string) {
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

export const string = once(() => v.string("a string"));
export const strings = once(() => v.array(string(), "a list of strings"));
export const boolean = once(() => v.boolean("true or false"));
export const anything = once(() => v.unknown());

/** A schema that is made when it is first asked for: building the many small parts of one costs every start of the program. */
export function once<S>(make: () => S): () => S {
  let made: S | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
