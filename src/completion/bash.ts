/** bash: the script, reading a line as bash does, and answers in the form in which bash puts them onto the line. */

import type { Completion } from "./candidate.ts";

/**
 * bash cuts words also at `=` and `:`, and hands them over as they were typed, quotes and all. So the line is read by us, and the
 * answers are what is to stand on the line.
 */
export const BASH_SCRIPT = `# runspec: completion for bash. In ~/.bashrc: source <(runspec completion bash)
_runspec() {
  local answer kind='' line
  COMPREPLY=()
  answer=$(command runspec __complete bash -- "\${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null) || return 0
  {
    IFS= read -r kind
    while IFS= read -r line; do [[ -z $line ]] || COMPREPLY+=("$line"); done
  } <<<"$answer"
  # A path may stand here: readline's own completion does those, where we have nothing to say.
  [[ $kind != files* ]] || compopt -o default 2>/dev/null
  return 0
}
if ((BASH_VERSINFO[0] < 4)); then complete -o default -F _runspec runspec; else complete -F _runspec runspec; fi
`;

export interface BashLine {
  /** Without quotes; the last one is that under the cursor. */
  words: string[];
  /** How much of the last word stays as it is: bash replaces what comes after. */
  kept: number;
  /** The quote that is open at the cursor. */
  quote: "" | "'" | '"';
}

/** White space; an escape; either kind of quotes, open at the end or not; anything else. */
const PIECE = /(\s+)|\\(.?)|'([^']*)('?)|"((?:\\.|[^"\\])*)(?:\\$)?("?)|(.)/gsu;

/** Reads a line up to the cursor. `breaks` is `COMP_WORDBREAKS`. */
export function readBashLine(line: string, breaks: string): BashLine {
  const words: string[] = [];
  let word: string | undefined;
  let kept = 0;
  let quote: BashLine["quote"] = "";
  for (const [, space, escaped, single, singleEnd, double, doubleEnd, plain] of line.matchAll(PIECE)) {
    if (space !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
      kept = 0;
      continue;
    }
    word ??= "";
    if (singleEnd === "" || doubleEnd === "") {
      quote = singleEnd === "" ? "'" : '"';
      kept = word.length;
    }
    word += escaped ?? single ?? double?.replaceAll(/\\([$`"\\])/g, "$1") ?? plain ?? "";
    if (plain !== undefined && breaks.includes(plain)) kept = word.length;
  }
  return { words: [...words, word ?? ""], kept, quote };
}

/** What {@link BASH_SCRIPT} reads: whether a path may stand here, then a candidate a line as it is to be typed. */
export function renderForBash({ candidates, files }: Completion, { kept, quote }: BashLine): string {
  const lines = candidates.flatMap(({ value }) => quoted(value.slice(kept), quote));
  return [files === undefined ? "words" : "files", ...lines, ""].join("\n");
}

/** Nothing that comes from a remote may be more than a word on the line, once Enter is pressed. */
function quoted(text: string, quote: BashLine["quote"]): string[] {
  switch (quote) {
    case "'":
      return [text.replaceAll("'", "'\\''")];
    case '"':
      // Inside double quotes there is no way to write one that history does not read.
      return text.includes("!") ? [] : [text.replaceAll(/[$`"\\]/g, "\\$&")];
    case "":
      return [text.replaceAll(/[^A-Za-z0-9_@%+=:,./\u0080-\uffff-]/g, "\\$&")];
  }
}
