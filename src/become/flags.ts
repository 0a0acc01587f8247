/** Reads `become_flags`, to make sure that all are flags. */

import { RunspecError } from "../errors.ts";
import { visible } from "../text.ts";
import { type BecomeMethod, METHODS, type Shells } from "./methods.ts";
import { type Option, readOptions } from "./options.ts";
import { splitWords } from "./shell-words.ts";

/**
 * The words of `flags`, the options that they are, and the shells that may read the command then, the likelier last, as far as they are known.
 * `throughShell`: by these flags it goes through a shell of the user's. @throws RunspecError where not all would be taken for flags.
 */
export function readBecomeFlags(method: BecomeMethod, flags: string, known: Shells = {}) {
  const words = splitWords(flags);
  const { options: rules, takesText = false } = METHODS[method];
  const wrong = words.includes("--") ? "--" : words.slice(0, 1).find((word) => !word.startsWith("-"));
  if (rules === undefined && wrong !== undefined)
    throw new RunspecError(`${method} would take "${visible(wrong)}" or what follows it for the command`);
  const options: Option[] = rules === undefined ? [] : readOptions(words, rules, method);
  const all = METHODS[method].shells?.(options, known) ?? [];
  const shells = all.filter((shell) => shell !== undefined);
  return { words, options, shells, throughShell: !takesText && all.length > 0 };
}

/** Whether the other user gets the environment as it is. Flags are read only where that depends on them. */
export const handsOnEnvironment = (method: BecomeMethod, flags: string): boolean =>
  METHODS[method].handsOnEnvironment?.(readBecomeFlags(method, flags).options) ?? false;
