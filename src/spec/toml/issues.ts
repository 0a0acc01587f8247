/** What is wrong in files: how it is shown, and what helps. */

import { dirname, resolve } from "node:path";
import { type Context, tell } from "../../context.ts";
import { messageText, RunspecError } from "../../errors.ts";
import { quoteCommand } from "../../process/quote.ts";
import { visible, visibleLines } from "../../text.ts";
import type { Found } from "../discover/find.ts";
import type { Issue } from "../model.ts";

/** `file:line: key: what is wrong`, as compilers write it. Only the lines of a TOML syntax error are kept apart. */
export function issueText({ file, line, key, message }: Issue): string {
  const place = line === undefined ? visible(file) : `${visible(file)}:${line}`;
  const what = visibleLines(message);
  return key === undefined || key === "" ? `${place}: ${what}` : `${place}: ${visible(key)}: ${what}`;
}

/** `error: FILE:LINE: [key]: message`; a message of several lines (a caret block) is indented. */
export const renderIssue = (issue: Issue): string =>
  `${issue.severity}: ${issueText(issue).replaceAll("\n", "\n  ")}`;

export const renderIssues = (issues: readonly Issue[]): string => issues.map(renderIssue).join("\n");

/** Tells of something odd on stderr; nothing waits for that. */
export function warn(context: Pick<Context, "stderr">, issue: Issue): void {
  void tell(context, messageText(renderIssue(issue)));
}

/** The issues for which `serve` and `run` do not start. */
export const errorsIn = (issues: readonly Issue[]): Issue[] =>
  issues.filter(({ severity }) => severity === "error");

/** @throws RunspecError 125 with every error among the issues, if there is one. */
export function rejectErrors(issues: readonly Issue[], hint?: string): void {
  const errors = errorsIn(issues);
  if (errors.length > 0) throw new RunspecError(errors.map(issueText).join("\n"), { hint });
}

/** The advice to look with `local`, which has to be told of a file that was named. */
export function seeLocal(found: readonly Found[]): string {
  const named = found.flatMap(({ source, path }) => (source === "explicit" ? ["--config", path] : []));
  return `${quoteCommand(["runspec", "local", ...named])} shows everything that is wrong`;
}

/** What to do about errors. The nearest file may be one that somebody else has put above `cwd`: then also how to go on without it. */
export function hintFor(issues: readonly Issue[], found: readonly Found[], cwd: string): string {
  const see = seeLocal(found);
  const nearest = found.find(({ source }) => source === "nearest");
  if (nearest === undefined || !errorsIn(issues).some(({ file }) => file === nearest.path)) return see;
  const directory = dirname(nearest.via?.at(-1) ?? nearest.path);
  if (directory === resolve(cwd)) return see;
  return `${see}\nto go on without that file, name yours with --config, or work in a directory that is not below ${visible(directory)}`;
}
