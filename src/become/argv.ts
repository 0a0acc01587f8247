/** Running a command as another user: what may be run, and the command line, exactly as documented. */

import { RunspecError } from "../errors.ts";
import { rejectNul } from "../process/quote.ts";
import { visible } from "../text.ts";
import { readBecomeFlags } from "./flags.ts";
import { type BecomeMethod, METHODS, type Shells } from "./methods.ts";
import { isUserName } from "./run-as.ts";
import { checkForShells } from "./shell.ts";

export interface BecomeRequest {
  method: BecomeMethod;
  user: string;
  /** As written; split as a shell would. */
  flags: string;
  /** What the command is to find in its environment: the become program starts it with a clean one. */
  env: ReadonlyMap<string, string>;
  command: readonly string[];
  /** The words of `command` that every call has: the program and its first words. Not given: the program. */
  fixed?: readonly string[];
  /** No call has more words than those. */
  noWords?: boolean;
  shells?: Shells | undefined;
}

/** Whom a signal to the tool has to come from, and how to become that user. */
export interface KillAs extends Pick<BecomeRequest, "method" | "user" | "flags"> {
  /** The tool was started through `env`, so a rule for that may be all that there is. */
  throughEnv: boolean;
}

export function killAsOf({ method, user, flags, env }: BecomeRequest): KillAs {
  return { method, user, flags, throughEnv: env.size > 0 };
}

/** The argv that runs `command` as `user`, behind `env K=V …` where variables are carried. @throws RunspecError where a word would be taken for something else */
export function becomeArgv({ method, user, flags, env, command, shells: known }: BecomeRequest): string[] {
  if (!isUserName(user))
    throw new RunspecError(`"${visible(user)}" is not a user name that ${method} can be given`);
  const { words, ...shells } = readBecomeFlags(method, flags, known);
  const argv = [...envPrefix(env), ...checkedCommand(method, command)];
  argv.forEach(rejectNul);
  checkForShells(argv, { method, env }, shells);
  return METHODS[method].argv({ flags: words, user, command: argv });
}

function envPrefix(env: ReadonlyMap<string, string>): string[] {
  if (env.size === 0) return [];
  for (const name of env.keys()) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      throw new RunspecError(`"${visible(name)}" is not a name that env can set`);
  }
  return ["env", ...[...env].map(([name, value]) => `${name}=${value}`)];
}

/** Both env and sudo take leading `a=b` words for variables and run the word behind them instead. */
function checkedCommand(method: BecomeMethod, command: readonly string[]): readonly string[] {
  const [program = ""] = command;
  if (program !== "" && !program.startsWith("-") && !program.includes("=")) return command;
  const what = `"${visible(program)}" cannot be run by ${method}: it would not be taken for a program`;
  throw new RunspecError(what, { hint: "its path must not be empty, begin with - or hold a =" });
}
