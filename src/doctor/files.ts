/** This machine's own files: what they declare, what is wrong with them, and what their jump hosts do besides reaching a host. */

import type { Context } from "../context.ts";
import { handledElsewhere } from "../errors.ts";
import { listConfigured } from "../hosts/destination.ts";
import type { Found } from "../spec/discover/find.ts";
import type { Issue } from "../spec/model.ts";
import { hostHeader } from "../spec/toml/edit.ts";
import { errorsIn, issueText, seeLocal } from "../spec/toml/issues.ts";
import { counted, visible } from "../text.ts";
import type { LocalTools } from "../tools/local-tools.ts";
import { statusOf } from "../tools/status.ts";
import { type Examination, type Finding, fail, NOTHING, ok, warned } from "./examination.ts";

/** An error that `local` throws is the first check's failure; `alias`: the only jump host that the second one looks at. */
export async function examineFiles(
  check: Examination,
  local: () => LocalTools,
  alias: string | undefined,
  context: Context,
): Promise<void> {
  const header = alias === undefined ? "[config.jump-" : hostHeader(alias);
  const isOfHosts = ({ severity, key = "" }: Issue) => severity !== "error" && key.startsWith(header);
  const read = Promise.try(local);
  await check("config", NOTHING, async () => {
    const { issues, ...rest } = await read;
    return checkConfig(context, { ...rest, issues: issues.filter((issue) => !isOfHosts(issue)) });
  });
  const { found = [], issues = [] } = (await read.catch(handledElsewhere)) ?? {};
  const ofHosts = issues.filter(isOfHosts);
  if (ofHosts.length > 0) await check("jump-hosts", NOTHING, () => checkJumpHosts(ofHosts, found));
}

/** What is a note is in the user's own file, or mostly harmless. */
function checkJumpHosts(issues: readonly Issue[], found: readonly Found[]): Finding<undefined> {
  const lines = issues.map(issueText);
  const summary = lines.join("; ");
  const details = { hosts: lines };
  if (issues.every(({ severity }) => severity === "note")) return ok(undefined, summary, details);
  return warned(undefined, summary, seeLocal(found), details);
}

function checkConfig(context: Context, { found, tools, issues }: LocalTools): Finding<undefined> {
  const paths = found.map(({ path }) => visible(path));
  const details = { files: paths, tools: tools.length };
  if (found.length === 0) {
    const summary = "no runspec.toml was found: there are no tools and no jump hosts";
    return warned(undefined, summary, "runspec init writes one", details);
  }
  const [error, ...moreErrors] = errorsIn(issues);
  if (error !== undefined) return fail(issueLine(error, moreErrors.length), seeLocal(found), details);
  const uncallable = tools.filter((tool) => statusOf(tool, context).kind === "not callable");
  const [warning, ...moreWarnings] = issues.filter(({ severity }) => severity === "warning");
  const { hosts } = listConfigured(context);
  const summary = `${counted(tools.length, "tool")} and ${counted(hosts.length, "jump host")} in ${paths.join(", ")}`;
  // A program that is refused has a warning, the first, that says why.
  if (uncallable.length > 0 && !uncallable.some((tool) => tool.locate().kind === "refused")) {
    const names = uncallable.map(({ name }) => visible(name)).join(", ");
    return warned(undefined, `${summary}; not callable: ${names}`, seeLocal(found), details);
  }
  if (warning !== undefined)
    return warned(undefined, issueLine(warning, moreWarnings.length), seeLocal(found), details);
  return ok(undefined, summary, details);
}

/** The first of several, without the caret block below it. */
function issueLine(issue: Issue, more: number): string {
  const [line = ""] = issueText(issue).split("\n", 1);
  return more === 0 ? line : `${line} (and ${more} more)`;
}
