/** This machine's own files: what they declare, what is wrong with them, and what their jump hosts do besides reaching a host. */

import type { Context } from "../context.ts";
import { handledElsewhere } from "../errors.ts";
import { remarksOnHosts } from "../hosts/host-issues.ts";
import type { Issue } from "../spec/model.ts";
import { errorsIn, issueText, seeLocal } from "../spec/toml/issues.ts";
import { counted, visible } from "../text.ts";
import type { LocalTools } from "../tools/local-tools.ts";
import { statusOf } from "../tools/status.ts";
import { type Examination, type Finding, fail, NOTHING, ok, warned } from "./examination.ts";

/** An error that `local` throws is the first check's failure; `alias`: the only jump host to look at. */
export async function examineFiles(
  check: Examination,
  local: () => LocalTools,
  alias: string | undefined,
  context: Context,
): Promise<void> {
  const read = Promise.try(local);
  await check("config", NOTHING, async () => checkConfig(context, await read));
  const found = await read.catch(handledElsewhere);
  const hosts = found && hostsCheck(found, alias);
  if (hosts !== undefined) await check("jump-hosts", NOTHING, () => hosts);
}

function hostsCheck({ found, files }: LocalTools, alias: string | undefined): Finding<undefined> | undefined {
  const remarks = remarksOnHosts(found, files).filter((one) => alias === undefined || one.alias === alias);
  if (remarks.length === 0) return undefined;
  const lines = remarks.map(({ alias: host, text }) => `${visible(host)}: ${text}`);
  const [summary, details] = [lines.join("; "), { hosts: lines }];
  if (remarks.every(({ isSuspect }) => !isSuspect)) return ok(undefined, summary, details);
  const remedy = `not your own file: read it before you jump; ${seeLocal(found)}`;
  return warned(undefined, summary, remedy, details);
}

function checkConfig(context: Context, local: LocalTools): Finding<undefined> {
  const { found, tools, files, issues } = local;
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
  const hosts = files.reduce((sum, { config }) => sum + config.jumpHosts.length, 0);
  const summary = `${counted(tools.length, "tool")} and ${counted(hosts, "jump host")} in ${paths.join(", ")}`;
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
