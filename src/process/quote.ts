/** Words for a shell: the remote one that ssh starts, that of `su -c`, and the one into which a person pastes them. */

import { RunspecError } from "../errors.ts";
import { hiddenIn, visible } from "../text.ts";

// Not leading: "=" (zsh expands `=ls`) and "%" (fish expands `%self`).
const SAFE = /^[A-Za-z0-9_@+:,./-][A-Za-z0-9_@%+=:,./-]*$/;
/** A path there, which goes to no POSIX shell: it is shown as PowerShell and cmd.exe read it. */
const WINDOWS_PATH = /^[A-Za-z]:[\\/][\w .()\\/-]*$/;
const RESERVED =
  "if then else elif fi do done case esac while until for in function select time coproc".split(" ");

/** `word` so that the shell of a person reads it as that one word. What a terminal acts on, or shows nothing of, is an escape that bash, zsh and ksh read: it is `visible` already. */
export function quoteWord(word: string): string {
  rejectNul(word);
  if (!/[\n\r\t]/.test(word) && hiddenIn(word).length === 0) return quoteForShell(word);
  // A quote as its number: in a shell that reads no `\'`, the rest would be commands.
  const shown = visible(word.replaceAll("\\", "\\\\").replaceAll("'", "\\047"));
  // These shells take `\x9b` for a byte, and know no braces.
  return `$'${shown.replace(/\\\\|\\x([89a]\w)|\\u\{(\w+)\}/g, (all, low, high) => (low ? `\\u00${low}` : high ? `\\U${high.padStart(8, "0")}` : all))}'`;
}

/** `word` so that any shell reads it as that one word; fish reads a `\\` inside single quotes, so it stands outside. @throws RunspecError where it holds a NUL. */
export function quoteForShell(word: string): string {
  if (process.platform === "win32" && WINDOWS_PATH.test(word)) return /[ ()]/.test(word) ? `"${word}"` : word;
  return SAFE.test(word) ? word : inQuotes(word);
}

/** `words` as the command line that a person is shown, each as {@link quoteWord} has it. */
export const quoteCommand = (words: readonly string[]): string => inOneLine(words, quoteWord);

/** `words` as a command line that a shell is given to run, each as {@link quoteForShell} has it. */
export const commandForShell = (words: readonly string[]): string => inOneLine(words, quoteForShell);

/** The first is quoted also where a shell would take it for an assignment or a keyword. */
function inOneLine([program, ...rest]: readonly string[], quoteEach: (word: string) => string): string {
  if (program === undefined) return "";
  const first = quoteEach(program);
  const isTaken = first === program && (program.includes("=") || RESERVED.includes(program));
  return [isTaken ? inQuotes(program) : first, ...rest.map(quoteEach)].join(" ");
}

/** @throws RunspecError where `word` holds a NUL */
export function rejectNul(word: string): void {
  if (word.includes("\0"))
    throw new RunspecError("an argument holds a NUL character, which no program can be given");
}

function inQuotes(word: string): string {
  rejectNul(word);
  const parts = word.split(/(['\\])/).filter((part) => part !== "");
  if (parts.length === 0) return "''";
  return parts.map((part) => (part === "'" || part === "\\" ? `\\${part}` : `'${part}'`)).join("");
}
