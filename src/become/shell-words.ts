/** Reading words as a POSIX shell would, without any of its expansions. */

import { RunspecError } from "../errors.ts";
import { visible } from "../text.ts";

// One piece of a word, or blanks between words: 'single', "double", \escape, plain.
const PIECE = /([ \t]+)|'([^']*)'|"((?:[^"\\$`]|\\[\s\S])*)"|\\([\s\S])|([^ \t\n'"\\;|&<>()$`*?[]+)/y;

/** The words of `text`, with a shell's quotes and escapes; what a shell would act on unquoted is an error, not a literal. @throws RunspecError with the text and why. */
export function splitWords(text: string): string[] {
  if (text.includes("\0")) throw refusal(text, "it holds a NUL character");
  const words: string[] = [];
  let word: string | undefined;
  let at = 0;
  while (at < text.length) {
    PIECE.lastIndex = at;
    const piece = PIECE.exec(text);
    if (piece === null) throw refusal(text, whyNot(text, at));
    const [, blank, single, double, escaped, plain] = piece;
    at = PIECE.lastIndex;
    if (blank !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
      // A line continuation neither ends a word nor begins one.
    } else if (escaped !== "\n") {
      if (word === undefined && /^[~#]/.test(plain ?? ""))
        throw refusal(text, actsOn(text.charAt(piece.index)));
      // Between double quotes a backslash escapes only these; before anything else it stands for itself.
      const quoted = double?.replace(/\\([$`"\\])|\\\n/g, "$1") ?? "";
      word = (word ?? "") + (single ?? escaped ?? plain ?? quoted);
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

function whyNot(text: string, at: number): string {
  const character = text.charAt(at);
  if (character === "\\") return "it ends in a backslash";
  if (character === "'") return "a single quote is never closed";
  if (character !== '"') return actsOn(character);
  const inside = /^"(?:[^"\\$`]|\\[\s\S])*([$`])/.exec(text.slice(at));
  return inside === null ? "a double quote is never closed" : actsOn(inside[1] ?? "");
}

const actsOn = (character: string): string =>
  `a shell would act on the unquoted ${visible(character)}; nothing is expanded here, so quote it with '…'`;

const refusal = (text: string, reason: string): RunspecError =>
  new RunspecError(`"${visible(text)}" cannot be split into words: ${reason}`);
