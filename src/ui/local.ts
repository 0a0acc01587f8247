/** What this machine offers and what is wrong with it, as people read it. */

import type { Issue } from "../spec/model.ts";
import { visible } from "../text.ts";
import { renderIssue } from "./issues.ts";
import { columns } from "./layout.ts";

export interface LocalRow {
  name: string;
  autonomy: string;
  file: string;
  /** Whether it would run, and what or why not. */
  state: string;
  /** As whom, where that is another user. */
  as?: string;
}

/** Tools grouped by file, then the issues, then their count. */
export function renderLocal(
  files: readonly string[],
  rows: readonly LocalRow[],
  issues: readonly Issue[],
  width: number,
): string {
  const blocks = files.map((file) => {
    const own = rows.filter((row) => row.file === file);
    const lines = own.map(({ name, autonomy, state, as }) => [
      visible(name),
      autonomy,
      visible(as === undefined ? state : `${state}, ${as}`),
    ]);
    return `${visible(file)}\n${lines.length === 0 ? "  (no tools)" : columns(lines, width)}\n`;
  });
  if (files.length === 0) blocks.push("No runspec.toml was found.\n  runspec init writes one.\n");
  const found =
    issues.length === 0
      ? ""
      : `Issues:\n${issues.map((issue) => `  ${renderIssue(issue).replaceAll("\n", "\n  ")}\n`).join("")}`;
  return [...blocks, ...(found === "" ? [] : [found]), `${countIssues(issues)}\n`].join("\n");
}

/** `2 errors, 1 warning`; `no issues`. */
export function countIssues(issues: readonly Issue[]): string {
  const counts = (["error", "warning", "note"] as const).flatMap((severity) => {
    const count = issues.filter((issue) => issue.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}${count === 1 ? "" : "s"}`];
  });
  return counts.length === 0 ? "no issues" : counts.join(", ");
}
