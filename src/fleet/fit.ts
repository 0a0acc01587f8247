/** Lines at a terminal, broken by us at its width: what a terminal breaks goes on at its margin, where it can pass for another host's. */

import type { OutputStream } from "../context.ts";

export type Shown = Pick<OutputStream, "isTerminal" | "columns">;

/** Before the rest of a line that stands behind no name, or behind one that would leave it no room. */
const REST = "┆ ";
const PLAIN = /^[\x20-\x7e]*$/;
const TAB = 8;
/** Colours, the last ones, that go on behind a break. */
const COLOURS_MAX = 16;
/** A colour, a tab, or a character with up to eight that join it. */
const PARTS = /\x1b\[[0-9;:]{0,64}m|\t|.(?:[\p{M}\p{Emoji_Modifier}]|\u200d.){0,8}/gsu;

const BEFORE_WORD = /^(.*[^ ]) +([^ ]*)$/s;

type Fit = { columns: number; prefix?: string; more?: string; byWords?: boolean };

/** `prefix` and `line`, of which all control characters but colours and tabs are visible, in parts no wider than the terminal. Each further one stands behind `more`. */
export function fitLine(line: string, { columns, prefix = "", more = REST, byWords = false }: Fit): string {
  let column = widthOf(prefix);
  if (column + line.length <= columns && PLAIN.test(line)) return prefix + line;
  const rest = 2 * widthOf(more) > columns ? REST : more;
  const reset = line.includes("\x1b") ? "\x1b[0m" : "";
  let text = prefix;
  let row = "";
  let colours: string[] = [];
  for (const [part] of line.matchAll(PARTS)) {
    const isColour = part.startsWith("\x1b[");
    const width = () => (isColour ? 0 : part === "\t" ? TAB - (column % TAB) : widthOf(part));
    while (column + width() > columns && column > widthOf(rest)) {
      const [, kept = row, word = ""] = (byWords && part !== " " && BEFORE_WORD.exec(row)) || [];
      text += `${kept}${reset}\n${rest}${colours.join("")}`;
      row = word;
      column = widthOf(rest) + widthOf(word);
    }
    if (byWords && part === " " && row === "" && text !== prefix) continue;
    row += part;
    column += width();
    if (isColour) colours = /^\x1b\[0*m$/.test(part) ? [] : [...colours, part].slice(-COLOURS_MAX);
  }
  return text + row + reset;
}

/** `text` where a terminal shows it, each line for itself; `most`: so many of them, the first. */
export function fitText(text: string, shown: Shown, most = Infinity): string {
  if (!shown.isTerminal()) return text;
  const fit = { columns: shown.columns(), byWords: true };
  const lines = text.split("\n");
  return lines.map((line, index) => (index < most ? fitLine(line, fit) : line)).join("\n");
}

/** Columns, at most: terminals do not agree on the rarer characters, nor on those that join. */
function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  return [...text].reduce((sum, character) => sum + columnsOf(character), 0);
}

function columnsOf(character: string): number {
  // From here on most take two.
  if (character >= "\u2e80") return 2;
  return /[\p{Mn}\p{Me}\r]/u.test(character) ? 0 : Bun.stringWidth(character) || 1;
}
