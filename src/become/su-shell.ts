/** The shell that reads what `su -c`, `sudo -i` and `sudo -s` are given: it may be any, so no word may mean anything special to it. */

import { RunspecError } from "../errors.ts";
import { quoteCommand, quoteForShell } from "../process/quote.ts";
import { visible } from "../text.ts";
import { type BecomeMethod, isGiven, readBecomeFlags, valueGiven } from "./flags.ts";

/** What is known of that shell without the flags. */
export interface Shells {
  /** The other user's, by the user database. */
  login?(): string | undefined;
  /** `SHELL` of ours: for `sudo -s`, and for su where it is told to keep the environment. */
  own?: string | undefined;
}

/** The shells that may read it, the likelier last; none: no shell reads it, or su will find no such user. */
export function shellsOf(method: BecomeMethod, flags: string, { login, own }: Shells = {}): string[] {
  const { options, throughShell } = readBecomeFlags(method, flags);
  const defined = (...shells: (string | undefined)[]) => shells.filter((shell) => shell !== undefined);
  if (throughShell) return defined(isGiven(options, "i", "login") ? login?.() : own);
  if (method !== "su") return [];
  const named = valueGiven(options, "s", "shell");
  if (named !== undefined) return [named];
  const keeps = ["m", "p"].some((letter) => isGiven(options, letter, "preserve-environment"));
  return defined(login?.(), keeps ? own : undefined);
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
  const hint = method === "su" ? 'set become_flags = "-s /bin/sh", or become_method = "sudo"' : WITHOUT_SHELL;
  if (RUNS_NOTHING.test(shell)) throw new RunspecError(`${started} runs nothing`, { hint });
  if (ALIKE.test(shell)) return;
  // In csh the line ends at a line break, quoted or not, and what follows is the next command.
  const [what, misread] = CSH.test(shell)
    ? ["a line break", (word: string) => /[\n\r]/.test(word)]
    : ["more than letters and digits", (word: string) => quoteForShell(word) !== word];
  if (!words.some(misread)) return;
  throw new RunspecError(`an argument holds ${what}, which ${started} would misread`, { hint });
}

/** `words` as one line for any of them. csh replaces what follows a `!` in quotes as well, but not behind a backslash. */
export function quoteForAnyShell(words: readonly string[]): string {
  const [program = "", ...rest] = words;
  const first = program.includes("!") ? quoteMarks(program) : quoteCommand([program], quoteForShell);
  return [first, ...rest.map(quoteMarks)].join(" ");
}

function quoteMarks(word: string): string {
  if (!word.includes("!")) return quoteForShell(word);
  return word
    .split("!")
    .map((part) => (part === "" ? "" : quoteForShell(part)))
    .join("\\!");
}
