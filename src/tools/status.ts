/** What a person wants to know of a tool before anybody calls it: would it run here, as what, and if not, why not. */

import type { Argument } from "../arguments/model.ts";
import { resolveValues } from "../arguments/resolve-values.ts";
import { isList } from "../arguments/value.ts";
import type { Context } from "../context.ts";
import { RunspecError } from "../errors.ts";
import { loginShellOf } from "../files/accounts.ts";
import { quoteCommand } from "../process/quote.ts";
import type { ServeContext } from "../spec/model.ts";
import { visible } from "../text.ts";
import { carriesVariables, describeCarried, explainMissing } from "./become-env.ts";
import { serveContext, type Tool } from "./catalog.ts";
import { describeTool } from "./descriptor.ts";
import { explainLocated, type Located } from "./locate.ts";
import { planCall } from "./plan.ts";

export interface Status {
  kind: "callable" | "not callable" | "not offered";
  /** The command line, or the reason. */
  detail: string;
  /** Its executable was looked for on PATH in vain. */
  searchedPath: boolean;
}

/** Where a tool is looked at. */
export interface Here {
  hostname: string;
  context: ServeContext;
}

export function hereOf({ hostname, env }: Context): Here {
  return { hostname: hostname(), context: serveContext(env) };
}

/** A tool that is not offered here need not be callable, so that is said first. */
export function statusOf(tool: Tool, here: Here): Status {
  const { runnable, hidden, user, becomes } = tool;
  if (hidden === "hosts") {
    return notOffered(`hosts: ${runnable.hosts?.join(", ") || "none"}; this is ${here.hostname}`);
  }
  if (hidden === "serve") {
    return notOffered(`serve: ${runnable.serve.join(", ") || "false"}; this is ${here.context}`);
  }
  const located = tool.locate();
  if (located.kind === "found" && user.kind !== "refused") {
    const missing = becomes === undefined ? undefined : explainMissing(runnable, located.argv, becomes);
    if (missing !== undefined) {
      // The ways out have no place in a column; `--runnable` tells them.
      return { kind: "not callable", detail: missing.split("\n")[0] ?? "", searchedPath: false };
    }
    const detail = `${quoteCommand(located.argv.map(visible))}${describeUser(tool)}`;
    return { kind: "callable", detail, searchedPath: false };
  }
  const reasons = [explainBriefly(located), user.kind === "refused" ? user.reason : undefined];
  return {
    kind: "not callable",
    detail: reasons.filter((reason) => reason !== undefined).join("; "),
    searchedPath: located.kind === "missing" && located.lookedIn.length > located.beside.length,
  };
}

/** As which user, by which method and entry, and with which variables. */
function describeUser({ runnable, user, becomes }: Tool): string {
  if (user.kind !== "user") return "";
  if (becomes === undefined) return `, as ${user.user} (${user.why}), which runspec is already`;
  return `, as ${becomes} via ${runnable.becomeMethod} (${user.why}), ${describeCarried(runnable)}`;
}

/** How to fix a program that is refused does not fit into a column; the issues say it. */
function explainBriefly(located: Located): string | undefined {
  return located.kind === "refused" ? `${located.path} is refused (see the issues)` : explainLocated(located);
}

function notOffered(detail: string): Status {
  return { kind: "not offered", detail, searchedPath: false };
}

/** The same for programs, as `local --format json` prints it. */
export function describeStatus(tool: Tool, here: Here) {
  const { runnable, hidden, user, becomes } = tool;
  const { name, file, description, autonomy, autonomyReason, output } = runnable;
  const { kind, detail } = statusOf(tool, here);
  const located = tool.locate();
  return {
    ...{ name, file, description, autonomy, autonomyReason, output },
    offered: hidden === undefined,
    hiddenBy: hidden,
    callable: located.kind === "found" && user.kind !== "refused",
    status: kind,
    reason: kind === "callable" ? undefined : detail,
    executable: located,
    runAs: user,
    becomeMethod: user.kind === "user" ? runnable.becomeMethod : undefined,
    becomes,
    carriesVariables: becomes === undefined ? undefined : carriesVariables(runnable),
    inputSchema: describeTool(tool).inputSchema,
  };
}

export type Preview =
  /** `line` is the same for people: one command line, as a shell would read it. `placeholders` stand for what a caller gives. */
  { argv: string[]; line: string; placeholders: string[] } | { reasons: string[] };

/**
 * The argv that `serve` would start for a call of `tool` that gives no more than it must, secrets masked, `<name>` for each
 * value that only a caller can give; or why it would start nothing. `env` is what a child inherits.
 */
export function previewCall(tool: Tool, env: Readonly<Record<string, string>>): Preview {
  const { runnable, preset, envFile, user } = tool;
  const required = runnable.args.filter((argument) => argument.required && !preset.has(argument.name));
  const lastPlace = Math.max(0, ...required.map(({ position }) => position ?? 0));
  const missing = runnable.args.filter(
    (argument) => required.includes(argument) || (argument.position ?? lastPlace) < lastPlace,
  );
  const given = new Map(missing.map((argument) => [argument.name, placeholder(argument)]));
  const { values, problems } = resolveValues({ runnable, given, env, envFile });
  const located = tool.locate();
  const reasons = [...problems.values()];
  if (tool.hidden !== undefined) reasons.push(HIDDEN[tool.hidden]);
  if (user.kind === "refused") reasons.push(user.reason);
  if (located.kind !== "found") reasons.push(explainLocated(located) ?? "");
  if (located.kind === "found" && tool.becomes !== undefined) {
    const missing = explainMissing(runnable, located.argv, tool.becomes);
    if (missing !== undefined) reasons.push(...missing.split("\n"));
  }
  if (located.kind !== "found" || reasons.length > 0) return { reasons };
  try {
    const { shown } = planCall({
      loginShellOf,
      ...tool,
      executable: located.argv,
      ...{ given, values, env, agent: true },
      placeholders: new Set(given.keys()),
    });
    return { argv: shown, line: quoteCommand(shown), placeholders: [...given.keys()] };
  } catch (error) {
    if (!(error instanceof RunspecError)) throw error;
    return { reasons: [error.message] };
  }
}

const HIDDEN: Record<NonNullable<Tool["hidden"]>, string> = {
  hosts: "its hosts do not name this one",
  serve: "its serve does not name this context",
};

function placeholder(argument: Argument): string | string[] {
  const text = `<${argument.name}>`;
  return isList(argument) ? [text] : text;
}
