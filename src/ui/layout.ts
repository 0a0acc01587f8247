/** Laying out text for a stream: colour, columns, wrapping. */

import { type Context, type Env, isDumb, type OutputStream } from "../context.ts";

export interface Style {
  /** Columns of a line. */
  width: number;
  /** A terminal shows it, and NO_COLOR does not forbid it. */
  colour: boolean;
  heading(text: string): string;
}

type Sized = Pick<OutputStream, "isTerminal" | "columns">;

/** `NO_COLOR` counts where it is not empty (https://no-color.org). */
export function styleOf(stream: Sized, env: Env): Style {
  const colour = stream.isTerminal() && (env.NO_COLOR ?? "") === "" && !isDumb(env);
  const heading = (text: string) => (colour ? `\x1b[1m${text}\x1b[22m` : text);
  return { width: stream.columns(), colour, heading };
}

/** Columns of a line in a list; off a terminal lines are not broken, so that each stays one item, also for `grep`. */
export const lineWidth = (stream: Sized): number => (stream.isTerminal() ? stream.columns() : Infinity);

/** The style of a list, whose lines are broken at a terminal alone; else as {@link styleOf}. */
export function listStyle({ stdout, env }: Pick<Context, "stdout" | "env">): Style {
  return { ...styleOf(stdout, env), width: lineWidth(stdout) };
}

/** A cell that is wider than this stands out: the others are not moved over for it. */
const WIDEST = 100;

/** What the last column has at least; with fewer, it stands below the others. */
const NARROWEST = 20;

const INDENT = "  ";

type Cells = readonly (readonly string[])[];

/** Rows as lines of aligned columns, the last one wrapped to `width` under its start; `least`: the first column's least width, as in another list. */
export function columns(rows: Cells, width: number, least = 0): string {
  const count = rows.reduce((most, row) => Math.max(most, row.length), 0);
  const widths = Array.from({ length: count - 1 }, (_, i) =>
    Math.max(i === 0 ? least : 0, Math.min(WIDEST, longestIn(rows, i))),
  );
  const indent = INDENT.length + widths.reduce((sum, w) => sum + w + 2, 0);
  if (width - indent < NARROWEST) return stacked(rows, width);
  return rows
    .map((row) => {
      const cells = widths.map((wide, i) => padTo(wide, row[i]));
      const last = wrap(row[count - 1] ?? "", width - indent).join(`\n${" ".repeat(indent)}`);
      return `${INDENT}${[...cells, last].join("  ")}`.trimEnd();
    })
    .join("\n");
}

export const longestIn = (rows: Cells, column: number): number =>
  rows.reduce((most, row) => Math.max(most, Bun.stringWidth(row[column] ?? "")), 0);

/** A terminal gives a letter of Chinese two columns, and an accent none. */
export const padTo = (width: number, text = ""): string =>
  text + " ".repeat(Math.max(0, width - Bun.stringWidth(text)));

/** The last column of each row in lines of its own, further in: for a narrow screen. */
export function stacked(rows: Cells, width: number): string {
  return rows
    .flatMap((row) => {
      const cells = row.slice(0, -1).filter((cell) => cell !== "");
      const head = INDENT + cells.join("  ");
      const deeper = `${/^ */.exec(head)}  `;
      const last = wrap(row.at(-1) ?? "", Math.max(NARROWEST, width - deeper.length));
      return [head, ...last.map((line) => `${deeper}${line}`)].map((line) => line.trimEnd());
    })
    .filter((line) => line !== "")
    .join("\n");
}

export type Section = readonly [heading: string, text: string];

/** Texts under their headings, without those that are empty; one without a heading stands as it is. */
export function sections(parts: readonly Section[], { heading: marked }: Style): string {
  const shown = parts.filter(([, text]) => text !== "");
  const texts = shown.map(([heading, text]) => (heading === "" ? text : `${marked(`${heading}:`)}\n${text}`));
  return `${texts.join("\n\n")}\n`;
}

/** What our messages put before a command to paste, which goes to the end of the text. */
const TO_PASTE = " run: ";

/** `text` in lines of at most `width` columns, broken between words, but not in a command that is to be pasted. */
export function wrap(text: string, width: number): string[] {
  if (Bun.stringWidth(text) <= width) return [text];
  const at = text.indexOf(TO_PASTE);
  if (at !== -1) {
    const command = at + TO_PASTE.length;
    return [...wrap(text.slice(0, command - 1), width), text.slice(command)];
  }
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const fits = line === "" || Bun.stringWidth(`${line} ${word}`) <= width;
    if (!fits) lines.push(line);
    line = fits && line !== "" ? `${line} ${word}` : word;
  }
  return [...lines, line];
}
