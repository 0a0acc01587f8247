/** The `args` table of a tool → its arguments, checked one by one and against each other. */

import * as v from "valibot";
import { quote } from "../arguments/describe.ts";
import { type Argument, nameFinder, positionals, TYPE_NAMES } from "../arguments/model.ts";
import { argumentVariables, variablePart } from "../arguments/resolve-values.ts";
import { isSecret } from "../arguments/secret.ts";
import { NOT_SHOWN } from "../arguments/value.ts";
import { asObject, isObject, own, type PlainObject } from "../json.ts";
import { toArgument } from "./argument.ts";
import { checkName } from "./check-names.ts";
import { normaliseArgument } from "./normalise.ts";
import { argumentTable, bareArgument } from "./schema/argument.ts";
import { toolFields } from "./schema/tool.ts";
import { describeFound, validate } from "./schema/validate.ts";
import type { FileKey } from "./toml/file-key.ts";

/** A tool's arguments by name, in file order; undefined for one that is declared but wrong. */
export type Declared = ReadonlyMap<string, Argument | undefined>;

/** The arguments of `tool`, which stand at `at`, each checked by itself and all of them with each other; `words` are the tool's. */
export function readArguments(tool: PlainObject, at: FileKey, words: readonly string[]): Declared {
  const args = new Map<string, Argument | undefined>();
  for (const [name, value, key] of at.entriesOf(asObject(own(tool, "args"))))
    args.set(name, readArgument(name, value, key, tool));
  const sound = soundOf(args);
  checkUnique(sound, at, words);
  checkPositions(sound, at);
  return args;
}

/** The arguments without an error. */
export const soundOf = (args: Declared): Argument[] =>
  [...args.values()].filter((argument) => argument !== undefined);

function readArgument(name: string, value: unknown, at: FileKey, tool: PlainObject): Argument | undefined {
  checkName("argument", name, at);
  if (name === "help") at.warning('on a command line "--help" prints the usage; only agents can give this');
  const describe = isSecret({ ...(isObject(value) && value), name }) ? () => NOT_SHOWN : describeFound;
  const [hint] = isObject(value) ? [] : meantOtherwise(name, value, tool);
  // Without these a tool runs as whom and for whom it should not.
  const severity = ["autonomy", "run_as"].includes(name) ? "warning" : "note";
  if (hint !== undefined)
    at.note({ severity, message: `found ${describe(value)}, the default of an argument; ${hint}` });
  const raw = isObject(value)
    ? validate(argumentTable, normaliseArgument(value, at, describe), at, describe)
    : validate(bareArgument, value, at, describe);
  return raw === undefined ? undefined : toArgument(name, raw, at);
}

/** What a bare value may have been meant as: to TOML, a line below `[tool.args]` is one of its arguments. */
function meantOtherwise(name: string, value: unknown, tool: PlainObject): string[] {
  if (typeof value === "string" && TYPE_NAMES.has(value)) return ['a type is written {type = "…"}'];
  return Object.entries(toolFields)
    .filter(([field, schema]) => field === name && !(field in tool) && v.is(schema, value))
    .map(([field]) => `the tool's own ${field} stands above its arguments`);
}

function checkUnique(args: readonly Argument[], at: FileKey, words: readonly string[]): void {
  const owners = new Map<string, string>();
  function claim(what: string, name: string, key: FileKey): void {
    const owner = owners.getOrInsert(what, name);
    if (owner !== name) key.error(`found ${what}, expected another: ${quote(owner)} has it already`);
  }
  for (const { name, short, position, type } of args) {
    const key = at.key(name);
    if (short !== undefined) claim(`"-${short}"`, name, key.key("short"));
    if (position !== undefined) claim(String(position), name, key.key("position"));
    if (type === "rest") claim('"rest"', name, key.key("type"));
    // `x` and `arg-x` of a tool called `arg` are both RUNSPEC_ARG_ARG_X.
    const variables = [`RUNSPEC_ARG_${variablePart(name)}`, ...argumentVariables(words, name)];
    const named = variables.map((variable) => `a name whose variable is ${variable}`);
    const taken = named.find((one) => owners.has(one));
    for (const one of taken === undefined ? named : [taken]) claim(one, name, key);
  }
}

/** Words are handed out by place: nothing may follow an argument that takes all of them, and a required one should not follow an optional one. */
function checkPositions(args: readonly Argument[], at: FileKey): void {
  positionals(args).forEach(({ name, position, required }, index, placed) => {
    const key = at.key(name, "position");
    const before = placed[index - 1];
    if (before?.multiple)
      key.error(
        `found ${position}, expected nothing after ${quote(before.name)}, which takes all the words that are left`,
      );
    else if (before && !before.required && required)
      key.warning(`${quote(name)} is required but comes after ${quote(before.name)}, which is not`);
  });
}

/** With `[config.logging]`, the libraries of other implementations add these flags to every tool. */
const STANDARD = ["debug", "no-summary"];

/** `args` with these flags; the tool's own arguments of these names stay as they are. */
export function withStandardFlags(args: readonly Argument[]): Argument[] {
  const taken = nameFinder(args);
  const added = STANDARD.filter((name) => !taken(name) && !taken(name.replace(/^no-/, "")));
  const flag = { type: "flag", required: false, multiple: false, hidden: true } as const;
  return [...args, ...added.map((name) => ({ ...flag, name, env: [] }))];
}
