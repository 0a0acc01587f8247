/** Laying out text: columns, wrapping, headings. */

/** A cell that is wider than this stands out: the others are not moved over for it. */
const WIDEST = 100;

/** Rows as lines with aligned columns, two spaces apart; the last column is wrapped to `width` under its own start. */
export function columns(rows: readonly (readonly string[])[], width: number, indent = "  "): string {
  const count = rows.reduce((most, row) => Math.max(most, row.length), 0);
  const widths = Array.from({ length: count - 1 }, (_, i) =>
    Math.min(
      WIDEST,
      rows.reduce((most, row) => Math.max(most, (row[i] ?? "").length), 0),
    ),
  );
  const left = indent.length + widths.reduce((sum, w) => sum + w + 2, 0);
  return rows
    .map((row) => {
      const cells = widths.map((w, i) => (row[i] ?? "").padEnd(w));
      const last = wrap(row[count - 1] ?? "", Math.max(20, width - left)).join(`\n${" ".repeat(left)}`);
      return `${indent}${[...cells, last].join("  ")}`.trimEnd();
    })
    .join("\n");
}

/** `text` in lines of at most `width` characters, broken between words. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
