/** From a declared tool and its values to what would be executed. Pure, so that `--dry-run` shows the very same thing. */

import type { Argument, Value } from "../arguments/model.ts";
import type { Resolved } from "../arguments/resolve-values.ts";
import { argumentVariables, serialize, variableOwners, variablePart } from "../arguments/resolve-values.ts";
import { isEmptyList } from "../arguments/rules.ts";
import { isSecret, maskGiven } from "../arguments/secret.ts";
import { type BecomeRequest, becomeArgv } from "../become/argv.ts";
import { MASK } from "../mask.ts";
import { fitsWord } from "../process/cannot-start.ts";
import { GIVEN } from "../process/env.ts";
import type { Runnable } from "../spec/model.ts";
import { carriesVariables, inEnvironment, inWords } from "../spec/passing.ts";
import { isScript } from "../spec/script.ts";
import { toolWords } from "./argv.ts";
import type { CallInput, LocalCall } from "./call-input.ts";
import type { Tool } from "./catalog.ts";

export interface Plan {
  argv: string[];
  /** `argv` with `***` for every value of a secret: what may be shown. */
  shown: string[];
  env: Record<string, string>;
  /** undefined: as the user that runspec runs as. `shown` is for a caller, without `unsent` (`NAME=value`): what variables and the `.runspec_env` say. */
  become?: BecomeRequest & { shown: string[]; unsent: string[] };
}

export interface PlanRequest
  extends Pick<LocalCall, "env" | "agent" | "placeholders">,
    Pick<CallInput, "given" | "values"> {
  tool: Runnable & Pick<Tool, "becomes" | "fileValues">;
  /** The executable and its leading words. */
  executable: readonly string[];
  loginShellOf(user: string): string | undefined;
}

type Variable = [name: string, text: string];

export function planCall(request: PlanRequest): Plan {
  const { tool, given, executable } = request;
  const { args, becomes: user } = tool;
  const real = args.filter(({ name }) => request.placeholders?.has(name) !== true);
  const worded = args.filter((argument) => inWords(argument, tool));
  const wordsOf = (values: PlanRequest["given"]) =>
    toolWords(worded, values, user !== undefined && tool.rereadsArgv ? "runspec" : "tool");
  const command = [...executable, ...wordsOf(given)];
  const shownCommand = [...executable, ...wordsOf(maskGiven(real, given))];
  const own = ownVariables(request);
  const env = environment(request, own);
  if (user === undefined) return { argv: command, shown: shownCommand, env };
  // The `env` names that arguments declare, where they have a value: a become method would drop them.
  const names = new Set(args.flatMap((argument) => argument.env));
  const present = [...names].filter((name) => env[name] !== undefined);
  const declared = present.map((name): Variable => [name, env[name] ?? ""]);
  const carried = new Map(carriesVariables(tool) ? [...own, ...declared] : []);
  const become = {
    method: tool.becomeMethod,
    user,
    flags: tool.becomeFlags,
    env: carried,
    command,
    fixed: executable,
    noWords: worded.every(({ name, hidden }) => hidden && !given.has(name)),
    shells: { login: (whose = user) => request.loginShellOf(whose), own: env.SHELL },
  };
  const secrets = secretVariables({ ...tool, args: real });
  const found = args.filter(({ name }) => request.values.get(name)?.source === "variable");
  const others = names.union(new Set(found.map(({ name }) => `RUNSPEC_ARG_${variablePart(name)}`)));
  const showWithout = (masked: ReadonlySet<string>) => {
    const shownEnv = new Map(carried.entries().map(([name, text]) => [name, masked.has(name) ? MASK : text]));
    return becomeArgv({ ...become, env: shownEnv, command: shownCommand });
  };
  const unsent = [...carried].filter(([name]) => others.has(name)).map((pair) => pair.join("="));
  const told = { ...become, shown: showWithout(secrets.union(others)), unsent };
  return { argv: becomeArgv(become), shown: showWithout(secrets), env, become: told };
}

/** What the child is given. Of one name, what it inherits counts before `.runspec_env`, and our `own` before both. */
function environment({ env, tool }: PlanRequest, own: readonly Variable[]): Record<string, string> {
  const all: Record<string, string> = Object.create(null);
  // These names are for checked values alone, and not for those of a tool that runs this one.
  for (const [name, text] of [...tool.fileValues, ...Object.entries(env)])
    if (!name.startsWith("RUNSPEC_ARG_")) all[name] = text;
  for (const [name, text] of own) all[name] = text;
  return all;
}

/** What runspec itself puts into the environment. A value too long for it is in argv only. */
function ownVariables(request: PlanRequest): Variable[] {
  const { tool, agent, env } = request;
  // A script is no runspec.toml, so a runspec that it starts looks where this one did.
  const variables: Variable[] = [["RUNSPEC_CONFIG", isScript(tool) ? (env.RUNSPEC_CONFIG ?? "") : tool.file]];
  if (agent) variables.push(["RUNSPEC_AGENT", "1"]);
  for (const argument of tool.args)
    if (inEnvironment(argument)) variables.push(...valueVariables(argument, request));
  // A script that reads its argv again as the other user takes these variables for its own input, as it should.
  const words = tool.becomes !== undefined && tool.rereadsArgv ? "" : givenWords(request);
  if (words !== "") variables.push([GIVEN, words]);
  return variables.filter((pair) => fitsWord(pair.join("=")));
}

function valueVariables(argument: Argument, { tool, given, values }: PlanRequest): Variable[] {
  const { name, type, hidden } = argument;
  const effective = `RUNSPEC_ARG_${variablePart(name)}`;
  const resolved = values.get(name);
  if (resolved === undefined) return type === "flag" && !hidden ? [[effective, "0"]] : [];
  const reread = rereadAs(argument, given.get(name), resolved);
  const own = reread === undefined ? [] : argumentVariables(tool.path, name);
  return [...own.map((key): Variable => [key, reread ?? ""]), [effective, serialize(resolved.value)]];
}

/** The value under the tool's own name, which libraries of the format read again: only what the caller gave, since a default would count as given; false is an empty text, since every other text turns a flag on. */
function rereadAs(argument: Argument, given: Value | undefined, resolved: Resolved): string | undefined {
  const { type } = argument;
  const switchedOff = type === "flag" && resolved.value === false && resolved.source !== "default";
  if (given === false || switchedOff) return "";
  // As text, an empty list has one empty item. That is better than the default, except for the rest.
  if (type === "rest" && isEmptyList(given)) return undefined;
  return given === undefined ? undefined : serialize(given);
}

/** Which variables of the tool's own name are this call's; see {@link GIVEN}. */
function givenWords({ tool, given }: PlanRequest): string {
  const passed = tool.args.filter((argument) => given.has(argument.name) && inEnvironment(argument));
  const names = passed.map(({ name }) => variablePart(name));
  return variableOwners(tool.path)
    .flatMap((owner) => names.map((name) => `${owner}:${name}`))
    .join(" ");
}

/** The variables that give the tool a secret. */
function secretVariables(tool: Pick<Runnable, "path" | "args">): Set<string> {
  const names = tool.args.filter(isSecret).flatMap(({ name, env }) => {
    return [...argumentVariables(tool.path, name), `RUNSPEC_ARG_${variablePart(name)}`, ...env];
  });
  return new Set(names);
}
