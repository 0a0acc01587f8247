import { describe, expect, test } from "bun:test";
import { fromInputSchema, groupsFromMeta } from "../../src/arguments/from-json-schema.ts";
import { toCallArguments } from "../../src/arguments/json-arguments.ts";
import type { Argument, Scalar, Value } from "../../src/arguments/model.ts";
import { toInputSchema } from "../../src/arguments/to-json-schema.ts";
import { readCommandLine } from "../../src/arguments/words.ts";
import { parseSpec } from "../../src/spec/load.ts";
import { namesOf, textOf } from "../spec/corpus.ts";

/** An argument as the wire can tell it: the `ui` and `meta` of a declaration stay at home. */
function onTheWire({ ui: _ui, meta: _meta, ...argument }: Argument): Argument {
  const { options, default: value, type } = argument;
  const plain = (one: Scalar): Scalar => (type === "float" && options === undefined ? Number(one) : one);
  if (value !== undefined) argument.default = Array.isArray(value) ? value.map(plain) : plain(value);
  return argument;
}

describe("what toInputSchema says, fromInputSchema understands", () => {
  test.each(namesOf("good"))("%s", (name) => {
    const { runnables } = parseSpec(textOf("good", `${name}.toml`), `/spec/${name}.toml`);
    for (const { args, groups, name: tool } of runnables) {
      const wire: unknown = JSON.parse(JSON.stringify(toInputSchema(args, groups, new Map())));
      const secret = ({ autonomy, env }: Argument) => autonomy === "manual" && env.length > 0;
      const expected = args.map(onTheWire).map((one) => (secret(one) ? { ...one, required: false } : one));
      expect({ tool, args: fromInputSchema(wire) }).toEqual({ tool, args: expected });
      const meta: unknown = JSON.parse(JSON.stringify({ "runspec/groups": groups }));
      expect(groupsFromMeta(meta)).toEqual(groups);
    }
  });
});

describe("a property of a server that knows nothing of runspec", () => {
  const rows: [unknown, Partial<Argument>][] = [
    [{}, { type: "str" }],
    [{ "x-secret": true }, { type: "str", ui: "password" }],
    [{ writeOnly: true }, { type: "str", ui: "password" }],
    [{ writeOnly: false }, { type: "str" }],
    [true, { type: "str" }],
    [
      { type: "string", description: "d" },
      { type: "str", description: "d" },
    ],
    [
      { type: "integer", minimum: 0 },
      { type: "int", range: [0, Infinity] },
    ],
    [
      { type: "number", maximum: 1 },
      { type: "float", range: [-Infinity, 1] },
    ],
    [
      { type: "boolean", default: false },
      { type: "flag", default: false },
    ],
    [{ type: ["integer", "null"], default: null }, { type: "int" }],
    [{ type: ["string", "integer"] }, { type: "str" }],
    [
      { anyOf: [{ type: "integer", maximum: 5 }, { type: "null" }], default: 3, title: "T" },
      { type: "int", range: [-Infinity, 5], default: 3 },
    ],
    [{ oneOf: [{ type: "integer" }, { type: "boolean" }] }, { type: "str", meta: { json: "value" } }],
    [{ enum: ["a", "b", null] }, { type: "choice", options: ["a", "b"] }],
    [{ const: "only" }, { type: "choice", options: ["only"] }],
    [{ anyOf: [{ const: "auto" }, { type: "string" }] }, { type: "str" }],
    [{ oneOf: [{ const: 1, title: "one" }, { const: 2 }] }, { type: "int", options: [1, 2] }],
    [
      { anyOf: [{ type: "string", const: "a" }, { type: "string", const: "b" }, { type: "null" }] },
      { type: "choice", options: ["a", "b"] },
    ],
    [
      { type: "array", items: { type: "boolean" } },
      { type: "bool", multiple: true },
    ],
    [{ anyOf: [{ const: "only" }, { const: null }] }, { type: "choice", options: ["only"] }],
    [{ allOf: [{ type: "integer" }, { minimum: 1, maximum: 5 }] }, { type: "int", range: [1, 5] }],
    [{ $ref: "#/$defs/Level" }, { type: "choice", options: ["low", "high"] }],
    [
      { allOf: [{ $ref: "#/definitions/a~1b" }], description: "own" },
      { type: "int", description: "own" },
    ],
    [{ $ref: "#/$defs/Loop" }, { type: "str" }],
    [{ $ref: "https://example.com/x" }, { type: "str" }],
    [
      { $ref: "https://example.com/x", allOf: [{ enum: ["a", "b"] }] },
      { type: "choice", options: ["a", "b"] },
    ],
    [{ type: "array" }, { type: "str", multiple: true }],
    [
      { type: "array", items: { type: "integer" }, default: [1] },
      { type: "int", multiple: true, default: [1] },
    ],
    [
      { type: "array", items: { enum: ["a"] } },
      { type: "choice", options: ["a"], multiple: true },
    ],
    [
      { type: "array", items: { type: "object" } },
      { type: "str", multiple: true, meta: { json: "items" } },
    ],
    [
      { type: "array", items: { type: "array", items: { type: "string" } } },
      { type: "str", multiple: true, meta: { json: "items" } },
    ],
    [
      { type: "object", properties: {} },
      { type: "str", meta: { json: "value" } },
    ],
    [{ type: "integer", default: "five" }, { type: "int" }],
    [
      { type: "string", deprecated: true },
      { type: "str", deprecated: "it may be gone one day" },
    ],
    [
      {
        type: "string",
        "x-short": "-s",
        "x-position": 1,
        "x-env": "A",
        "x-autonomy": "manual",
        "x-type": "path",
      },
      { type: "path", short: "s", position: 1, env: ["A"], autonomy: "manual" },
    ],
    [{ type: "string", "x-short": "long", "x-position": "one", "x-type": "what" }, { type: "str" }],
  ];
  const root = {
    $defs: { Level: { enum: ["low", "high"] }, Loop: { $ref: "#/$defs/Loop" } },
    definitions: { "a/b": { type: "integer" } },
  };
  test.each(rows)("%j", (property, expected) => {
    const [argument] = fromInputSchema({ type: "object", properties: { x: property }, ...root });
    expect(argument).toEqual({
      name: "x",
      required: false,
      multiple: false,
      env: [],
      type: "str",
      ...expected,
    });
  });

  test("may be required, or make no sense at all", () => {
    expect(
      fromInputSchema({ properties: { a: {}, b: 5 }, required: ["a", 1] }).map(({ name, required }) => [
        name,
        required,
      ]),
    ).toEqual([
      ["a", true],
      ["b", false],
    ]);
    for (const nonsense of [undefined, null, 5, [], {}, { properties: [] }])
      expect(fromInputSchema(nonsense)).toEqual([]);
  });
});

describe("arguments of a call", () => {
  const args = fromInputSchema({
    properties: {
      text: { type: "string" },
      filter: { type: "object" },
      rows: { type: "array", items: { type: "object" } },
      credentials: { type: "object", "x-secret": true },
      share: { type: "number" },
      limit: { anyOf: [{ type: "integer" }, { type: "boolean" }, { type: "null" }] },
    },
  });
  const call = (given: Record<string, Value>) => toCallArguments(new Map(Object.entries(given)), args);

  test("are JSON where the schema wants an object", () => {
    expect(call({ text: "{}", filter: '{"a": [1]}', rows: ['{"b": 2}', "{}"] })).toEqual({
      arguments: { text: "{}", filter: { a: [1] }, rows: [{ b: 2 }, {}] },
      problems: [],
    });
  });
  test("are JSON where the schema wants one of several kinds, and none of them is text", () => {
    for (const [text, value] of [
      ["5", 5],
      ["true", true],
    ] as const)
      expect(call({ limit: text })).toEqual({ arguments: { limit: value }, problems: [] });
  });
  test("keep the digits that they are written with", () => {
    const filter = '{"a":[1.10,12345678901234567890,-0,1e400]}';
    expect(JSON.stringify(call({ filter }).arguments)).toBe(`{"filter":${filter}}`);
  });
  test("that are no JSON are problems", () => {
    const { problems } = call({ filter: "{a}", rows: ["1", "x"] });
    expect(problems).toEqual(['--filter: found "{a}", expected JSON', '--rows: found "x", expected JSON']);
    expect(call({ credentials: "{hunter2" }).problems.join()).not.toContain("hunter2");
  });
  test.each([
    ["1.10", "1.10"],
    ["-0", "-0"],
    ["007", "7"],
    ["+5", "5"],
    ["1e3", "1e3"],
  ])("a number is written as JSON has it, in its own digits where they are that: %s", (given, written) => {
    expect(JSON.stringify(call({ share: given }).arguments)).toBe(`{"share":${written}}`);
  });
});

test("groups that make no sense are passed over", () => {
  const good = { name: "g", rule: "exclusive", args: ["a", "b"] };
  const nonsense = [
    null,
    5,
    {},
    { rule: "what", args: [] },
    { rule: "exclusive" },
    { rule: "requires", args: ["a"] },
  ];
  expect(
    groupsFromMeta({ "runspec/groups": [...nonsense, good, { rule: "requires", if: "a", args: ["b", 1] }] }),
  ).toEqual([
    { name: "g", rule: "exclusive", args: ["a", "b"] },
    { name: "", rule: "requires", if: "a", args: ["b"] },
  ]);
  for (const meta of [undefined, null, {}, { "runspec/groups": {} }])
    expect(groupsFromMeta(meta)).toEqual([]);
});

describe("a schema that is meant to be endless", () => {
  const argumentOf = (properties: object, root: object = {}): Argument | undefined =>
    fromInputSchema({ type: "object", properties, ...root })[0];
  const refs = (count: number, to: (n: number) => string) =>
    Array.from({ length: count }, (_, n) => ({ $ref: to(n) }));

  const rows: [string, object, object, Partial<Argument>][] = [
    [
      "a hundred references to itself",
      { a: { $ref: "#/d" } },
      { d: { anyOf: refs(100, () => "#/d") } },
      { type: "str" },
    ],
    [
      "two references a step, forty steps",
      { a: { $ref: "#/d0" } },
      Object.fromEntries(
        Array.from({ length: 40 }, (_, n) => [`d${n}`, { anyOf: refs(2, () => `#/d${n + 1}`) }]),
      ),
      { type: "str" },
    ],
    ["a reference to the root", { a: { $ref: "#/properties/a" } }, {}, { type: "str" }],
    ["an escape of nothing", { a: { $ref: "#/%" } }, { "%": { type: "integer" } }, { type: "int" }],
    ["bytes that are no text", { a: { $ref: "#/%ff" } }, {}, { type: "str" }],
    ["a path without an end", { a: { $ref: `#${"/x".repeat(1_000_000)}` } }, {}, { type: "str" }],
    ["a prototype", { a: { $ref: "#/__proto__/constructor" } }, {}, { type: "str" }],
    [
      "more choices than a person has",
      { a: { enum: Array.from({ length: 10_001 }, String) } },
      {},
      { type: "str" },
    ],
  ];
  test.each(rows)("%s", (_, properties, root, expected) => {
    expect(argumentOf(properties, root)).toMatchObject(expected);
  });

  test("costs a number of steps, whatever it says", () => {
    const properties = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`p${n}`, { $ref: "#/d" }]));
    const d = {
      anyOf: Array.from({ length: 2000 }, () => ({
        anyOf: Array.from({ length: 50 }, () => ({ type: "integer" })),
      })),
    };
    expect(fromInputSchema({ properties, d })).toHaveLength(5000);
  });

  test("has no more arguments than a command line", () => {
    const properties = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`p${n}`, {}]));
    expect(fromInputSchema({ properties })).toHaveLength(10_000);
  });
});

test("a default of many values is not looked for among many options", () => {
  const options = Array.from({ length: 10_000 }, (_, index) => `o${index}`);
  const list = (length: number) => ({
    type: "array",
    items: { enum: options },
    default: options.slice(0, length),
  });
  const [few, many] = fromInputSchema({ properties: { few: list(100), many: list(101) } });
  expect([few?.default, many?.default]).toEqual([options.slice(0, 100), undefined]);
});

describe("a choice of several kinds, which only others' schemas have", () => {
  const args = fromInputSchema({
    properties: { mode: { enum: ["auto", 1, true] }, top: { enum: ["all", 2] } },
  });
  const declared = { args, groups: [] };

  test.each([
    ["auto", ["auto"], []],
    ["1", [1], []],
    ["true", [true], []],
    ["2", [], ['--mode: found "2", expected one of "auto", 1, true']],
  ])("the word %s", (word, values, wrong) => {
    const { given, problems } = readCommandLine(["--mode", word], declared, new Map());
    expect([[...given.values()], problems]).toEqual([values, wrong]);
  });

  test("words for one of texts and numbers", () => {
    const { given, problems } = readCommandLine(["--top", "2"], declared, new Map());
    expect([[...given.values()], problems]).toEqual([[2], []]);
  });

  test.each<[Scalar, Scalar | undefined]>([
    [1, 1],
    [true, true],
    ["1", undefined],
    [false, undefined],
  ])("the default %p", (said, kept) => {
    const [argument] = fromInputSchema({ properties: { mode: { enum: ["auto", 1, true], default: said } } });
    expect(argument?.default).toEqual(kept);
  });
});
