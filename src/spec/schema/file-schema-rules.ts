import type { ArgumentType } from "../../arguments/model.ts";
import type { Json, JsonObject } from "../../json.ts";
import { OVER_ARGS } from "../groups.ts";
import { COMBINATIONS } from "../infer-checks.ts";

/*
 * What JSON Schema can say of fields that do not go together. The checks themselves are in `infer-checks` and `groups`,
 * which know more: these only let an editor point at a mistake early.
 */

const SAMPLES: Partial<Record<ArgumentType, string>> = {
  flag: "boolean",
  int: "integer",
  float: "number",
  str: "string",
};

/** The argument is of this type: it says so, or its default does. */
function isOf(type: ArgumentType): JsonObject {
  const said: JsonObject = { required: ["type"], properties: { type: { const: type } } };
  const sample = SAMPLES[type];
  if (sample === undefined) return said;
  const shown: JsonObject = {
    required: ["default"],
    properties: { type: false, options: false, default: { type: sample } },
  };
  return { anyOf: [said, shown] };
}

function rule(types: readonly ArgumentType[], then: JsonObject): JsonObject {
  return { if: { anyOf: types.map(isOf) }, then };
}

function without(...keys: string[]): JsonObject {
  return {
    properties: Object.fromEntries(keys.map((key) => [key, key === "multiple" ? { const: false } : false])),
  };
}

/** The default is of this JSON type, or a list of it; a delimiter makes any default text. */
function defaultOf(type: Json): JsonObject {
  const one: JsonObject = { type };
  return {
    anyOf: [
      { required: ["delimiter"] },
      { properties: { default: { anyOf: [one, { type: "array", items: one }] } } },
    ],
  };
}

export const ARGUMENT_RULES: JsonObject = {
  allOf: [
    {
      properties: {
        options: {
          uniqueItems: true,
          anyOf: [{ items: { type: "string" } }, { items: { type: "number" } }],
        },
      },
    },
    rule(["choice"], { required: ["options"] }),
    rule(["str", "path", "rest"], defaultOf("string")),
    rule(["flag", "bool"], defaultOf("boolean")),
    rule(["int"], defaultOf("integer")),
    rule(["float"], defaultOf("number")),
    ...COMBINATIONS.map(([key, types]) => rule(types, without(key))),
  ],
};

export const GROUP_RULES: JsonObject = {
  anyOf: [
    ...OVER_ARGS.map((key): JsonObject => ({ required: [key], properties: { [key]: { const: true } } })),
    { required: ["if", "requires"] },
  ],
  dependentRequired: {
    if: ["requires"],
    requires: ["if"],
    ...Object.fromEntries(OVER_ARGS.map((key) => [key, ["args"]])),
  },
};

const WITHOUT_NUL: JsonObject = { pattern: "^[^\\u0000]*$" };

export const TOOL_RULES: JsonObject = {
  allOf: [{ properties: { command: { ...WITHOUT_NUL, items: WITHOUT_NUL }, runspec_env: WITHOUT_NUL } }],
};
