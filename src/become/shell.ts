/** The shell that reads what `su -c`, `sudo -i` and `sudo -s` are given: it may be any, so no word may mean anything special to it. */

import { RunspecError } from "../errors.ts";
import { quoteForShell } from "../process/quote.ts";
import { visible } from "../text.ts";
import type { BecomeRequest } from "./argv.ts";
import type { readBecomeFlags } from "./flags.ts";
import { type BecomeMethod, METHODS } from "./methods.ts";

/** @throws RunspecError where a shell would read one of `words` as something else, or run nothing; in front of the command they carry `env`. */
export function checkForShells(
  words: readonly string[],
  { method, env }: Pick<BecomeRequest, "method" | "env">,
  { shells, throughShell }: Pick<ReturnType<typeof readBecomeFlags>, "shells" | "throughShell">,
): void {
  if (throughShell) checkForEscapes(words, method, [...env.keys()]);
  for (const shell of shells)
    if (shell === shells.at(-1) || !RUNS_NOTHING.test(shell)) checkForShell(words, shell, method);
}

const WITHOUT_SHELL = "take -i or -s out of become_flags";

/** sudo escapes all but "$", byte by byte: in GBK or Big5 its backslash may be half of a character, and to fish there is none. A line break and what is empty vanish. */
function checkForEscapes(words: readonly string[], method: BecomeMethod, carried: readonly string[]): void {
  const at = words.findLastIndex((word) => word === "" || /[$\n]|[^\x00-\x7f]/.test(word));
  if (at === -1) return;
  // Behind `env` stand variables, which the caller may not have sent.
  const variable = carried[at - 1];
  const what = `${variable === undefined ? "an argument" : `the variable ${variable}`} is empty, or holds a $, a line break or more than ASCII, which ${method} -i and -s cannot pass on unchanged`;
  throw new RunspecError(what, { hint: WITHOUT_SHELL });
}

/** Shells that refuse whatever they are given, or end well without it. */
const RUNS_NOTHING = /(?:^|\/)(?:nologin|false|true)$/;
/** Shells that read quoted words alike. */
const ALIKE = /(?:^|\/)(?:sh|r?bash|dash|ash|zsh|[lmo]?ksh\w*|fish)$/;
const CSH = /(?:^|\/)\w*csh$/;

function checkForShell(words: readonly string[], shell: string, method: BecomeMethod): void {
  const started = `${visible(shell)}, the shell that ${method} starts,`;
  const isText = METHODS[method].takesText === true;
  const where = process.getuid?.() === 0 ? "," : ", which counts where /etc/shells lists the login shell,";
  const hint = isText ? `set become_flags = "-s /bin/sh"${where} or become_method = "sudo"` : WITHOUT_SHELL;
  if (RUNS_NOTHING.test(shell)) throw new RunspecError(`${started} runs nothing`, { hint });
  if (ALIKE.test(shell)) return;
  const isCsh = CSH.test(shell);
  // To others, as PowerShell, a comma makes two words of one, and @x is what a variable holds.
  const isOdd = (word: string) => quoteForShell(word) !== word || (!isCsh && /[,@]/.test(word));
  // In csh the line ends at a line break and `!` has a meaning, quoted or not; and where the locale has another character in the place of the backslash (Shift_JIS), that quotes nothing.
  const isOddQuoted = (word: string) => /['\\!\n\r]/.test(word);
  const [what, misread] =
    isText && isCsh
      ? ["a quote, a backslash, a ! or a line break", isOddQuoted]
      : ["more than letters and digits", isOdd];
  if (!words.some(misread)) return;
  throw new RunspecError(`an argument holds ${what}, which ${started} would misread`, { hint });
}
