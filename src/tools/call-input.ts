/** The input of a call: JSON arguments, or the words of a command line, read to the same values. */

import { describeValue, labelOf, named } from "../arguments/describe.ts";
import { readJsonArguments } from "../arguments/json-arguments.ts";
import type { Values } from "../arguments/model.ts";
import { argumentVariables, type Resolved, resolveValues, serialize } from "../arguments/resolve-values.ts";
import { type GivenArguments, isEmptyList, isMissing } from "../arguments/rules.ts";
import { isSecret } from "../arguments/secret.ts";
import { readCommandLine } from "../arguments/words.ts";
import type { ToolCall } from "../mcp/tool-host.ts";
import { fitsWord } from "../process/cannot-start.ts";
import type { Runnable } from "../spec/model.ts";
import { inEnvironment, inWords, reachesUser } from "../spec/passing.ts";
import type { Tool } from "./catalog.ts";
import { injectedOptions, type Unfit } from "./option-injection.ts";

export interface LocalCall extends Pick<ToolCall, "words" | "human" | "check"> {
  tool: Tool;
  /** The arguments as JSON, from the caller. */
  arguments?: object | undefined;
  /** What a child inherits. */
  env: Readonly<Record<string, string>>;
  /** Under serve: the call may be an agent's. */
  agent: boolean;
  hostname(): string;
  /** The arguments whose values are only placeholders, and so no secrets. */
  placeholders?: ReadonlySet<string>;
}

export interface CallInput extends Omit<GivenArguments, "present"> {
  /** Together with values of variables, `.runspec_env` and defaults. */
  values: Map<string, Resolved>;
  /** The required secrets that nobody has given. */
  missingSecrets: string[];
  /** `--help` was among the words: nothing else matters. */
  help: boolean;
}

export function readInput(call: Pick<LocalCall, "tool" | "arguments" | "words" | "env">): CallInput {
  const { tool, arguments: json, words, env } = call;
  const { name, args, preset, fileValues } = tool;
  const line = words === undefined ? undefined : readCommandLine(words, tool, preset);
  const { given, present, problems, notes } = line ?? readJsonArguments(json, tool, preset);
  const resolved = resolveValues(tool, given, env, fileValues);
  // A wrong value is reported once: not also for the variable that it was to replace.
  const fromVariables = [...resolved.problems].filter(([argument]) => !present.has(argument));
  const unfit = [injectedOptions, unfitForVariables, undeliverable].flatMap((find) => find(tool, given));
  // As the caller wrote it: a key of JSON, or a flag.
  const worded = unfit.map(([arg, why]) => `${line === undefined ? named(arg.name) : labelOf(arg)}: ${why}`);
  const allProblems = [...problems, ...fromVariables.map(([, problem]) => problem), ...worded];
  const missing = args.filter((arg) => isSecret(arg) && isMissing(arg, present, resolved.values));
  return {
    given,
    values: resolved.values,
    problems: line === undefined ? allProblems : allProblems.map((problem) => `${name}: ${problem}`),
    missingSecrets: missing.map((secret) => secret.name),
    notes,
    help: line?.help === true,
  };
}

const LEFT_OUT = 'pass = "argv" leaves out: take that out';

/** A sentence for each value that no word says, such as a default that is switched off or emptied, where the variable that does is not given to the tool. */
function undeliverable(tool: Tool, given: Values): Unfit[] {
  const { becomes } = tool;
  const isReached = becomes === undefined || reachesUser(tool);
  return tool.args.flatMap((argument): Unfit[] => {
    const value = given.get(argument.name);
    const isSilent = argument.default === true && value === false && argument.type === "flag";
    const isEmptied = isEmptyList(value) && argument.type !== "rest" && argument.delimiter === undefined;
    if (!isSilent && !isEmptied && (value === undefined || inWords(argument, tool))) return [];
    const hasVariable = inEnvironment(argument);
    // A script that reads its words again is given `--name=false`.
    if (hasVariable && (isReached || (isSilent && tool.rereadsArgv === true))) return [];
    const lost = hasVariable ? `does not reach ${becomes}: set become_env = true` : LEFT_OUT;
    return [[argument, `only a variable says ${describeValue(value)}, and that ${lost}`]];
  });
}

/** A sentence for each value that the tool is given in variables alone, and that would get lost or fall to pieces there. */
function unfitForVariables(runnable: Runnable, given: Values): Unfit[] {
  return runnable.args.flatMap((argument): Unfit[] => {
    const value = given.get(argument.name);
    if (value === undefined || inWords(argument, runnable)) return [];
    const variables = argumentVariables(runnable.path, argument.name);
    if (!variables.every((name) => fitsWord(`${name}=${serialize(value)}`)))
      return [
        [argument, "found more than 128 KiB, which the variable that the tool reads it from cannot hold"],
      ];
    if (!Array.isArray(value)) return [];
    const isCut = value.some((item) => String(item).includes("\n"));
    const found = isCut ? "a line break in an item" : value.at(-1) === "" && "an empty item at the end";
    return found ? [[argument, `found ${found}; the tool is given one item a line`]] : [];
  });
}
