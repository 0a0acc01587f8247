/** Reads `become_flags`, to make sure that all are flags. */

import { RunspecError } from "../errors.ts";
import { visible } from "../text.ts";
import { type BecomeMethod, METHODS } from "./methods.ts";
import { type Option, readOptions } from "./options.ts";
import { splitWords } from "./shell-words.ts";

/** The words of `flags`, and the options that they are; `throughShell`: through a shell of the user's. @throws RunspecError where not all would be taken for flags. */
export function readBecomeFlags(
  method: BecomeMethod,
  flags: string,
): { words: string[]; options: Option[]; throughShell: boolean } {
  const words = splitWords(flags);
  const { options: rules, takesText = false, shells } = METHODS[method];
  const wrong = words.includes("--") ? "--" : words.slice(0, 1).find((word) => !word.startsWith("-"));
  if (rules === undefined && wrong !== undefined)
    throw new RunspecError(`${method} would take "${visible(wrong)}" or what follows it for the command`);
  const options = rules === undefined ? [] : readOptions(words, rules, method);
  const throughShell = !takesText && (shells?.(options, {}) ?? []).length > 0;
  return { words, options, throughShell };
}

/** Whether the other user gets the environment as it is. Flags are read only where that depends on them. */
export const handsOn = (method: BecomeMethod, flags: string): boolean =>
  METHODS[method].handsOnEnvironment?.(readBecomeFlags(method, flags).options) ?? false;
