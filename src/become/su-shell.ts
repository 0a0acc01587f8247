/** The shell that reads what `su -c`, `sudo -i` and `sudo -s` are given: it may be any, so no word may mean anything special to it. */

import { RunspecError } from "../errors.ts";
import { userNameOf } from "../files/accounts.ts";
import { linesWith } from "../files/look.ts";
import { quoteForShell } from "../process/quote.ts";
import { visible } from "../text.ts";
import { type BecomeMethod, isGiven, readBecomeFlags, valueGiven } from "./flags.ts";

/** What is known of that shell without the flags. */
export interface Shells {
  /** That of a user, else of the other one, by the user database. */
  login?(user?: string): string | undefined;
  /** `SHELL` of ours: for `sudo -s`, and for su where it is told to keep the environment. */
  own?: string | undefined;
}

/** The shells that may read it, the likelier last; none: no shell reads it, or su will find no such user. */
export function shellsOf(method: BecomeMethod, flags: string, { login, own }: Shells = {}): string[] {
  const { options, throughShell } = readBecomeFlags(method, flags);
  const defined = (...shells: (string | undefined)[]) => shells.filter((shell) => shell !== undefined);
  // Without SHELL, sudo -s starts that of whoever calls it.
  const callers = () => own || login?.(userNameOf(process.getuid?.() ?? 0));
  if (throughShell) return defined(isGiven(options, "i", "login") ? login?.() : callers());
  if (method !== "su") return [];
  const usual = login?.();
  const named = valueGiven(options, "s", "shell");
  // Called by who is not root, su starts one that /etc/shells does not list, whatever its flags name.
  const isFree = (shell: string) =>
    process.getuid?.() === 0 || linesWith(shell, "/etc/shells").includes(shell);
  if (named !== undefined && (usual === undefined || isFree(usual))) return [named];
  const keeps = ["m", "p"].some((letter) => isGiven(options, letter, "preserve-environment"));
  return defined(usual, keeps ? own : undefined);
}

/** Shells that refuse whatever they are given, or end well without it. */
const RUNS_NOTHING = /(?:^|\/)(?:nologin|false|true)$/;

/** The remedy for what sudo cannot pass through a shell. */
export const WITHOUT_SHELL = "take -i or -s out of become_flags";

/** Shells that read quoted words alike. */
const ALIKE = /(?:^|\/)(?:sh|r?bash|dash|ash|zsh|[lmo]?ksh\w*|fish)$/;
const CSH = /(?:^|\/)\w*csh$/;

/** @throws RunspecError where one of `shells`, as {@link shellsOf} has them, would read one of `words` as something else, or run nothing. */
export function checkForShells(words: readonly string[], shells: readonly string[], method: BecomeMethod) {
  for (const shell of shells)
    if (shell === shells.at(-1) || !RUNS_NOTHING.test(shell)) checkForShell(words, shell, method);
}

function checkForShell(words: readonly string[], shell: string, method: BecomeMethod): void {
  const started = `${visible(shell)}, the shell that ${method} starts,`;
  const where = process.getuid?.() === 0 ? "," : ", which counts where /etc/shells lists the login shell,";
  const hint =
    method === "su" ? `set become_flags = "-s /bin/sh"${where} or become_method = "sudo"` : WITHOUT_SHELL;
  if (RUNS_NOTHING.test(shell)) throw new RunspecError(`${started} runs nothing`, { hint });
  if (ALIKE.test(shell)) return;
  const odd = CSH.test(shell) ? /(?!)/ : /[,@]/;
  // In csh the line ends at a line break and `!` has a meaning, quoted or not; and where the locale has another character in the place of the backslash (Shift_JIS), that quotes nothing.
  const [what, misread] =
    method === "su" && CSH.test(shell)
      ? ["a quote, a backslash, a ! or a line break", (word: string) => /['\\!\n\r]/.test(word)]
      : // To others, as PowerShell, a comma makes two words of one, and @x is what a variable holds.
        ["more than letters and digits", (word: string) => quoteForShell(word) !== word || odd.test(word)];
  if (!words.some(misread)) return;
  throw new RunspecError(`an argument holds ${what}, which ${started} would misread`, { hint });
}
