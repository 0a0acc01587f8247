import { describe, expect, test } from "bun:test";
import Ajv2020 from "ajv/dist/2020";
import { forModels, toInputSchema } from "../../src/arguments/to-json-schema.ts";
import { isObject } from "../../src/json.ts";
import { parseSpec } from "../../src/spec/load.ts";
import { namesOf, textOf } from "../spec/corpus.ts";
import { argsOf, toolOf } from "../spec/declared.ts";

/** Made once: each has to compile the schema of schemas. */
const ajv = new Ajv2020({ strict: false });

const own = (value: unknown, key: string): unknown => (isObject(value) ? value[key] : undefined);

function propertyOf(line: string): unknown {
  const args = argsOf(`x = ${line}`);
  const { properties } = toInputSchema(args, [], new Map());
  return Object.values(properties ?? {})[0];
}

describe("an argument as a property", () => {
  const rows: [string, unknown][] = [
    ['{type = "str"}', { type: "string" }],
    ['"a"', { type: "string", default: "a" }],
    // A secret's default is told nobody.
    ['{default = "a", ui = "password"}', { type: "string", "x-secret": true }],
    ["5", { type: "integer", default: 5 }],
    ["0.5", { type: "number", default: 0.5 }],
    ["false", { type: "boolean", default: false, "x-type": "flag" }],
    ['{type = "bool"}', { type: "boolean", "x-type": "bool" }],
    ['{type = "path"}', { type: "string", "x-type": "path" }],
    ['{options = ["a", "b"]}', { type: "string", enum: ["a", "b"] }],
    ["{options = [1, 2]}", { type: "string", enum: ["1", "2"], "x-type": "int" }],
    ["{options = [1, 2.5]}", { type: "string", enum: ["1", "2.5"], "x-type": "float" }],
    [
      '{type = "choice", options = [3.9, 3.10, 1_0.0], default = 3.10}',
      { type: "string", enum: ["3.9", "3.10", "10.0"], default: "3.10", "x-type": "float" },
    ],
    ['{type = "int", options = [1, 2]}', { type: "string", enum: ["1", "2"], "x-type": "int" }],
    ['{type = "str", options = ["a"]}', { type: "string", enum: ["a"], "x-type": "str" }],
    ['{type = "int", range = [-1, 9]}', { type: "integer", minimum: -1, maximum: 9 }],
    ['{type = "float", range = [0, inf]}', { type: "number", minimum: 0 }],
    ['{type = "str", multiple = true}', { type: "array", items: { type: "string" }, minItems: 1 }],
    ['{type = "str", multiple = true, required = false}', { type: "array", items: { type: "string" } }],
    [
      '{type = "int", multiple = true, range = [1, 2], default = [1]}',
      { type: "array", items: { type: "integer", minimum: 1, maximum: 2 }, default: [1] },
    ],
    [
      '{options = ["a", "b"], multiple = true}',
      { type: "array", items: { type: "string", enum: ["a", "b"] }, minItems: 1 },
    ],
    [
      '{type = "path", delimiter = ":"}',
      { type: "array", items: { type: "string" }, minItems: 1, "x-type": "path", "x-delimiter": ":" },
    ],
    [
      '{type = "str", delimiter = ",", multiple = true}',
      { type: "array", items: { type: "string" }, minItems: 1, "x-delimiter": ",", "x-multiple": true },
    ],
    ['{type = "rest"}', { type: "array", items: { type: "string" }, "x-rest": true }],
    [
      '{type = "str", description = "Why", deprecated = "use y", short = "-x", position = 2, env = ["A", "B"], autonomy = "manual"}',
      {
        type: "string",
        description: "Why",
        deprecated: true,
        "x-deprecated": "use y",
        "x-position": 2,
        "x-short": "x",
        "x-env": ["A", "B"],
        "x-autonomy": "manual",
      },
    ],
    [
      '{type = "str", meta = {unit = "MB", deep = {at = 2026-01-02, many = [1, true, "x"]}}}',
      {
        type: "string",
        "x-meta": { unit: "MB", deep: { at: "2026-01-02", many: [1, true, "x"] } },
      },
    ],
  ];
  test.each(rows)("%s", (line, property) => {
    expect(propertyOf(line)).toEqual(property);
  });
});

describe("the schema of a tool", () => {
  test("is a plain object, in file order, with what must be given", () => {
    const { args, groups } = toolOf(`
[tool.args]
zeta = {type = "str", env = "ZETA"}
alpha = {type = "int"}
optional = {type = "str", required = false}
switch = false
secret = {type = "str", env = "KEY", autonomy = "manual"}
person = {type = "str", autonomy = "manual"}
known = {type = "str", env = "OTHER"}
[tool.groups.g]
exclusive = true
args = ["optional", "switch"]
`);
    expect(JSON.stringify(toInputSchema(args, groups, new Map([["known", true]])))).toBe(
      JSON.stringify({
        type: "object",
        description: "At most one of optional or switch may be given.",
        properties: {
          zeta: { type: "string", "x-env": ["ZETA"] },
          alpha: { type: "integer" },
          optional: { type: "string" },
          switch: { type: "boolean", default: false, "x-type": "flag" },
          secret: { type: "string", "x-env": ["KEY"], "x-autonomy": "manual" },
          person: { type: "string", "x-autonomy": "manual" },
          known: { type: "string", "x-env": ["OTHER"] },
        },
        required: ["zeta", "alpha", "person"],
        additionalProperties: false,
      }),
    );
  });

  test("has no required and no description when there is nothing to say", () => {
    expect(toInputSchema([], [], new Map())).toEqual({
      type: "object",
      properties: {},
      additionalProperties: false,
    });
  });

  test("says every rule of the groups", () => {
    const { args, groups } = toolOf(`
[tool.args]
a = false
b = false
c = false
[tool.groups]
one = {exclusive = true, args = ["a", "b"]}
two = {inclusive = true, args = ["a", "b", "c"]}
three = {at-least-one = true, args = ["a", "b"]}
four = {exactly-one = true, args = ["a", "c"]}
five = {if = "a", requires = ["b", "c"]}
`);
    expect(toInputSchema(args, groups, new Map()).description).toBe(
      "At most one of a or b may be given. Either all of a, b and c are given, or none of them. At least one of a or b must be given. Exactly one of a or c must be given. When a is given, b and c must be given too.",
    );
  });

  test.each(namesOf("good"))("is valid JSON Schema, a plain object whose lists have items: %s", (name) => {
    const { runnables } = parseSpec(textOf("good", `${name}.toml`), `/spec/${name}.toml`);
    for (const { args, groups } of runnables) {
      const schema = toInputSchema(args, groups, new Map());
      expect(ajv.validateSchema(schema)).toBe(true);
      expect(
        Object.keys(schema).filter(
          (key) => !["type", "description", "properties", "required", "additionalProperties"].includes(key),
        ),
      ).toEqual([]);
      expect(JSON.stringify(schema)).not.toMatch(/"type":"array"(?!,"items":\{)/);
      const validate = ajv.compile(schema);
      const defaults = args.filter((argument) => argument.default !== undefined);
      const required = args.filter((argument) => argument.required).length > 0;
      const given = Object.fromEntries(
        defaults.map((argument) => [argument.name, own(own(schema.properties, argument.name), "default")]),
      );
      expect({ given, valid: required || validate(given) }).toEqual({ given, valid: true });
    }
  });
});

test("a model's API gets no key of ours, and the model in words what they say to it", () => {
  const args = argsOf(
    [
      'path = {type = "path", position = 1, description = "Which", meta = {unit = "m"}}',
      'force = {type = "flag", short = "-f", autonomy = "manual", description = "At once"}',
      'old = {delimiter = ",", env = "OLD", required = false, deprecated = "use path", autonomy = "confirm"}',
      'free = {required = false, autonomy = "autonomous"}',
      'seen = {required = false, autonomy = "supervised"}',
    ].join("\n"),
  );
  const schema = toInputSchema(args, [], new Map());
  const properties = {
    path: { type: "string", description: "Which" },
    force: { type: "boolean", description: "At once\nOnly a person may give it." },
    old: {
      type: "array",
      items: { type: "string" },
      description: "Deprecated: use path\nAsk the person before you give it.",
    },
    free: { type: "string" },
    seen: { type: "string", description: "Show the person the output when you give it." },
  };
  expect(forModels(schema, [])).toEqual({ ...schema, properties });
  const path = { ...properties.path, "x-meta": { unit: "m" } };
  expect(forModels(schema)).toEqual({ ...schema, properties: { ...properties, path } });
});

test.each([[{ "x-autonomy": "constructor" }], [{ "x-autonomy": ["manual"] }], [{ description: {} }], [true]])(
  "a model is told nothing of what a host may send in their place: %j",
  (property) => {
    const description = Object(forModels({ properties: { x: property } }).properties).x.description;
    expect(typeof description).not.toBe("string");
  },
);
