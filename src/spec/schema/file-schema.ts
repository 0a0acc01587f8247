import * as v from "valibot";
import { isTable, type Json, type JsonObject } from "../../json.ts";
import { ARGUMENT_NAME, GROUP_NAME, SAFE_NAME, TOOL_NAME } from "../names.ts";
import { argumentTable, bareArgument, group } from "./argument.ts";
import { configFields, jumpGroup, jumpHost, logging } from "./config.ts";
import { ARGUMENT_RULES, GROUP_RULES, TOOL_RULES } from "./file-schema-rules.ts";
import { DESCRIPTIONS } from "./file-schema-text.ts";
import { table } from "./parts.ts";
import { toolFields } from "./tool.ts";
import { expand, toJsonSchema } from "./valibot-json-schema.ts";

/*
 * The schemas that check a file look at its parts one by one, so that a mistake in one part hides none in another. Here they
 * are put together again into that of the whole file.
 */

function named<S extends v.GenericSchema>(name: RegExp, value: S) {
  return v.record(v.pipe(v.string(), v.regex(name)), value);
}

const argument = v.union([bareArgument(), argumentTable]);

const config = table(
  {
    ...configFields,
    logging: () => logging,
    "jump-hosts": () => named(SAFE_NAME, jumpHost),
    "jump-groups": () => named(GROUP_NAME, jumpGroup()),
  },
  "a table",
);

const tool: v.GenericSchema = table(
  {
    ...toolFields,
    args: () => named(ARGUMENT_NAME, argument),
    groups: () => named(SAFE_NAME, group),
    commands: () => named(TOOL_NAME, tool),
  },
  "a table",
);

const file = v.objectWithRest({ config: v.exactOptional(config) }, tool);

const DEFINITIONS = new Map<unknown, string>([
  [config, "config"],
  [logging, "logging"],
  [jumpHost, "jumpHost"],
  [tool, "tool"],
  [argument, "argument"],
  [argumentTable, "argumentTable"],
  [group, "group"],
]);

const RULES: Record<string, JsonObject> = {
  argumentTable: ARGUMENT_RULES,
  group: GROUP_RULES,
  tool: TOOL_RULES,
};

/**
 * The JSON Schema (2020-12) of runspec.toml, for editors. Made at run time from the schemas that check a file, so that the two
 * cannot drift apart, and small enough that it need not be a generated asset. Rules between fields that JSON Schema can
 * state are added; names that must be there, or must differ, it cannot.
 */
export function specFileSchema(): JsonObject {
  const definitions = [...DEFINITIONS].map(([schema, name]) => {
    const described = describe(name, expand(schema, DEFINITIONS));
    return [name, { ...described, ...RULES[name] }] as const;
  });
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "runspec.toml",
    description: "The tools a machine offers with runspec, and the hosts it can jump to",
    ...toJsonSchema(file, DEFINITIONS),
    propertyNames: { pattern: TOOL_NAME.source },
    $defs: Object.fromEntries(definitions),
  };
}

function describe(name: string, schema: JsonObject): JsonObject {
  const texts = DESCRIPTIONS[name];
  if (texts === undefined || !isObject(schema.properties)) return schema;
  const properties: JsonObject = {};
  for (const [key, value] of Object.entries(schema.properties)) {
    properties[key] = { description: texts[key] ?? "", ...(isObject(value) && value) };
  }
  return { ...schema, properties };
}

function isObject(value: Json | undefined): value is JsonObject {
  return isTable(value);
}
