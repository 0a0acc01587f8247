/** What this machine offers and what is wrong with it, as people read it. */

import { dirname, join, sep } from "node:path";
import type { Issue, Runnable } from "../spec/model.ts";
import { errorsIn, renderIssue } from "../spec/toml/issues.ts";
import { counted, listUpTo, visible } from "../text.ts";
import type { LocalTools } from "../tools/local-tools.ts";
import type { Preview, Status } from "../tools/status.ts";
import { columns, type Style, wrap } from "./layout.ts";

/** What the further lines of a sentence begin with. */
const ISSUE_INDENT = "    ";

interface LocalRow {
  tool: Runnable;
  status: Status;
}

interface Surroundings {
  /** Where files are looked for, to say so when there is none. */
  places: readonly string[];
  /** The files were named to be checked, wherever they lie. */
  named: boolean;
}

/** Tools grouped by file, then the issues, then how many there are of each. */
export function renderLocal(
  { found, files, issues }: Pick<LocalTools, "found" | "files" | "issues">,
  rows: readonly LocalRow[],
  { places, named }: Surroundings,
  { width, heading }: Style,
): string {
  const declared = new Set(found.map((file) => file.path));
  // Scripts that carry their own spec are files of one tool each, and stand together under their directory.
  const groupOf = (file: string): string => (declared.has(file) ? file : join(dirname(file), sep));
  const groups = [...new Set(files.map((file) => groupOf(file.path)))];
  const byGroup = Map.groupBy(rows, ({ tool }) => groupOf(tool.file));
  const broken = new Set(errorsIn(issues).map(({ file }) => groupOf(file)));
  const looked = places.map((place) => `  ${visible(place)}\n`).join("");
  const consequence =
    broken.size === 0 || named ? "" : "; serve and run do not start until the errors are fixed";
  return [
    ...groups.map(
      (group) => heading(visible(group)) + groupText(byGroup.get(group) ?? [], broken.has(group), width),
    ),
    ...(groups.length === 0
      ? [`No runspec.toml was found. Looked for:\n${looked}runspec init writes one.\n`]
      : []),
    ...(issues.length === 0 ? [] : [`${heading("Issues:")}\n${issueLines(issues, width)}`]),
    `${countTools(rows)}\n${countIssues(issues)}${consequence}\n`,
  ].join("\n");
}

function groupText(rows: readonly LocalRow[], broken: boolean, width: number): string {
  const cells = rows.map(({ tool: { name, autonomy }, status: { kind, detail } }) =>
    [name, autonomy, kind, detail].map(visible),
  );
  const table = cells.length === 0 ? "" : `\n${columns(cells, width)}`;
  const note = broken ? "\n  (what has an error is left out, see below)" : "";
  return `${table || note ? table + note : "\n  (no tools)"}\n`;
}

/** Only the first line of an issue is a sentence; a piece of the file below it stays as it is. */
function issueLines(issues: readonly Issue[], width: number): string {
  const shown = issues.flatMap((issue) => {
    const [sentence = "", ...block] = renderIssue(issue).split("\n");
    const [head, ...more] = wrap(sentence, width - ISSUE_INDENT.length);
    return [
      `  ${head}`,
      ...more.map((line) => `${ISSUE_INDENT}${line}`),
      ...block.map((line) => `  ${line}`),
    ];
  });
  return shown.map((line) => `${line}\n`).join("");
}

/** `9 tools: 4 callable, 3 not callable, 2 not offered here`. */
function countTools(rows: readonly LocalRow[]): string {
  const kinds = (["callable", "not callable", "not offered"] as const).flatMap((kind) => {
    const count = rows.filter(({ status }) => status.kind === kind).length;
    return count === 0 ? [] : `${count} ${kind}${kind === "not offered" ? " here" : ""}`;
  });
  return [counted(rows.length, "tool"), ...(kinds.length === 0 ? [] : [kinds.join(", ")])].join(": ");
}

/** `2 errors, 1 warning`; or that the files have none: what is not callable may lack its program. */
function countIssues(issues: readonly Issue[]): string {
  const counts = (["error", "warning", "note"] as const).flatMap((severity) => {
    const count = issues.filter((issue) => issue.severity === severity).length;
    return count === 0 ? [] : counted(count, severity);
  });
  return counts.length === 0 ? "no issues in the files" : counts.join(", ");
}

/** What a call would run, in one line that is not broken, so that it can be copied; or the reasons why there is none. */
export function renderPreview(preview: Preview): string {
  if ("reasons" in preview) {
    const reasons = preview.reasons.map((reason) => `  ${visible(reason)}\n`).join("");
    return `serve would run nothing here:\n${reasons}`;
  }
  const { line, placeholders, variables } = preview;
  const also =
    variables.length === 0 ? "" : `  its .runspec_env hands it ${listUpTo(20, variables, visible)}\n`;
  const standing = placeholders.length === 0 ? "" : ", with <…> for what the caller gives";
  return `serve would run here${standing}:\n  ${visible(line)}\n${also}`;
}
