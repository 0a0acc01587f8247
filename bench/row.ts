/** One line of the record: what was compared with what, and what came out. */

export interface Row {
  what: string;
  /** What it is compared with. */
  against: string;
  ours: string;
  theirs: string;
  /** How we stand to it; for speeds higher is better, for times lower. */
  ratio: number;
  /** What design asks for, where it asks: at least (speeds) or at most (times). */
  floor?: { atLeast: number } | { atMost: number };
}

export function meets({ ratio, floor }: Row): boolean | undefined {
  if (floor === undefined) return undefined;
  return "atLeast" in floor ? ratio >= floor.atLeast : ratio <= floor.atMost;
}

/** As a table for people. */
export function renderRows(rows: readonly Row[]): string {
  const cells = [
    ["what", "ours", "against", "theirs", "ratio", "floor", ""],
    ...rows.map((row) => [
      row.what,
      row.ours,
      row.against,
      row.theirs,
      row.ratio.toFixed(2),
      floorText(row),
      { true: "ok", false: "MISSED", undefined: "" }[String(meets(row))] ?? "",
    ]),
  ];
  const widths = (cells[0] ?? []).map((_, i) => Math.max(...cells.map((line) => (line[i] ?? "").length)));
  return cells
    .map((line) => `| ${line.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`)
    .join("\n");
}

function floorText({ floor }: Row): string {
  if (floor === undefined) return "";
  return "atLeast" in floor ? `≥ ${floor.atLeast}` : `≤ ${floor.atMost}`;
}

export const ms = (value: number): string => `${value.toFixed(1)} ms`;
export const mibPerSecond = (bytes: number, milliseconds: number): string =>
  `${Math.round(bytes / 1024 / 1024 / (milliseconds / 1000))} MiB/s`;
