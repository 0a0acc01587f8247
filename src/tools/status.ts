/** What a person wants to know of a tool before anybody calls it: would it run here, as what, and if not, why not. */

import type { Argument, Value } from "../arguments/model.ts";
import { resolveValues } from "../arguments/resolve-values.ts";
import { isList } from "../arguments/value.ts";
import { becomeArgv } from "../become/argv.ts";
import type { Context } from "../context.ts";
import { problemOf } from "../errors.ts";
import { loginShellOf } from "../files/accounts.ts";
import { quoteCommand } from "../process/quote.ts";
import { carriesVariables } from "../spec/passing.ts";
import { describeCarried, explainMissing, whyNoBecome } from "./become-env.ts";
import { serveContext, type Tool } from "./catalog.ts";
import { describeTool } from "./descriptor.ts";
import type { Located } from "./locate.ts";
import { prepareCall } from "./prepare.ts";

export interface Status {
  kind: "callable" | "not callable" | "not offered";
  /** The command line, or the reason. */
  detail: string;
}

type Here = Pick<Context, "hostname" | "env">;

/** A tool that is not offered here need not be callable, so that is said first. */
export function statusOf(tool: Tool, { hostname, env }: Here): Status {
  const { hidden } = tool;
  const notOffered = (detail: string) => ({ kind: "not offered" as const, detail });
  if (hidden === "hosts")
    return notOffered(`hosts: ${tool.hosts?.join(", ") || "none"}; this is ${hostname()}`);
  if (hidden === "serve")
    return notOffered(`serve: ${tool.serve.join(", ") || "false"}; this is ${serveContext(env)}`);
  const located = tool.locate();
  const obstacle = obstacleTo(tool, located, env);
  if (obstacle !== undefined) return { kind: "not callable", detail: obstacle };
  const argv = located.kind === "found" ? located.argv : [];
  return { kind: "callable", detail: `${quoteCommand(argv)}${describeUser(tool)}` };
}

/** Why it could not be run, in few words, whether it is offered or not; undefined: it could. `--runnable` tells the ways out. */
function obstacleTo(tool: Tool, located: Located, env: Here["env"]): string | undefined {
  const { user, becomes, becomeMethod, becomeFlags: flags } = tool;
  const shells = { login: (whose = becomes ?? "") => loginShellOf(whose), own: env.SHELL };
  const becoming = { method: becomeMethod, user: becomes ?? "", flags, env: new Map(), shells };
  const reasons = [
    located.kind === "refused" ? `${located.path} is refused (see the issues)` : undefined,
    located.kind === "found" || located.kind === "refused" ? undefined : located.reason,
    user.kind === "refused" ? user.reason : undefined,
    whyNoBecome(tool, env.PATH)?.split("\n", 1)[0],
    located.kind === "found" && becomes !== undefined
      ? (explainMissing(tool, located.argv, becomes)?.split("\n", 1)[0] ??
        problemOf(() => becomeArgv({ ...becoming, command: located.argv })))
      : undefined,
  ];
  return reasons.filter((reason) => reason !== undefined).join("; ") || undefined;
}

/** Says as which user the tool runs, by which method and entry, and with which variables. */
function describeUser(tool: Tool): string {
  const { user, becomes } = tool;
  if (user.kind !== "user") return "";
  if (becomes === undefined) return `, as ${user.user} (${user.why}), which runspec is already`;
  return `, as ${becomes} via ${tool.becomeMethod} (${user.why}), ${describeCarried(tool)}`;
}

/** The status for programs, as `local --format json` prints it. */
export function describeStatus(tool: Tool, here: Here) {
  const { name, file, description, autonomy, autonomyReason, output, hidden, user, becomes } = tool;
  const declared = { name, file, description, autonomy, autonomyReason, output };
  const { kind, detail } = statusOf(tool, here);
  const located = tool.locate();
  return {
    ...declared,
    offered: hidden === undefined,
    hiddenBy: hidden,
    callable: obstacleTo(tool, located, here.env) === undefined,
    status: kind,
    reason: kind === "callable" ? undefined : detail,
    executable: located,
    runAs: user,
    becomeMethod: user.kind === "user" ? tool.becomeMethod : undefined,
    becomes,
    carriesVariables: becomes === undefined ? undefined : carriesVariables(tool),
    inputSchema: describeTool(tool).inputSchema,
  };
}

export type Preview =
  /** `line` is the same for people: one command line, as a shell would read it. `placeholders` stand for what a caller gives, `variables` are those of the `.runspec_env`. */
  { argv: string[]; line: string; placeholders: string[]; variables: string[] } | { reasons: string[] };

/** What `serve` would start for a person's call that gives no more than it must, secrets masked, `<name>` for what a caller gives; or why not. */
export function previewCall(tool: Tool, context: Context): Preview {
  const { env, hostname } = context;
  const { name, args, serve, preset, fileValues, hidden } = tool;
  const required = args.filter((argument) => argument.required && !preset.has(argument.name));
  const lastPlace = Math.max(0, ...required.map(({ position }) => position ?? 0));
  const missing = args.filter(
    (argument) => required.includes(argument) || (argument.position ?? lastPlace) < lastPlace,
  );
  const given = new Map(missing.map((argument) => [argument.name, placeholder(argument)]));
  const { values, problems } = resolveValues(tool, given, env, fileValues);
  const call = { tool, env, hostname, agent: true, human: true, check: true };
  const rest = { missingSecrets: [], notes: [], help: false };
  const input = { given, values, problems: [...problems.values()], ...rest };
  const prepared = prepareCall({ ...call, placeholders: new Set(given.keys()) }, input);
  const elsewhere =
    hidden === "serve" ? [`${name} is not offered here; its serve is ${serve.join(", ") || "false"}`] : [];
  const reasons = prepared.kind === "refused" ? prepared.reasons.flatMap((reason) => reason.split("\n")) : [];
  if (prepared.kind === "refused" || elsewhere.length > 0) return { reasons: [...elsewhere, ...reasons] };
  const { shown, become, env: handed } = prepared.plan;
  // LD_PRELOAD or BASH_ENV there changes what any command does.
  const isHanded = (one: string) => become === undefined && handed[one] === fileValues.get(one);
  const placeholders = [...given].flatMap(([one, value]) => (value === true ? [] : one));
  const variables = [...fileValues.keys()].filter(isHanded);
  return { argv: shown, line: quoteCommand(shown), placeholders, variables };
}

function placeholder(argument: Argument): Value {
  if (argument.type === "flag") return true;
  return isList(argument) ? [`<${argument.name}>`] : `<${argument.name}>`;
}
