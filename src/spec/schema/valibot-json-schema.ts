import type { JsonObject } from "../../json.ts";
import { isTable, type Table } from "../../json.ts";

/** Schemas that are written once, under `$defs`, and referred to by name. */
export type Definitions = ReadonlyMap<unknown, string>;

/**
 * The JSON Schema (2020-12) of a valibot schema, for the constructs that the schemas of this folder use. Anything else
 * throws: a schema must not become laxer unnoticed.
 */
export function toJsonSchema(schema: unknown, definitions: Definitions): JsonObject {
  const name = definitions.get(schema);
  return name === undefined ? expand(schema, definitions) : { $ref: `#/$defs/${name}` };
}

/** The same, written out even where the schema itself has a name. */
export function expand(schema: unknown, definitions: Definitions): JsonObject {
  if (!isTable(schema)) throw new TypeError("not a schema");
  if (Array.isArray(schema.pipe)) {
    return Object.assign(
      {},
      ...schema.pipe.map((part) => (part === schema ? {} : expand(part, definitions))),
    );
  }
  const convert = CONSTRUCTS[String(schema.type)];
  if (convert === undefined) throw new TypeError(`no JSON Schema for valibot's ${String(schema.type)}`);
  return convert(schema, (inner) => toJsonSchema(inner, definitions));
}

type Convert = (schema: Table, inner: (schema: unknown) => JsonObject) => JsonObject;

const CONSTRUCTS: Record<string, Convert> = {
  string: () => ({ type: "string" }),
  boolean: () => ({ type: "boolean" }),
  bigint: () => ({ type: "integer" }),
  number: () => ({ type: "number" }),
  unknown: () => ({}),
  // The guard of a table; the table itself follows in the pipe.
  custom: () => ({ type: "object" }),
  picklist: ({ options }) => ({ enum: strings(options) }),
  exact_optional: ({ wrapped }, inner) => inner(wrapped),
  lazy: ({ getter }, inner) => (typeof getter === "function" ? inner(getter()) : {}),
  array: ({ item }, inner) => ({ type: "array", items: inner(item) }),
  union: ({ options }, inner) => ({ anyOf: list(options).map(inner) }),
  strict_tuple: ({ items }, inner) => tuple(list(items).map(inner)),
  object: ({ entries }, inner) => ({ ...properties(entries, inner), additionalProperties: false }),
  object_with_rest: ({ entries, rest }, inner) => ({
    ...properties(entries, inner),
    additionalProperties: inner(rest),
  }),
  record: ({ key, value }, inner) => {
    const { pattern } = inner(key);
    return {
      type: "object",
      ...(pattern !== undefined && { propertyNames: { pattern } }),
      additionalProperties: inner(value),
    };
  },
  regex: ({ requirement }) => (requirement instanceof RegExp ? { pattern: requirement.source } : {}),
  min_value: ({ requirement }) => ({ minimum: Number(requirement) }),
  max_value: ({ requirement }) => ({ maximum: Number(requirement) }),
  non_empty: () => ({ minLength: 1 }),
  min_length: ({ requirement }) => ({ minItems: Number(requirement) }),
};

/** Items that are all alike are written so that editors read it which know nothing of `prefixItems`. */
function tuple(items: readonly JsonObject[]): JsonObject {
  const [first] = items;
  if (first === undefined || new Set(items.map((item) => JSON.stringify(item))).size > 1)
    throw new TypeError("no JSON Schema for a tuple of different items");
  return { type: "array", items: first, minItems: items.length, maxItems: items.length };
}

function properties(entries: unknown, inner: (schema: unknown) => JsonObject): JsonObject {
  const table = isTable(entries) ? entries : {};
  const required = Object.keys(table).filter((key) => {
    const entry = table[key];
    return isTable(entry) && entry.type !== "exact_optional";
  });
  return {
    type: "object",
    properties: Object.fromEntries(Object.entries(table).map(([key, schema]) => [key, inner(schema)])),
    ...(required.length > 0 && { required }),
  };
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function strings(value: unknown): string[] {
  return list(value).map(String);
}
