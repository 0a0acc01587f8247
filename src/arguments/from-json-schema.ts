/** The arguments that a server's input schema describes, as far as it does: the inverse of `to-json-schema`. What makes no sense is passed over: the server decides. */

import { asObject, asText, isObject, own, type PlainObject, textsIn } from "../json.ts";
import { keepDigits } from "../numerals.ts";
import { AUTONOMY } from "./autonomy.ts";
import { branchFinder, type FindBranch, isJsonKind, listOf, typesOf } from "./json-schema-branch.ts";
import { readJson } from "./json-value.ts";
import type { Argument, ArgumentType, Group, Scalar } from "./model.ts";
import { ARGUMENT_TYPES, GROUP_RULES, isScalar } from "./model.ts";
import { isNumber } from "./value.ts";

export function fromInputSchema(schema: unknown): Argument[] {
  const root = asObject(schema);
  const required = new Set(listOf(own(root, "required")));
  const branchOf = branchFinder(root);
  return Object.entries(asObject(own(root, "properties")))
    .slice(0, ARGUMENTS_MAX)
    .map(([name, property]) =>
      withDefault(argumentOf(name, branchOf(property), required.has(name), branchOf), property),
    );
}

/** Arguments that are read of one schema: more than any tool has. */
const ARGUMENTS_MAX = 10_000;

function argumentOf(name: string, property: PlainObject, required: boolean, branchOf: FindBranch): Argument {
  const isRest = property["x-rest"] === true;
  const isList = typesOf(property).includes("array");
  const single = isList ? branchOf(own(property, "items")) : property;
  const delimiter = asText(property["x-delimiter"]);
  const type = isRest ? "rest" : typeOf(single, property);
  const old = property.deprecated === true ? "it may be gone one day" : undefined;
  const short = asText(property["x-short"])?.replace(/^-/, "");
  const isHidden = property["x-secret"] === true || property.writeOnly === true;
  return {
    name,
    type,
    required,
    multiple: isList && !isRest && (delimiter === undefined || property["x-multiple"] === true),
    env: textsIn(listOf(property["x-env"]).slice(0, VARIABLES_MAX)),
    // Our own servers send options that are numbers as texts.
    options: isNumber({ type }) ? optionsOf(single)?.map(asWritten) : optionsOf(single),
    range: rangeOf(single),
    description: asText(property.description),
    deprecated: asText(property["x-deprecated"]) ?? old,
    autonomy: AUTONOMY.find((level) => level === property["x-autonomy"]),
    short: short?.length === 1 ? short : undefined,
    position: numberOf(property["x-position"]),
    ui: isHidden ? "password" : undefined,
    delimiter,
    meta: isJsonKind(single) ? { json: isList ? "items" : "value" } : undefined,
  };
}

/** What a single value is; a boolean is a flag unless it says otherwise, and what cannot be told is text. */
function typeOf(single: PlainObject, property: PlainObject): ArgumentType {
  const declared = ARGUMENT_TYPES.find((known) => known === property["x-type"]);
  if (declared !== undefined) return declared;
  const options = optionsOf(single);
  if (options?.every(Number.isInteger)) return "int";
  if (options !== undefined) return options.every(Number.isFinite) ? "float" : "choice";
  const [type, ...others] = typesOf(single);
  if (others.length > 0) return "str";
  // A flag cannot be repeated.
  if (type === "boolean") return single === property ? "flag" : "bool";
  return type === "integer" ? "int" : type === "number" ? "float" : "str";
}

function rangeOf({ minimum, maximum }: PlainObject): Argument["range"] {
  const [least, most] = [numberOf(minimum), numberOf(maximum)];
  return least === undefined && most === undefined ? undefined : [least ?? -Infinity, most ?? Infinity];
}

/** With more options than this, any text will do here; the server checks it. */
const OPTIONS_MAX = 10_000;
const VARIABLES_MAX = 100;

function optionsOf(single: PlainObject): Scalar[] | undefined {
  const values = listOf("const" in single ? [single.const] : own(single, "enum"));
  if (values.length > OPTIONS_MAX) return undefined;
  const options = values.filter(isScalar);
  return options.length === 0 ? undefined : options;
}

function withDefault(argument: Argument, property: unknown): Argument {
  const value = own(asObject(property), "default");
  if (Array.isArray(value) && value.length > DEFAULTS_MAX) return argument;
  // What is no value of the argument is no default.
  const checked = readJson(argument, value);
  return "value" in checked ? { ...argument, default: checked.value } : argument;
}

/** Values of a default list that are read: each is looked for among the options, which takes time. */
const DEFAULTS_MAX = 100;

const asWritten = (number: Scalar) => keepDigits(Number(number), String(number));
const numberOf = (value: unknown) => (typeof value === "number" ? value : undefined);

/** The groups in a tool's `_meta["runspec/groups"]`; those that make no sense are passed over. */
export function groupsFromMeta(meta: unknown): Group[] {
  const groups = own(asObject(meta), "runspec/groups");
  return Array.isArray(groups) ? groups.flatMap(toGroup) : [];
}

function toGroup(raw: unknown): Group[] {
  if (!isObject(raw) || !Array.isArray(raw.args)) return [];
  const rule = GROUP_RULES.find((one) => one === raw.rule);
  const args = textsIn(raw.args);
  const trigger = asText(raw.if);
  if (rule === undefined || (rule === "requires" && trigger === undefined)) return [];
  return [{ name: asText(raw.name) ?? "", rule, args, if: trigger }];
}
