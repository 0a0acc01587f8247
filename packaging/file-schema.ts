/**
 * The JSON Schema (2020-12) of runspec.toml, for editors: what `runspec schema` prints. Made when building from the schemas that
 * check a file, so that the two cannot drift apart. What does not go together is added as far as JSON Schema can state it; names
 * that must be there, or must differ, it cannot.
 */

import { type ConversionConfig, toJsonSchemaDefs } from "@valibot/to-json-schema";
import { ARGUMENT_TYPES, type ArgumentType, TYPES } from "../src/arguments/model.ts";
import type { Json } from "../src/json.ts";
import { WHY_WITHOUT } from "../src/spec/argument.ts";
import { GROUP_NAME, NAMES } from "../src/spec/check-names.ts";
import { argumentTable, bareArgument, group } from "../src/spec/schema/argument.ts";
import { config, jumpGroup, jumpHost, logging } from "../src/spec/schema/config.ts";
import { example, tool } from "../src/spec/schema/tool.ts";
import { UNSAFE_NAMES } from "../src/spec/toml/check-texts.ts";
import { OVER_ARGS } from "../src/spec/tool-groups.ts";

type Schema = Record<string, Json>;

/** The constructs that JSON Schema knows by another name; any other that it does not know ends the build. */
const CONVERSION: ConversionConfig = {
  target: "draft-2020-12",
  // A table is a pipe of two schemas, of which the second says what is in it.
  typeMode: "output",
  overrideSchema: ({ valibotSchema: { type }, jsonSchema }) => {
    if (type === "bigint") return { type: "integer" };
    if (type === "record") return { ...jsonSchema, propertyNames: nameLike(/^/) };
    // An unknown key is only warned of where the file is read, but an editor had better point at it.
    if (type !== "loose_object") return undefined;
    const { required = [], ...object } = jsonSchema;
    return { ...object, ...(required.length > 0 && { required }), additionalProperties: false };
  },
  overrideAction: ({ valibotAction, jsonSchema }) => {
    const { type } = valibotAction;
    const requirement = "requirement" in valibotAction ? valibotAction.requirement : undefined;
    if (type === "min_value") return { ...jsonSchema, minimum: Number(requirement) };
    if (type === "max_value") return { ...jsonSchema, maximum: Number(requirement) };
    return ["raw_check", "transform"].includes(type) ? jsonSchema : undefined;
  },
};

/* What can be said of fields that do not go together. `infer-checks` and `groups` know more. */

const SAMPLES: Partial<Record<ArgumentType, string>> = {
  flag: "boolean",
  int: "integer",
  float: "number",
  str: "string",
};

/** The argument is of this type: it says so, or its default does. */
function isOf(type: ArgumentType): Schema {
  const said: Schema = { required: ["type"], properties: { type: { const: type } } };
  const sample = SAMPLES[type];
  if (sample === undefined) return said;
  const shown: Schema = {
    required: ["default"],
    properties: { type: false, options: false, default: { type: sample } },
  };
  return { anyOf: [said, shown] };
}

function when(condition: Schema, then: Schema): Schema {
  return { if: condition, then };
}

function rule(types: readonly ArgumentType[], then: Schema): Schema {
  return when({ anyOf: types.map(isOf) }, then);
}

function without(...keys: string[]): Schema {
  return {
    properties: Object.fromEntries(keys.map((key) => [key, key === "multiple" ? { const: false } : false])),
  };
}

/** A value of this JSON type, or a list of them. */
function oneOrMore(type: Json): Schema {
  return { anyOf: [{ type }, { type: "array", items: { type } }] };
}

/** The default is of this JSON type, or a list of it; what a delimiter is in may be text. */
function defaultOf(type: Json, others: Schema = {}): Schema {
  return {
    anyOf: [
      {
        required: ["delimiter"],
        properties: { ...others, default: { anyOf: [oneOrMore(type), { type: "string" }] } },
      },
      { properties: { ...others, default: oneOrMore(type) } },
    ],
  };
}

const OF_ONE_KIND: Schema = { anyOf: ["string", "boolean", "number"].map(oneOrMore) };

const WITHOUT_NUL: Schema = { pattern: "^[^\\u0000]*$" };

const ARGUMENT_RULES: Schema = {
  allOf: [
    {
      properties: {
        default: { ...OF_ONE_KIND, ...WITHOUT_NUL, items: WITHOUT_NUL },
        options: { uniqueItems: true },
      },
    },
    when(
      { required: ["options"] },
      { anyOf: ["string", "number"].map((type) => defaultOf(type, { options: { items: { type } } })) },
    ),
    rule(["choice"], { required: ["options"] }),
    when(
      { required: ["multiple"], properties: { multiple: { const: false }, delimiter: false } },
      { anyOf: [isOf("rest"), { properties: { default: { not: { type: "array" } } } }] },
    ),
    ...["string", "boolean", "integer", "number"].map((json) => {
      const types = ARGUMENT_TYPES.filter((type) => type !== "choice" && TYPES[type].kind === json);
      const options = { items: { type: json.replace("integer", "number") } };
      return rule(types, defaultOf(json, { options }));
    }),
    ...Object.keys(WHY_WITHOUT).map((key) => {
      const types = ARGUMENT_TYPES.filter((type) => TYPES[type].without.some((one) => one === key));
      return rule(types, without(key));
    }),
  ],
};

const GROUP_RULES: Schema = {
  anyOf: [
    ...OVER_ARGS.map((key): Schema => ({ required: [key], properties: { [key]: { const: true } } })),
    { required: ["if", "requires"] },
  ],
  dependentRequired: {
    if: ["requires"],
    requires: ["if"],
    ...Object.fromEntries(OVER_ARGS.map((key) => [key, ["args"]])),
  },
};

/** At most 24 days, which is longer than that, and where a part of a byte rounds to none, no pattern says. */
const MORE_THAN_NOTHING: Schema = { pattern: "^none$|[1-9]" };

/** What `isUserName` takes, a variable, or nothing for nobody else. */
const USER: Schema = {
  pattern:
    "^(?:|(?=.{1,32}$)[A-Za-z_][A-Za-z0-9_.-]*\\$?|\\$[A-Za-z_][A-Za-z0-9_]*|\\$\\{[A-Za-z_][A-Za-z0-9_]*\\})$",
};

const TOOL_RULES: Schema = {
  allOf: [
    {
      properties: {
        command: { ...WITHOUT_NUL, items: WITHOUT_NUL },
        runspec_env: WITHOUT_NUL,
        run_as: {
          ...USER,
          properties: {
            default: USER,
            hosts: { additionalProperties: USER },
            patterns: { additionalProperties: USER },
          },
        },
        ...Object.fromEntries(
          ["timeout", "stop-timeout", "lease", "max-output"].map((key) => [key, MORE_THAN_NOTHING]),
        ),
      },
    },
    { properties: { command: { prefixItems: [{ minLength: 1 }] } } },
  ],
};

const RULES: Record<string, Schema> = {
  argumentTable: ARGUMENT_RULES,
  bareArgument: { allOf: [{ ...OF_ONE_KIND, ...WITHOUT_NUL, items: WITHOUT_NUL }] },
  group: GROUP_RULES,
  tool: TOOL_RULES,
};

/** The schemas of a table look at each named part by itself; here the parts are put where they belong. */
const PARTS: Record<string, Record<string, Schema>> = {
  config: {
    logging: refTo("logging"),
    "jump-hosts": named(refTo("jumpHost")),
    "jump-groups": named(refTo("jumpGroup"), GROUP_NAME),
  },
  tool: {
    examples: { type: "array", items: { anyOf: [{ type: "string" }, refTo("example")] } },
    args: named(refTo("argument"), NAMES.argument.shape),
    groups: named(refTo("group")),
    commands: named(refTo("tool"), NAMES.tool.shape),
  },
};

type Definition = Schema & { properties?: Record<string, Schema> };

/** What is read as something else before those schemas look at it, without a warning (`spec/normalise`). */
const ALSO: Record<string, Record<string, Schema>> = {
  argumentTable: { deprecated: { type: "boolean" } },
  config: { version: { type: "number" } },
  logging: {
    rotate: { type: "string", pattern: `^(?:${["daily", "midnight", "weekly"].map(inAnyCase).join("|")})$` },
  },
};

function inAnyCase(word: string): string {
  return word.replace(/./g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}

/** The key of an example's command line may be written as a tool's. */
function alsoCommand({ required: _, properties = {}, ...example }: Definition): Definition {
  const either = [{ required: ["cmd"] }, { required: ["command"] }];
  return { ...example, properties: { ...properties, command: { ...properties.cmd } }, anyOf: either };
}

export function specFileSchema(): Schema & { $defs: Record<string, Definition> } {
  const schemas = { config, logging, jumpHost, jumpGroup, tool, example, bareArgument, argumentTable, group };
  const definitions: Record<string, Definition> = JSON.parse(
    JSON.stringify(toJsonSchemaDefs(schemas, CONVERSION)),
  );
  for (const [name, definition] of Object.entries(definitions)) {
    for (const [key, part] of Object.entries(PARTS[name] ?? {}))
      Object.assign(definition.properties?.[key] ?? {}, part);
    for (const [key, part] of Object.entries(ALSO[name] ?? {})) {
      const { description = "", ...usual } = definition.properties?.[key] ?? {};
      Object.assign(definition.properties ?? {}, { [key]: { description, anyOf: [usual, part] } });
    }
    Object.assign(definition, RULES[name]);
  }
  definitions.example = alsoCommand(definitions.example ?? {});
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "runspec.toml",
    description: "The tools a machine offers with runspec, and the hosts it can jump to",
    type: "object",
    properties: { config: refTo("config") },
    additionalProperties: refTo("tool"),
    propertyNames: nameLike(NAMES.tool.shape),
    $defs: { ...definitions, argument: { anyOf: [refTo("bareArgument"), refTo("argumentTable")] } },
  };
}

function refTo(name: string): Schema {
  return { $ref: `#/$defs/${name}` };
}

function named(value: Schema, name = /^/): Schema {
  return { type: "object", propertyNames: nameLike(name), additionalProperties: value };
}

function nameLike(name: RegExp): Schema {
  return { pattern: name.source, not: { enum: [...UNSAFE_NAMES] } };
}
