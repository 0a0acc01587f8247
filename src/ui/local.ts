/** What this machine offers and what is wrong with it, as people read it. */

import type { Issue } from "../spec/model.ts";
import { renderIssue } from "../spec/toml/issues.ts";
import { counted, visible } from "../text.ts";
import type { Preview, Status } from "../tools/status.ts";
import type { Style } from "./layout.ts";
import { columns, wrap } from "./layout.ts";

/** What the further lines of a sentence begin with. */
const ISSUE_INDENT = "    ";

export interface LocalRow {
  name: string;
  autonomy: string;
  /** The heading it stands under. */
  group: string;
  status: Status;
}

export interface LocalPicture {
  /** The headings, first to last: files, and directories of scripts. */
  groups: readonly string[];
  /** Those with an error in them. */
  broken: ReadonlySet<string>;
  rows: readonly LocalRow[];
  issues: readonly Issue[];
  /** Where files are looked for, to say so when there is none. */
  places: readonly string[];
  /** They were named to be checked, wherever they lie. */
  named: boolean;
  /** PATH, when an executable was looked for on it in vain. */
  path?: string;
}

/** Tools grouped by file, then the issues, then how many there are of each. */
export function renderLocal(picture: LocalPicture, { width, heading }: Style): string {
  const { groups, broken, rows, issues, places, path, named } = picture;
  const byGroup = Map.groupBy(rows, ({ group }) => group);
  const consequence =
    broken.size === 0 || named ? "" : "; serve and run do not start until the errors are fixed";
  return [
    ...groups.map((group) =>
      [heading(visible(group)), ...groupLines(byGroup.get(group) ?? [], broken.has(group), width), ""].join(
        "\n",
      ),
    ),
    ...(groups.length === 0 ? [renderNothing(places)] : []),
    ...(path === undefined ? [] : [`PATH is ${path === "" ? "empty" : visible(path)}\n`]),
    ...(issues.length === 0 ? [] : [`${heading("Issues:")}\n${issueLines(issues, width)}`]),
    `${countTools(rows)}\n${countIssues(issues)}${consequence}\n`,
  ].join("\n");
}

function groupLines(rows: readonly LocalRow[], broken: boolean, width: number): string[] {
  const cells = rows.map(({ name, autonomy, status: { kind, detail } }) => [
    visible(name),
    autonomy,
    kind,
    visible(detail),
  ]);
  return [
    ...(cells.length === 0 ? [] : [columns(cells, width)]),
    ...(cells.length === 0 && !broken ? ["  (no tools)"] : []),
    ...(broken ? ["  (what has an error is left out, see below)"] : []),
  ];
}

function renderNothing(places: readonly string[]): string {
  const looked = places.map((place) => `  ${visible(place)}\n`).join("");
  return `No runspec.toml was found. Looked for:\n${looked}runspec init writes one.\n`;
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
    return count === 0 ? [] : [`${count} ${kind}${kind === "not offered" ? " here" : ""}`];
  });
  const total = counted(rows.length, "tool");
  return kinds.length === 0 ? total : `${total}: ${kinds.join(", ")}`;
}

const SEVERITIES = ["error", "warning", "note"] as const;

/** `2 errors, 1 warning`; `no issues`. */
function countIssues(issues: readonly Issue[]): string {
  const counts = SEVERITIES.flatMap((severity) => {
    const count = issues.filter((issue) => issue.severity === severity).length;
    return count === 0 ? [] : [counted(count, severity)];
  });
  return counts.length === 0 ? "no issues" : counts.join(", ");
}

/** What a call would run, in one line that is not broken, so that it can be copied; or the reasons why there is none. */
export function renderPreview(preview: Preview): string {
  if ("reasons" in preview) {
    const reasons = preview.reasons.map((reason) => `  ${visible(reason)}\n`).join("");
    return `serve would run nothing here:\n${reasons}`;
  }
  const { line, placeholders } = preview;
  const standing = placeholders.length === 0 ? "" : ", with <…> for what the caller gives";
  return `serve would run here${standing}:\n  ${visible(line)}\n`;
}
