/** Other implementations accept more. What is odd but harmless in their files is replaced or dropped with a warning, before the schemas. */

import { describeValue, oneOf } from "../arguments/describe.ts";
import { ARGUMENT_TYPES, type ArgumentType, TYPE_NAMES, TYPES } from "../arguments/model.ts";
import { readText } from "../arguments/value.ts";
import { nearest } from "../did-you-mean.ts";
import { isObject, own, type PlainObject, textsIn } from "../json.ts";
import { OUTPUTS } from "./model.ts";
import type { FileKey } from "./toml/file-key.ts";

/** `[config]` without what is odd in it. */
export function normaliseConfig(raw: unknown, at: FileKey): unknown {
  if (!isObject(raw)) return raw;
  const table = withoutEmpty(raw, ["autonomy-default", "name", "runspec_env"], at);
  const { version, logging } = table;
  if (typeof version === "bigint" || typeof version === "number") table.version = String(version);
  if (isObject(logging)) table.logging = normaliseLogging(logging, at.key("logging"));
  return table;
}

function normaliseLogging(raw: PlainObject, at: FileKey): PlainObject {
  const table = { ...raw };
  const { rotate, keep } = table;
  // The words for days and weeks are read in any case.
  if (typeof rotate === "string" && /^[a-z]+$/i.test(rotate)) table.rotate = rotate.toLowerCase();
  if (typeof keep === "string" && /^\d{1,5}$/.test(keep)) {
    at.key("keep").warning(`found ${describeValue(keep)}, taken as ${Number(keep)}`);
    table.keep = BigInt(keep);
  }
  return table;
}

/** A tool's table without what is odd in it; its arguments and groups are not looked at. */
export function normaliseTool(raw: unknown, at: FileKey): unknown {
  if (!isObject(raw)) return raw;
  const table = withoutEmpty(raw, ["autonomy", "output", "runspec_env"], at);
  const { output, commands } = table;
  if (typeof output === "string" && nearest(output, OUTPUTS).length === 0) {
    at.key("output").warning(`found ${describeValue(output)}, taken as "text"`);
    delete table.output;
  }
  if (isObject(commands) && Object.keys(commands).length === 0) {
    at.key("commands").warning("found an empty table: the tool has no subcommands");
    delete table.commands;
  }
  return table;
}

/** An argument's table without what is odd in it; `shown` names its default. */
export function normaliseArgument(raw: PlainObject, at: FileKey, shown: typeof describeValue): PlainObject {
  const mayBeEmpty = ["type", "autonomy", "short", "delimiter", "deprecated", "env"];
  const table = withoutEmpty(raw, mayBeEmpty, at);
  const { type, short, deprecated, env, position } = table;
  if (position === 0n) at.key("position").warning("found 0, taken as the place before 1, which is the first");
  if (Array.isArray(env) && env.includes("")) {
    at.key("env").warning('found "" among the variables, taken as not given');
    table.env = env.filter((name: unknown) => name !== "");
  }
  if (typeof type === "string") table.type = typeFor(type, at.key("type"));
  if (typeof short === "string" && !/^-?[a-zA-Z0-9]$/.test(short)) {
    const why = "which is not a dash and one letter or digit: it has no short flag";
    at.key("short").warning(`found ${describeValue(short)}, ${why}`);
    delete table.short;
  }
  if ("default" in table) {
    const key = at.key("default");
    // One of the wrong kind that can only mean one value is converted.
    const one = (value: unknown, index: number) => {
      const meant = takenAs(value, table, () => key.literals()[index]);
      if (meant === undefined || meant === value) return value;
      // The digits of a number are those that its text has.
      const digits = (text: string) => shown(text).replaceAll('"', "");
      const found = typeof meant === "string" ? digits(meant) : shown(value);
      const isFloat = typeof meant === "number" && typeof value === "string";
      key.warning(`found ${found}, taken as ${isFloat ? digits(value) : shown(meant)}`);
      return meant;
    };
    table.default = Array.isArray(table.default) ? table.default.map(one) : one(table.default, 0);
  }
  if (typeof deprecated === "boolean") {
    delete table.deprecated;
    if (deprecated) table.deprecated = "it may be gone one day";
  }
  return table;
}

/** An unknown type is taken as text: tools have types of their own, and check the value themselves. A typing error is an error. */
function typeFor(written: string, at: FileKey): ArgumentType {
  const known = ARGUMENT_TYPES.find((type) => type === written);
  if (known !== undefined) return known;
  const [name = ""] = nearest(written, [...TYPE_NAMES.keys()]);
  const meant = TYPE_NAMES.get(name);
  const found = `found ${describeValue(written)}`;
  const [, list, file] = /^(?:(array|list)|(dir|directory|file))$/i.exec(written) ?? [];
  const advice = list ? "; did you mean multiple = true?" : file ? '; did you mean "path"?' : "";
  if (meant !== undefined) at.error(`${found}, expected ${oneOf(ARGUMENT_TYPES)}; did you mean "${meant}"?`);
  else at.warning(`${found}, which runspec has no type for: taken as text, for the tool to check${advice}`);
  return meant ?? "str";
}

/** What a default is taken as; undefined: as what it is. */
function takenAs(value: unknown, table: PlainObject, literal: () => string | undefined): unknown {
  const type = ARGUMENT_TYPES.find((one) => one === table.type);
  const kind = type && TYPES[type].kind;
  if (typeof value === "bigint" || typeof value === "number") {
    const isText = kind === "string" && type !== "choice" && type !== "rest";
    const choices = textsIn(table.options);
    // As the file has it: `1.10`, and not `1.1`. Where the choices are texts, a number stands for the text of it.
    const text = isText || choices.length > 0 ? literal() : undefined;
    if (text !== undefined && (isText || choices.includes(text))) return text;
  }
  if (type === "flag") return value === 0n || value === 1n ? value === 1n : undefined;
  if (typeof value !== "string" || type === undefined || kind === "string") return undefined;
  const read = readText({ type }, value);
  if (!("value" in read)) return undefined;
  if (kind === "boolean") return read.value;
  // One with digits of its own (`007`, `1.10`) is text so far.
  return kind === "integer" ? BigInt(Number(read.value)) : Number(read.value);
}

function withoutEmpty(raw: PlainObject, fields: readonly string[], at: FileKey): PlainObject {
  const table = { ...raw };
  for (const field of fields) {
    if (own(raw, field) !== "") continue;
    at.key(field).warning('found "", taken as not given');
    delete table[field];
  }
  return table;
}
