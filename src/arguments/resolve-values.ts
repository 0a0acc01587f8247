/** The value of every argument: the caller's, or that of a variable, or the default. */

import { type Env, variableIn } from "../context.ts";
import { type Argument, TYPES, type Value, type Values } from "./model.ts";
import { countsToGroups, hasNoEffect, type Presence } from "./rules.ts";
import { isList, misfitUnquoted, readTexts } from "./value.ts";

export interface Resolved {
  value: Value;
  source: "caller" | "variable" | "default";
}

interface Tool {
  /** The words it was declared under, which make its name. */
  path: readonly string[];
  args: readonly Argument[];
}

/** The value of every argument: the caller's, else that of `RUNSPEC_<TOOL>_ARG_<ARG>` or its `env` in order, else the default. The environment comes before `.runspec_env`. */
export function resolveValues(
  tool: Tool,
  given: Values,
  env: Env,
  envFile: ReadonlyMap<string, string> = new Map(),
): { values: Map<string, Resolved>; problems: Map<string, string> } {
  /** By argument, in spec order; an optional argument without a value is not there. */
  const values = new Map<string, Resolved>();
  /** By argument: what is wrong with the text that a variable has for it. */
  const problems = new Map<string, string>();
  for (const argument of tool.args) {
    const { name, default: value } = argument;
    const fromCaller = given.get(name);
    const found = lookUp(argument, argumentVariables(tool.path, name), env, envFile);
    if (fromCaller !== undefined) values.set(name, { value: fromCaller, source: "caller" });
    else if (found !== undefined && "problem" in found) problems.set(name, found.problem);
    else if (found !== undefined) values.set(name, found);
    else if (value !== undefined) values.set(name, { value, source: "default" });
  }
  return { values, problems };
}

/** The arguments with a value, or a wrong one, that no caller gave; and whether each counts for rules that ask for more: no default does. */
export function presetArguments(tool: Tool, env: Env, envFile?: ReadonlyMap<string, string>): Presence {
  const { values, problems } = resolveValues(tool, new Map(), env, envFile);
  const preset = new Map<string, boolean>();
  for (const argument of tool.args) {
    const { name } = argument;
    const found = values.get(name);
    if (found !== undefined)
      preset.set(name, found.source !== "default" && countsToGroups(argument, found.value));
    else if (problems.has(name)) preset.set(name, true);
  }
  return preset;
}

/** The first variable that has a value, those of `ownNames` before the declared; the file never overrides the environment. */
function lookUp(
  argument: Argument,
  ownNames: readonly string[],
  env: Env,
  envFile: ReadonlyMap<string, string>,
): Resolved | { problem: string } | undefined {
  const { kind, takesEmpty } = TYPES[argument.type];
  for (const variable of [...ownNames, ...argument.env]) {
    const fromEnv = variableIn(env, variable);
    const text = fromEnv ?? envFile.get(variable);
    if (text === undefined) continue;
    // A tool is handed what was given as false, or as empty, in an empty variable of its own name. Read again, that has to mean the same.
    const isOwnName = ownNames.includes(variable);
    const emptyIsFalse = argument.type === "flag" || (kind === "boolean" && isOwnName && !isList(argument));
    if (text === "" && emptyIsFalse) return { value: false, source: "variable" };
    const checked = readTexts(argument, isList(argument) ? lines(text) : [text]);
    // An empty variable is how a shell unsets it for one command; only to a string is it a value.
    if (text === "" && ("problem" in checked || (!takesEmpty && !isOwnName))) continue;
    if ("value" in checked && hasNoEffect(argument, checked.value)) continue;
    if ("value" in checked) return { value: checked.value, source: "variable" };
    const origin = fromEnv === undefined ? "the .runspec_env file, in" : "the environment variable";
    // The caller did not send this value, and may not be allowed to see it.
    return { problem: `${argument.name}: ${origin} ${variable}: ${misfitUnquoted(argument)}` };
  }
  return undefined;
}

const lines = (text: string) => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));

/** A value as it stands in the environment: flags and bools `1` or `0`, a list one item a line. */
export function serialize(value: Value): string {
  if (Array.isArray(value)) return value.map(serialize).join("\n");
  return typeof value === "boolean" ? String(Number(value)) : String(value);
}

/** A name as it stands in a variable: `dry-run` → `DRY_RUN`. */
export const variablePart = (name: string): string => name.toUpperCase().replace(/[^A-Z0-9_]/g, "_");

/** The names by which variables give a tool its values: its own, and of a subcommand that of the outermost table, as in the original. */
export const variableOwners = (path: readonly string[]): string[] => [
  ...new Set([path.join("_"), path[0] ?? ""].map(variablePart)),
];

/** The variables that give an argument its value, the nearest first. */
export function argumentVariables(path: readonly string[], argument: string): string[] {
  return variableOwners(path).map((owner) => `RUNSPEC_${owner}_ARG_${variablePart(argument)}`);
}
