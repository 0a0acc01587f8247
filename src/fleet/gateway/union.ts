/** Schemas that differ from host to host → one that every host's own call fits. What it lets through besides, the host refuses. */

import { strictest } from "../../arguments/autonomy.ts";
import { attempt } from "../../errors.ts";
import { asObject, isObject, own, type PlainObject, textsIn } from "../../json.ts";

/** Keys that describe and do not restrict: the first host's are taken. */
const TELLING = /^(description|title)$/;
/** Keys that mean something only beside others, which may have been dropped. */
const DEPENDENT = new Set(["additionalProperties", "unevaluatedProperties", "unevaluatedItems"]);

/** The input schema of a tool on all hosts that have it: every argument that one of them takes; required is what all require. */
export function unionOfInputs(inputs: readonly unknown[]): PlainObject {
  const schemas = distinct(inputs.map(asInput));
  const [first = EMPTY_INPUT] = schemas;
  if (schemas.length === 1) return first;
  const properties = unitedByName(schemas.flatMap((schema) => [...propertiesOf(schema)]));
  const required = schemas.map(requiredOf).reduce((inAll, one) => inAll.intersection(one));
  const closed = schemas.every((one) => one.additionalProperties === false && !("patternProperties" in one));
  const { properties: _properties, required: _required, ...rest } = sameInAll(schemas);
  return {
    ...rest,
    type: "object",
    properties: Object.fromEntries(properties),
    ...(required.size > 0 && { required: [...required] }),
    ...(closed && { additionalProperties: false }),
  };
}

const EMPTY_INPUT: PlainObject = { type: "object", properties: {} };

/** In a form that all clients take. For one schema that is invalid, or has branches at its root (Anthropic's API), some reject the whole list, with the tools of all hosts. */
export function asInput(input: unknown): PlainObject {
  if (!isObject(input) || input.type !== "object") return EMPTY_INPUT;
  const { required: _required, properties: _properties, anyOf, oneOf, allOf, ...rest } = input;
  const branches = [anyOf, oneOf, allOf].flat().flatMap((one) => [...propertiesOf(one)]);
  const properties = [...unitedByName(branches), ...propertiesOf(input)];
  return {
    ...withoutOdd(rest),
    properties: Object.fromEntries(properties.map(([name, schema]) => [name, withoutOdd(schema)])),
    ...(requiredOf(input).size > 0 && { required: [...requiredOf(input)] }),
  };
}

/** One schema for each name, once: a server may send a branch for every value. */
function unitedByName(entries: readonly (readonly [string, PlainObject])[]) {
  const named = Map.groupBy(entries, ([name]) => name);
  return [...named].map(([name, same]) => [name, unionOf(same.map(([, schema]) => schema))] as const);
}

const TYPES: readonly unknown[] = ["string", "number", "integer", "boolean", "object", "array", "null"];
const MAPS = /^(properties|patternProperties|dependentSchemas|\$defs|definitions)$/;
const LISTS = /^(anyOf|allOf|prefixItems)$/;
const WITHIN = /^(items|propertyNames|(additional|unevaluated)Properties|then|else)$/;
const TEXTS = /^(title|description|format|\$ref|\$schema)$/;

/** Whether a keyword has what JSON Schema 2020-12 wants of it. Servers give types and patterns of their language, `required: true`, and forms of older drafts and of OpenAPI. */
function isSound([key, value]: [string, unknown]): boolean {
  const isList = Array.isArray(value) && value.length > 0;
  if (key === "type") return isList ? value.every((one) => TYPES.includes(one)) : TYPES.includes(value);
  if (key === "required") return new Set(textsIn(value)).size === [value].flat().length;
  if (/^(min|max|exclusiveM|multipleOf)/.test(key)) return typeof value === "number";
  if (LISTS.test(key) || key === "oneOf") return isList && value.every(isSchema);
  if (MAPS.test(key)) return isObject(value) && Object.values(value).every(isSchema);
  if (WITHIN.test(key) || /^(contains|not|if)$/.test(key)) return isSchema(value);
  if (key === "pattern") return typeof value === "string" && attempt(() => RegExp(value, "u")) !== undefined;
  return TEXTS.test(key) ? typeof value === "string" : key !== "enum" || isList;
}

const isSchema = (value: unknown): boolean =>
  isObject(value) ? Object.entries(value).every(isSound) : typeof value === "boolean";

/** `schema` without keywords whose values JSON Schema does not allow. */
const withoutOdd = (schema: PlainObject): PlainObject =>
  Object.fromEntries(Object.entries(schema).map(withSoundParts).filter(isSound));

/** The same for the schemas within a keyword, but not below `not` and its like: what allows more there makes the whole allow less. */
function withSoundParts([key, value]: [string, unknown]): [string, unknown] {
  const fix = (part: unknown) => (isObject(part) ? withoutOdd(part) : typeof part === "boolean" ? part : {});
  if (LISTS.test(key) && Array.isArray(value)) return [key, value.map(fix)];
  if (!isObject(value) || !(MAPS.test(key) || WITHIN.test(key))) return [key, value];
  const named = () => Object.fromEntries(Object.entries(value).map(([name, part]) => [name, fix(part)]));
  return [key, MAPS.test(key) ? named() : fix(value)];
}

/** The arguments that an input schema has, by name. */
export function propertiesOf(input: unknown): Map<string, PlainObject> {
  const properties = Object.entries(asObject(asObject(input).properties));
  return new Map(properties.map(([name, value]) => [name, asObject(value)]));
}

export const requiredOf = (input: unknown): Set<string> => new Set(textsIn(asObject(input).required));

/** A schema that every value fits which fits one of `schemas`. */
export function unionOf(given: readonly PlainObject[]): PlainObject {
  const schemas = distinct(given);
  const [first = {}] = schemas;
  const telling = tellingOf(schemas);
  // What it refers to may not be the same on all hosts, and then is left out: clients reject what leads nowhere.
  if (schemas.some((schema) => JSON.stringify(schema).includes('"$ref"'))) return telling;
  if (schemas.length === 1) return first;
  // Without them, `items` would be about the first items as well, and `contains` ask for one.
  if (schemas.some((schema) => "prefixItems" in schema || "minContains" in schema)) return telling;
  if (schemas.some(({ type }) => typeof type !== "string")) return { ...telling, ...sameInAll(schemas) };
  const types = Map.groupBy(schemas, ({ type }) => (type === "integer" ? "number" : type));
  const [kinds = [], ...others] = types.values();
  if (others.length === 0) return { ...telling, ...unionOfOneType(kinds) };
  return { ...telling, anyOf: [...types.values()].map((alike) => bindingOf(unionOfOneType(alike))) };
}

/** Bounds that all have become as wide as the widest. */
const WIDEST = { minimum: Math.min, maximum: Math.max, minItems: Math.min, maxItems: Math.max };

function unionOfOneType(schemas: readonly PlainObject[]): PlainObject {
  const [first = {}] = schemas;
  if (schemas.length === 1) return first;
  const enums = schemas.map((schema) => schema.enum);
  const items = schemas.map((schema) => schema.items);
  const bounds = Object.entries(WIDEST).flatMap(([key, widest]) => {
    const values = schemas.map((schema) => schema[key]).filter((value) => typeof value === "number");
    return values.length === schemas.length ? [[key, widest(...values)]] : [];
  });
  return {
    // Where it is not the same in all: whole numbers and others.
    type: "number",
    ...sameInAll(schemas),
    ...(enums.every((one) => Array.isArray(one)) && { enum: distinct(enums.flat()) }),
    ...(items.every(isObject) && { items: unionOf(items.filter(isObject)) }),
    ...Object.fromEntries(bounds),
  };
}

/** The keys that say the same everywhere: each of them only narrows, so that what is left is wider than each. */
function sameInAll(schemas: readonly PlainObject[]): PlainObject {
  const [first = {}, ...others] = schemas;
  // Strictly: otherwise inherited keys count, and comparing a `constructor` that has `arguments` throws.
  const isSame = (key: string) => others.every((other) => Bun.deepEquals(own(other, key), first[key], true));
  return Object.fromEntries(Object.entries(first).filter(([key]) => isSame(key) && !DEPENDENT.has(key)));
}

/** What is told of an argument: in the first host's words; the strictest level; a secret where it is one somewhere. */
function tellingOf(schemas: readonly PlainObject[]): PlainObject {
  const tells = (schema: PlainObject) => Object.entries(schema).filter(([key]) => TELLING.test(key));
  const level = strictest(schemas.map((schema) => schema["x-autonomy"]));
  return {
    ...Object.fromEntries(schemas.toReversed().flatMap(tells)),
    ...(level !== undefined && { "x-autonomy": level }),
    ...(schemas.some((schema) => schema["x-secret"] === true) && { "x-secret": true }),
  };
}

const bindingOf = (schema: PlainObject) =>
  Object.fromEntries(
    Object.entries(schema).filter(([key]) => !/^(description|title|default)$|^x-/.test(key)),
  );

const distinct = <T>(values: readonly T[]): T[] => [
  ...new Map(values.map((value) => [JSON.stringify(value), value])).values(),
];
