import type { Issue } from "../model.ts";
import type { Keys, Path } from "./key-map.ts";

/** Something found wrong with a file, before it is known how the file writes its keys. */
export interface Finding {
  severity: Issue["severity"];
  path: Path;
  message: string;
  /** See {@link Issue}. */
  fatal?: true;
}

export function error(findings: Finding[], path: Path, message: string): void {
  findings.push({ severity: "error", path, message });
}

/** An error that no file is left out for: it stops everything. */
export function fatal(findings: Finding[], path: Path, message: string): void {
  findings.push({ severity: "error", path, message, fatal: true });
}

export function warning(findings: Finding[], path: Path, message: string): void {
  findings.push({ severity: "warning", path, message });
}

/**
 * The findings as issues, in file order, each with its key as written. The key map is only made when there is something
 * to tell.
 */
export function toIssues(findings: readonly Finding[], file: string, keys: () => Keys): Issue[] {
  if (findings.length === 0) return [];
  const map = keys();
  return findings
    .map((finding) => ({ finding, offset: map.offset(finding.path) }))
    .sort((a, b) => a.offset - b.offset)
    .map(({ finding }) => toIssue(finding, file, map));
}

/** A key inside a list has no written form of its own: the list is the key, the item is said in the message. */
function toIssue({ path, ...finding }: Finding, file: string, map: Keys): Issue {
  const { message } = finding;
  const line = map.line(path);
  const index = path.findIndex((part) => typeof part === "number");
  if (index === -1) return { ...finding, file, line, key: map.asWritten(path) };
  const inside = path.slice(index + 1);
  const item = `item ${Number(path[index]) + 1}${inside.length === 0 ? "" : `, ${inside.join(".")}`}`;
  return { ...finding, file, line, key: map.asWritten(path.slice(0, index)), message: `${item}: ${message}` };
}
