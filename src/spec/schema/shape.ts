import { isTable, own, type Table } from "../../json.ts";
import { fieldsOf, type KnownFields } from "./parts.ts";

/** What a schema says of the inside of a list or a table, wherever in it (pipe, optional, union) it says so. */
export interface Shape {
  items: unknown[];
  /** Schemas of all values of a table with free keys. */
  values: unknown[];
  tables: KnownFields[];
}

const known = new WeakMap<object, Shape>();

/** The shape of a valibot schema; one that is none has an empty shape. */
export function shapeOf(schema: unknown): Shape {
  if (!isTable(schema)) return EMPTY;
  let shape = known.get(schema);
  if (shape === undefined) {
    shape = gather(schema);
    known.set(schema, shape);
  }
  return shape;
}

const EMPTY: Shape = { items: [], values: [], tables: [] };

function gather(schema: Table): Shape {
  // A pipe is a copy of its first part with the parts beside it.
  if (Array.isArray(schema.pipe)) return join(schema.pipe);
  if (schema.wrapped !== undefined) return shapeOf(schema.wrapped);
  if (Array.isArray(schema.options)) return join(schema.options);
  const fields = fieldsOf(schema);
  if (fields !== undefined) return { ...EMPTY, tables: [fields] };
  if (schema.kind !== "schema") return EMPTY;
  const { entries } = schema;
  return {
    items: schema.item === undefined ? [] : [schema.item],
    values: schema.value === undefined ? [] : [schema.value],
    tables: isTable(entries) ? [{ names: Object.keys(entries), schemaOf: (name) => own(entries, name) }] : [],
  };
}

function join(schemas: readonly unknown[]): Shape {
  const shape: Shape = { items: [], values: [], tables: [] };
  for (const schema of schemas) {
    const { items, values, tables } = shapeOf(schema);
    shape.items.push(...items);
    shape.values.push(...values);
    shape.tables.push(...tables);
  }
  return shape;
}
