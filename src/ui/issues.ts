/** Issues of runspec.toml files, as lines. */

import type { Issue } from "../spec/model.ts";

/** `FILE: [key]: message`; the message may be several lines (a caret block), which are indented. */
export function renderIssue({ severity, file, key, message }: Issue): string {
  const where = key === undefined ? file : `${file}: ${key}`;
  return `${severity}: ${where}: ${message.replaceAll("\n", "\n  ")}`;
}

export function renderIssues(issues: readonly Issue[]): string {
  return issues.map(renderIssue).join("\n");
}
