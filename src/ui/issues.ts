/** Issues of runspec.toml files, as lines. */

import type { Issue } from "../spec/model.ts";
import { visible } from "../text.ts";

/** `error: FILE:LINE: [key]: message`; the message may be several lines (a caret block), which are indented. */
export function renderIssue({ severity, file, line, key, message }: Issue): string {
  const place = line === undefined ? visible(file) : `${visible(file)}:${line}`;
  const what = message.split("\n").map(visible).join("\n  ");
  return `${severity}: ${place}: ${key === undefined ? "" : `${visible(key)}: `}${what}`;
}

export function renderIssues(issues: readonly Issue[]): string {
  return issues.map(renderIssue).join("\n");
}

const SEVERITIES = ["error", "warning", "note"] as const;

/** `2 errors, 1 warning`; `no issues`. */
export function countIssues(issues: readonly Issue[]): string {
  const counts = SEVERITIES.flatMap((severity) => {
    const count = issues.filter((issue) => issue.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}${count === 1 ? "" : "s"}`];
  });
  return counts.length === 0 ? "no issues" : counts.join(", ");
}
