/** `runspec doctor`: what is in order, what is not, and how to fix it. */

import { CONFIG, type Command, formatOption, type ParsedArgs, textArg } from "../cli/options.ts";
import { type Context, printJson } from "../context.ts";
import type { Check, Outcome } from "../doctor/check.ts";
import { examine } from "../doctor/examine.ts";
import { EXIT } from "../errors.ts";
import { remarksOnHosts } from "../hosts/host-issues.ts";
import { patience } from "../hosts/patience.ts";
import { childEnvironment } from "../process/env.ts";
import { listenForStop } from "../process/signals.ts";
import type { Issue } from "../spec/model.ts";
import { renderIssue, warn } from "../spec/toml/issues.ts";
import { visible } from "../text.ts";
import { serveContext } from "../tools/catalog.ts";
import { LOOK_CLOSELY, type LocalTools, readLocalTools } from "../tools/local-tools.ts";
import { statusOf } from "../tools/status.ts";
import { renderCheck, renderVerdict, skippedTogether } from "../ui/doctor.ts";
import { MANY_OPTIONS, namesMany, refuseManyOptions } from "./jump/many-options.ts";

export const command: Command = {
  definition: {
    meta: {
      description:
        "Check what runspec needs, here and on the way to a host: a line a check, and what fixes what is wrong.",
    },
    args: {
      alias: {
        type: "positional",
        required: false,
        description:
          "A jump host of runspec.toml, user@host, or a list as of jump; without it, only this machine is looked at",
      },
      ...formatOption(["text", "json"]),
      except: MANY_OPTIONS.except,
      "hosts-from": { ...MANY_OPTIONS["hosts-from"], description: "The hosts, one a line (- for stdin)" },
      parallel: MANY_OPTIONS.parallel,
      bin: { type: "string", valueHint: "PATH", description: "The runspec on the remote, for this call" },
      ...CONFIG,
    },
  },
  examples: [
    ["runspec doctor", "configuration, ssh, agent and keys"],
    ["runspec doctor prod-app", "and every step of the way to that host"],
    ["runspec doctor @web", "a line for each host of a group"],
    ["runspec doctor prod-app --format json", "for programs; exit code 1 where a check fails"],
  ],
  run,
};

/** No step takes longer. RUNSPEC_HANDSHAKE_TIMEOUT may shorten that. */
const LONGEST_STEP_SECONDS = 10;

async function run(args: ParsedArgs, context: Context): Promise<number> {
  if (namesMany(args)) {
    const { doctorMany } = await import("./doctor-many.ts");
    return doctorMany(args, context);
  }
  refuseManyOptions(args);
  const alias = textArg(args, "alias");
  const explicit = textArg(args, "config");
  const asJson = args.format === "json";
  const { NO_COLOR, TERM } = context.env;
  const colour = context.stdout.isTerminal() && (NO_COLOR ?? "") === "" && TERM !== "dumb";
  const { seconds, issue } = patience(context.env, LONGEST_STEP_SECONDS);
  if (issue !== undefined) warn(context, issue);
  const checks: Check[] = [];
  let read: Promise<LocalTools> | undefined;
  const local = () => {
    read ??= readLocalTools(context, explicit, LOOK_CLOSELY);
    return read;
  };
  // What is skipped for one reason is told in one line.
  let held: Check[] = [];
  const width = context.stdout.isTerminal() ? context.stdout.columns() : undefined;
  async function showHeld(): Promise<void> {
    const shown = skippedTogether(held);
    held = [];
    if (asJson) return;
    for (const check of shown) await context.stdout.write(renderCheck(check, colour, width));
  }
  const { signal, stopListening } = listenForStop(context.onSignals);
  try {
    await examine({
      alias,
      bin: textArg(args, "bin"),
      where: { ...context, explicit },
      version: context.version,
      uid: context.uid,
      env: childEnvironment(context.env),
      limitMs: Math.min(seconds, LONGEST_STEP_SECONDS) * 1000,
      signal,
      checkConfig: async () => checkConfig(context, await local()),
      // What cannot be read has been told by the check before.
      checkHosts: () =>
        local().then(
          (found) => checkHosts(found, alias),
          () => undefined,
        ),
      async tell(check) {
        checks.push(check);
        held.push(check);
        if (check.status !== "skipped") await showHeld();
      },
    });
    await showHeld();
  } finally {
    stopListening();
  }
  const ok = checks.every(({ status }) => status !== "fail");
  if (asJson) await printJson(context, { version: context.version, alias: alias ?? null, ok, checks });
  else await context.stdout.write(renderVerdict(checks));
  return ok ? EXIT.OK : EXIT.FOUND_ERRORS;
}

/** All of them, or the one in question. */
function checkHosts({ found, files }: LocalTools, alias: string | undefined): Outcome<undefined> | undefined {
  const remarks = remarksOnHosts(found, files).filter(
    (remark) => alias === undefined || remark.alias === alias,
  );
  if (remarks.length === 0) return undefined;
  const lines = remarks.map(({ alias: host, text }) => `${visible(host)}: ${text}`);
  const told = { summary: lines.join("; "), details: { hosts: lines }, value: undefined };
  return remarks.every(({ isDoubtful }) => !isDoubtful)
    ? { status: "ok", ...told }
    : {
        status: "warn",
        remedy: "not your own file: read it before you jump; runspec local shows the lines",
        ...told,
      };
}

function checkConfig(context: Context, local: LocalTools): Outcome<undefined> {
  const { found, tools, files, issues } = local;
  const paths = found.map(({ path }) => visible(path));
  const details = { files: paths, tools: tools.length };
  if (found.length === 0) {
    return {
      status: "warn",
      summary: "no runspec.toml was found: there are no tools and no jump hosts",
      remedy: "runspec init writes one",
      details,
      value: undefined,
    };
  }
  const [error, ...moreErrors] = bySeverity(issues, "error");
  if (error !== undefined) {
    return { status: "fail", summary: issueLine(error, moreErrors.length), remedy: SEE_LOCAL, details };
  }
  const here = { hostname: context.hostname(), context: serveContext(context.env) };
  const uncallable = tools.filter((tool) => statusOf(tool, here).kind === "not callable");
  const [warning, ...moreWarnings] = bySeverity(issues, "warning");
  const hosts = files.reduce((sum, { config }) => sum + config.jumpHosts.length, 0);
  const summary = `${count(tools.length, "tool")} and ${count(hosts, "jump host")} in ${paths.join(", ")}`;
  // Why a program is refused is said by its warning, the first.
  if (uncallable.length > 0 && !uncallable.some((tool) => tool.locate().kind === "refused")) {
    const names = uncallable.map(({ runnable }) => visible(runnable.name)).join(", ");
    return {
      status: "warn",
      summary: `${summary}; not callable: ${names}`,
      remedy: SEE_LOCAL,
      details,
      value: undefined,
    };
  }
  if (warning !== undefined) {
    const line = issueLine(warning, moreWarnings.length);
    return { status: "warn", summary: line, remedy: SEE_LOCAL, details, value: undefined };
  }
  return { status: "ok", summary, details, value: undefined };
}

const SEE_LOCAL = "runspec local shows everything that is wrong";

function bySeverity(issues: readonly Issue[], severity: Issue["severity"]): Issue[] {
  return issues.filter((issue) => issue.severity === severity);
}

/** The first of several; a caret block below it has no place in one line. */
function issueLine(issue: Issue, more: number): string {
  const [line = ""] = renderIssue(issue)
    .replace(/^\w+: /, "")
    .split("\n");
  return more === 0 ? visible(line) : `${visible(line)} (and ${more} more)`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
