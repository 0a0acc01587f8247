/** How a tool is given a value: in its words, in a variable, or both. */

import type { Argument } from "../arguments/model.ts";
import { handsOnEnvironment } from "../become/flags.ts";
import { DEFAULT_BECOME_METHOD } from "../become/methods.ts";
import { entriesOf } from "../become/run-as.ts";
import { attempt } from "../errors.ts";
import type { Runnable } from "./model.ts";
import type { FileKey } from "./toml/file-key.ts";

export const inWords = ({ pass }: Argument, { noWords }: Pick<Runnable, "noWords">): boolean =>
  noWords !== true && pass !== "env";

export const inEnvironment = ({ pass }: Argument): boolean => pass !== "argv";

/** Whether variables are carried over to the other user. Said by the file alone, never by what a program contains. */
export function carriesVariables({ becomeEnv, args }: Pick<Runnable, "becomeEnv" | "args">): boolean {
  return becomeEnv ?? args.some(({ env }) => env.length > 0);
}

export type Carrying = Pick<Runnable, "becomeMethod" | "becomeFlags" | "becomeEnv" | "args">;

/** Whether variables reach the other user, carried or handed on. @throws RunspecError for flags that cannot be read */
export const reachesUser = (runnable: Carrying): boolean =>
  carriesVariables(runnable) || handsOnEnvironment(runnable.becomeMethod, runnable.becomeFlags);

/** An error for every argument that would reach the tool in no way. A become method drops the variables, unless they are carried. */
export function checkPassing(
  tool: Partial<Pick<Runnable, "noWords" | "runAs" | "becomeEnv" | "becomeMethod" | "becomeFlags">>,
  args: Argument[],
  at: FileKey,
): void {
  const declares = args.find(({ env }) => env.length > 0);
  if (tool.becomeEnv === false && declares !== undefined)
    at.key("args", declares.name, "env").error(
      "contradicts become_env = false, by which no variable reaches the other user: take one of the two out",
    );
  const carrying = { becomeMethod: DEFAULT_BECOME_METHOD, becomeFlags: "", ...tool, args };
  // Flags that cannot be read are an error of their own.
  const carried = tool.becomeEnv ?? attempt(() => reachesUser(carrying)) === true;
  const becomes = tool.runAs !== undefined && entriesOf(tool.runAs).some(({ user }) => user !== "");
  for (const argument of args) {
    const pass = at.key("args", argument.name, "pass");
    if (argument.pass === "argv" && argument.default !== undefined && argument.default !== false)
      pass.warning(DEFAULT_UNSEEN);
    const word = inWords(argument, { noWords: tool.noWords === true });
    if (!word && !inEnvironment(argument))
      pass.error('found "argv", expected "env": with argv = "none" there are no words, so it would be lost');
    else if (!word && becomes && !carried) (argument.pass === "env" ? pass : at.key("argv")).error(LOST);
    else continue;
    // Said once: what `argv = "none"` does, it does to all.
    if (argument.pass !== "env") return;
  }
}

const DEFAULT_UNSEEN =
  'the default reaches the tool by no way: its words are what the caller gave, and "argv" leaves the variable out';
const LOST =
  "would lose what was given: run_as leaves the environment behind; carry it with become_env = true, or with env on an argument";
