/** Reading a line, and answering, as bash does: it cuts words also at `=`, `:` and `@`, and hands them over as typed, quotes and all. */

import type { Completion } from "./candidate.ts";

export interface BashLine {
  /** Without quotes; the last one is that under the cursor. */
  words: string[];
  /** How much of the last word stays as it is: bash replaces what comes after. */
  kept: number;
  /** The quote that is open at the cursor. */
  quote: "" | "'" | '"' | "$'";
}

/** White space; an escape; any kind of quotes, open at the end or not; anything else. */
const PIECE =
  /(\s+)|\\(.?)|\$'((?:\\.|[^'\\])*)(?:\\$)?('?)|'([^']*)('?)|"((?:\\.|[^"\\])*)(?:\\$)?("?)|(.)/gsu;

/** Reads a line up to the cursor. `breaks` is `COMP_WORDBREAKS`. */
export function readBashLine(line: string, breaks: string): BashLine {
  const words: string[] = [];
  let word: string | undefined;
  let kept = 0;
  let quote: BashLine["quote"] = "";
  for (const [, space, escaped, ansi, ansiEnd, single, singleEnd, ...more] of line.matchAll(PIECE)) {
    const [double, doubleEnd, plain] = more;
    if (space !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
      kept = 0;
      continue;
    }
    word ??= "";
    if ([ansiEnd, singleEnd, doubleEnd].includes("")) {
      quote = ansiEnd === "" ? "$'" : singleEnd === "" ? "'" : '"';
      kept = word.length;
    }
    word += escaped ?? ansi ?? single ?? double?.replaceAll(/\\([$`"\\])/g, "$1") ?? plain ?? "";
    // bash cuts at an `@` as well, and yet replaces it with what comes after it.
    if (plain !== undefined && breaks.includes(plain)) kept = word.length - (plain === "@" ? 1 : 0);
  }
  return { words: [...words, word ?? ""], kept, quote };
}

/** What the script reads: whether a path may stand here, then a candidate a line as it is to be typed. */
export function renderForBash({ candidates, files }: Completion, { kept, quote }: BashLine): string {
  const lines = candidates.flatMap(({ value }) => quoted(value.slice(kept), quote));
  return [files === undefined ? "words" : "files", ...lines, ""].join("\n");
}

/** Nothing that comes from a remote may be more than a word on the line, once Enter is pressed. */
function quoted(text: string, quote: BashLine["quote"]): string[] {
  if (quote === "") return [text.replaceAll(/[^A-Za-z0-9_@%+=:,./\u0080-\uffff-]/g, "\\$&")];
  if (quote === "'") return [text.replaceAll("'", "'\\''")];
  // Double quotes have no way to write a `!` that history does not read, and behind `$'` a `\'` is no end.
  return quote === "$'" || text.includes("!") ? [] : [text.replaceAll(/[$`"\\]/g, "\\$&")];
}
