/** In which ways the schemas of one tool differ from host to host, and the one that is shown for all. */

import { describe, expect, test } from "bun:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { unionOf, unionOfInputs } from "../../../src/fleet/gateway/union.ts";

type Schema = Record<string, unknown>;

const META_SCHEMA = new Ajv2020({ strict: false });

const text = { type: "string" };
const integer = { type: "integer" };
const choice = (...options: string[]) => ({ type: "string", enum: options });
const list = (items: Schema, more: Schema = {}) => ({ type: "array", items, ...more });
const from = (minimum: number, more: Schema = {}) => ({ ...integer, minimum, ...more });
const EMPTY = { type: "object", properties: {} };

describe("an argument that hosts declare differently", () => {
  const cases: [how: string, schemas: Schema[], shown: Schema][] = [
    ["the same", [text, text], text],
    ["choices", [choice("a", "b"), choice("b", "c")], choice("a", "b", "c")],
    ["choices and any text", [choice("a"), text], text],
    ["integer and number", [integer, { type: "number" }], { type: "number" }],
    ["text and integer", [text, integer], { anyOf: [text, integer] }],
    [
      "text and integer, of which each tells something of its own",
      [
        { ...text, title: "T", description: "d", default: "a", "x-short": "s" },
        { ...integer, title: "N", default: 1 },
      ],
      { title: "T", description: "d", anyOf: [text, integer] },
    ],
    [
      "an object without more keys, of other keys",
      [
        { type: "object", properties: { a: {} }, additionalProperties: false },
        { type: "object", properties: { b: {} }, additionalProperties: false },
      ],
      { type: "object" },
    ],
    [
      "a flag and a choice",
      [{ type: "boolean", "x-type": "flag" }, choice("on")],
      { anyOf: [{ type: "boolean" }, choice("on")] },
    ],
    ["one and a list", [text, list(text)], { anyOf: [text, list(text)] }],
    [
      "lists of different first items",
      [
        { type: "array", prefixItems: [text], items: integer },
        { type: "array", prefixItems: [integer, text], items: integer },
      ],
      {},
    ],
    [
      "lists that need not contain the same",
      [
        { type: "array", contains: text, minContains: 0 },
        { type: "array", contains: text },
      ],
      {},
    ],
    ["lists of different items", [list(text), list(integer)], list({ anyOf: [text, integer] })],
    ["ranges", [from(1, { maximum: 5 }), from(0, { maximum: 3 })], from(0, { maximum: 5 })],
    ["a range and none", [from(1), integer], integer],
    ["a bound at one end each", [from(1), { type: "integer", maximum: 5 }], integer],
    [
      "numeric choices and any integer",
      [{ ...choice("80"), "x-type": "int" }, integer],
      { anyOf: [choice("80"), integer] },
    ],
    [
      "words",
      [
        { ...text, description: "one" },
        { ...text, description: "two" },
      ],
      { ...text, description: "one" },
    ],
    ["words of one alone", [text, { ...text, description: "two" }], { ...text, description: "two" }],
    [
      "defaults",
      [
        { ...text, default: "a" },
        { ...text, default: "b" },
      ],
      text,
    ],
    [
      "the same default, other choices",
      [
        { ...choice("a"), default: "a" },
        { ...choice("a", "b"), default: "a" },
      ],
      { ...choice("a", "b"), default: "a" },
    ],
    [
      "levels",
      [
        { ...text, "x-autonomy": "confirm" },
        { ...text, "x-autonomy": "manual" },
      ],
      { ...text, "x-autonomy": "manual" },
    ],
    [
      "a secret on one",
      [
        { ...text, "x-secret": true },
        { ...text, description: "d" },
      ],
      { ...text, description: "d", "x-secret": true },
    ],
    ["a pattern on one", [{ ...text, pattern: "^a" }, text], text],
    ["three types", [text, integer, { type: "boolean" }], { anyOf: [text, integer, { type: "boolean" }] }],
    ["no type at all on one", [text, { description: "anything" }], { description: "anything" }],
    ["references", [{ $ref: "#/$defs/a" }, text], {}],
    ["a reference, on one host alone", [{ $ref: "#/$defs/a", description: "d" }], { description: "d" }],
  ];
  for (const [how, schemas, shown] of cases)
    test(how, () => {
      expect(unionOf(schemas)).toEqual(shown);
      // Whatever one host takes can be sent.
      for (const value of schemas.flatMap(samplesOf))
        expect([value, accepts(shown, value)]).toEqual([value, true]);
    });
});

/** Values that fit `schema`. */
function samplesOf(schema: Schema): unknown[] {
  const { type, enum: choices, items, minimum = 0, maximum = 9 } = schema;
  if (type === "object")
    return [Object.fromEntries(Object.keys(schema.properties ?? {}).map((key) => [key, 1]))];
  if (Array.isArray(choices)) return choices;
  if (type === "array") return [[], samplesOf((items ?? {}) as Schema)];
  if (type === "integer" || type === "number") return [minimum, maximum, type === "number" ? 1.5 : 2];
  return type === "boolean" ? [true, false] : type === "string" ? ["", "abc"] : ["x", 7, true];
}

function accepts(schema: Schema, value: unknown): boolean {
  const { type, enum: choices, items, minimum, maximum, anyOf, pattern } = schema;
  if (Array.isArray(anyOf)) return anyOf.some((one) => accepts(one, value));
  if (Array.isArray(choices) && !choices.includes(value)) return false;
  if (typeof minimum === "number" && Number(value) < minimum) return false;
  if (typeof maximum === "number" && Number(value) > maximum) return false;
  if (typeof pattern === "string" && !new RegExp(pattern).test(String(value))) return false;
  if (Array.isArray(value))
    return (type ?? "array") === "array" && value.every((one) => accepts((items ?? {}) as Schema, one));
  const fits: Record<string, boolean> = {
    integer: Number.isInteger(value),
    number: typeof value === "number",
    string: typeof value === "string",
    boolean: typeof value === "boolean",
    object: typeof value === "object",
  };
  return type === undefined || fits[String(type)] === true;
}

describe("the arguments of a tool", () => {
  const input = (properties: Schema, required: string[] = [], more: Schema = {}) => ({
    type: "object",
    ...more,
    properties,
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  });
  const cases: [how: string, inputs: unknown[], shown: Schema][] = [
    ["are those of all hosts", [input({ a: text }), input({ b: text })], input({ a: text, b: text })],
    [
      "are required where all require them",
      [input({ a: text, b: text }, ["a", "b"]), input({ a: text, b: text }, ["a"])],
      input({ a: text, b: text }, ["a"]),
    ],
    ["are not required where a host lacks them", [input({ a: text }, ["a"]), input({})], input({ a: text })],
    [
      "keep what all say of them together",
      [input({ a: text }, [], { description: "d" }), input({ b: text }, [], { description: "d" })],
      input({ a: text, b: text }, [], { description: "d" }),
    ],
    [
      "lose a rule that not all have",
      [input({ a: text }, [], { description: "d" }), input({ a: text })],
      input({ a: text }),
    ],
    [
      "are open where one host's are",
      [input({ a: text }), { type: "object", properties: { a: text } }],
      { type: "object", properties: { a: text } },
    ],
    [
      "are open where one host's names follow a pattern",
      [input({ a: text }, [], { patternProperties: { "^x-": text } }), input({ b: text })],
      { type: "object", properties: { a: text, b: text } },
    ],
    ["are none where a schema is no schema", [undefined, null, "no"], EMPTY],
    [
      "are schemas, whatever a host says of them",
      [{ type: "object", $schema: 5, properties: { a: 5, b: null, c: true }, required: ["a", 7] }],
      { type: "object", properties: { a: {}, b: {}, c: {} }, required: ["a"] },
    ],
    [
      "are those of branches at the root, which models' APIs refuse there",
      [
        {
          ...input({ kind: text }, ["kind"]),
          oneOf: [
            { properties: { kind: { const: "a" }, to: text }, required: ["to"] },
            { properties: { kind: { const: "b" }, to: integer, $ref: 1 } },
          ],
          anyOf: [{ required: ["kind"] }, true],
          allOf: 5,
        },
      ],
      input({ to: { anyOf: [text, integer] }, $ref: {}, kind: text }, ["kind"]),
    ],
    [
      "are of every kind that a branch gives, in whatever order those come",
      [{ type: "object", anyOf: [text, integer, text].map((a) => ({ properties: { a } })) }],
      { type: "object", properties: { a: { anyOf: [text, integer] } } },
    ],
    ["are none where there is a list of them", [{ type: "object", properties: [1], required: "a" }], EMPTY],
    [
      "may have names of every kind",
      [input({ ["__proto__"]: text }), input({ constructor: text })],
      input({ ["__proto__"]: text, constructor: text }),
    ],
  ];
  test("are there whatever names a host gives to the keys of its schema", () => {
    const odd =
      '{"type":"object","x":{"__proto__":{},"constructor":{"arguments":""}},"constructor":{"caller":1}}';
    const inputs = [JSON.parse(odd), { type: "object", x: {} }];
    for (const some of [inputs, inputs.toReversed()]) expect(unionOfInputs(some)).toEqual(EMPTY);
  });
  for (const [how, inputs, shown] of cases)
    test(how, () => {
      expect(unionOfInputs(inputs)).toEqual(shown);
    });
});

describe("a keyword that JSON Schema does not have so is left out, and the rest stays", () => {
  const sound = { ...text, description: "d" };
  test.each<[Schema, Schema]>([
    [{ ...sound, required: true }, sound],
    [{ ...sound, type: "str" }, { description: "d" }],
    [{ ...sound, type: ["string", "none"] }, { description: "d" }],
    [
      { ...integer, minimum: 0, exclusiveMinimum: true, maximum: "9" },
      { ...integer, minimum: 0 },
    ],
    [{ ...sound, enum: "a", format: null, description: 5 }, text],
    [{ ...sound, pattern: "(?i)^a" }, sound],
    [{ type: "array", items: [text, integer] }, { type: "array" }],
    [
      { type: "array", items: { type: "dict", title: "t" } },
      { type: "array", items: { title: "t" } },
    ],
    [
      { type: "object", properties: { a: { ...text, required: true }, b: "b" }, required: ["a"] },
      { type: "object", properties: { a: text, b: {} }, required: ["a"] },
    ],
    [{ anyOf: [] }, {}],
    [{ anyOf: [{ type: "any" }, text] }, { anyOf: [{}, text] }],
    // Wider within, these would be narrower.
    [{ oneOf: [{ type: "any" }, text], not: { type: "any" }, contains: { type: "any" } }, {}],
    [
      { type: "object", additionalProperties: { type: "any" }, $defs: 1 },
      { type: "object", additionalProperties: {} },
    ],
    [{ type: [] }, {}],
    ...[
      { ...text, pattern: "^\\p{L}+$" },
      { type: ["string", "null"], enum: ["a"], default: null, examples: ["a"], nullable: true, "x-a": 1 },
      { type: "object", properties: { a: sound }, required: ["a"], additionalProperties: false },
      { type: "array", items: text, minItems: 1, uniqueItems: true, prefixItems: [true] },
      { anyOf: [text, { type: "null" }], const: null, $ref: "#/$defs/A" },
    ].map((schema): [Schema, Schema] => [schema, schema]),
  ])("%j", (schema, shown) => {
    const given = { type: "object", properties: { x: schema, y: text }, required: ["y"] };
    const one = unionOfInputs([given]);
    expect(one).toEqual({ ...given, properties: { x: shown, y: text } });
    for (const input of [one, unionOfInputs([given, { type: "object", properties: { x: integer } }])])
      expect(META_SCHEMA.validateSchema(input)).toBe(true);
  });

  test("in definitions, to which the rest refers", () => {
    const properties = { x: { $ref: "#/$defs/A" } };
    const odd = { type: "object", properties, $defs: { A: { ...text, required: true }, B: { type: "any" } } };
    expect(unionOfInputs([odd])).toEqual({ ...odd, $defs: { A: text, B: {} } });
  });

  test("at the root", () => {
    const odd = {
      type: "object",
      properties: { x: text },
      additionalProperties: "no",
      patternProperties: [],
      title: 1,
    };
    expect(unionOfInputs([odd])).toEqual({ type: "object", properties: { x: text } });
  });
});
