/** The arguments of a tool → the JSON Schema that clients are given, and a plainer one for models. */

import { asObject, type Json, type PlainObject, textsIn } from "../json.ts";
import { type Argument, type ArgumentType, type Group, type Scalar, TYPES, type Value } from "./model.ts";
import { describeGroups, isMissing, type Presence, rulesForCaller } from "./rules.ts";
import { isSecret } from "./secret.ts";
import { isList, isNumber } from "./value.ts";

/**
 * The input schema of a tool: a plain object at the root, as some clients drop all tools over anything else. What JSON Schema has no word for stands
 * in `x-…` keys of the properties, the groups in the root's description. Arguments in `preset` have a value without the caller, and are not required.
 */
export function toInputSchema(
  args: readonly Argument[],
  groups: readonly Group[],
  preset: Presence,
): PlainObject {
  // An agent is not asked for a secret that only a person may give and that can come from a variable.
  const asked = args.filter(({ autonomy, env }) => autonomy !== "manual" || env.length === 0);
  const required = asked.filter((one) => isMissing(one, preset)).map(({ name }) => name);
  const properties: PlainObject = {};
  for (const argument of args)
    if (!argument.hidden) properties[argument.name] = toProperty(argument, required.includes(argument.name));
  return {
    type: "object",
    description: describeGroups(rulesForCaller(groups, preset)) || undefined,
    properties,
    required: required.length > 0 ? required : undefined,
    additionalProperties: false,
  };
}

/** What is undefined is no key of the JSON. */
function toProperty(argument: Argument, required: boolean): PlainObject {
  const { description, default: value, deprecated, position, short, env, delimiter, autonomy } = argument;
  const single = toSingle(argument);
  return {
    // An empty list is not given.
    ...(isList(argument) ? { type: "array", items: single, minItems: required ? 1 : undefined } : single),
    description: description?.trim() ? description : undefined,
    default: value === undefined || isSecret(argument) ? undefined : jsonDefault(argument, value),
    "x-secret": argument.ui === "password" || undefined,
    deprecated: deprecated === undefined ? undefined : true,
    "x-deprecated": deprecated,
    "x-type": isAmbiguous(argument) ? argument.type : undefined,
    "x-position": position,
    "x-short": short,
    "x-rest": argument.type === "rest" || undefined,
    "x-delimiter": delimiter,
    "x-multiple": (delimiter !== undefined && argument.multiple) || undefined,
    "x-env": env.length > 0 ? env : undefined,
    "x-autonomy": autonomy,
    "x-meta": argument.meta,
  };
}

/** What the level of an argument asks of a model. */
const ASKED: ReadonlyMap<unknown, string> = new Map([
  ["confirm", "Ask the person before you give it."],
  ["supervised", "Show the person the output when you give it."],
  ["manual", "Only a person may give it."],
]);

/** `schema` for a model: some APIs refuse all tools over one key that they do not know. What `x-…` keys tell a model is said in words; `kept` stay. */
export function forModels(schema: PlainObject, kept: readonly string[] = ["x-meta"]): PlainObject {
  const plain = Object.entries(asObject(schema.properties)).map(([name, property]) => {
    const { "x-autonomy": level, "x-deprecated": instead, deprecated: _, ...rest } = asObject(property);
    const deprecated = instead && `Deprecated: ${instead}`;
    const said = textsIn([rest.description, deprecated, ASKED.get(level)]).filter(Boolean);
    const keys = Object.entries(rest).filter(([key]) => !key.startsWith("x-") || kept.includes(key));
    return [name, { ...Object.fromEntries(keys), ...(said.length > 0 && { description: said.join("\n") }) }];
  });
  return { ...schema, properties: Object.fromEntries(plain) };
}

/** Numbers as such, whatever digits the tool is given; where there are options, as these are written. */
function jsonDefault(argument: Argument, value: Value): Json {
  if (!isNumber(argument)) return value;
  const toJson = (item: Scalar): Json => (argument.options === undefined ? Number(item) : String(item));
  return Array.isArray(value) ? value.map(toJson) : toJson(value);
}

/** Options that are numbers are sent as texts, and read as numbers again: Gemini's API takes an `enum` of texts alone. */
function toSingle({ type, options, range }: Argument): PlainObject {
  if (options !== undefined) return { type: "string", enum: options.map(String) };
  const [minimum, maximum] = (range ?? []).map((bound) => (Number.isFinite(bound) ? bound : undefined));
  return { type: TYPES[type].kind, minimum, maximum };
}

/** Whether the JSON type, or the options, leave open which type it is. */
function isAmbiguous({ type, options }: Argument): boolean {
  if (options !== undefined) return type !== "choice";
  return !new Set<ArgumentType>(["str", "int", "float", "choice", "rest"]).has(type);
}
