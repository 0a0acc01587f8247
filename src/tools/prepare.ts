/** What a call would run, and all that speaks against it; nothing is started. */

import { isAbsolute } from "node:path";
import { fewOf } from "../arguments/describe.ts";
import { EXIT, RunspecError } from "../errors.ts";
import type { RefusedCall } from "../mcp/tool-host.ts";
import { explainMissing } from "./become-env.ts";
import { type Asked, type Asking, readAsked } from "./call-input.ts";
import { explainLocated } from "./locate.ts";
import { type Plan, planCall } from "./plan.ts";
import { refusal } from "./policy.ts";
import { secretsAmong } from "./secrets.ts";

export interface CallRequest extends Asking {
  /** A person asked for this call. */
  human: boolean;
  agent: boolean;
  /** Nothing will be run: all that speaks against it is wanted, not the first alone. */
  check?: boolean;
  hostname(): string;
}

/** What a call is refused for. */
export type Objection = "tool" | "words" | "hosts" | "autonomy" | "become" | "executable";

export interface Ready {
  kind: "ready";
  plan: Plan;
  /** The values that nothing of ours may show. */
  secrets: ReadonlySet<string>;
  /** What to tell besides: deprecated arguments that were used. */
  notes: string[];
}

/** Everything that can be said of a call before anything is started. */
export function prepareCall(request: CallRequest, asked: Asked = readAsked(request)): Ready | RefusedCall {
  const plan = planOrRefuse(request, asked);
  const against = [...objectionsTo(request, asked), ...("reasons" in plan ? [plan] : [])];
  if (against.length === 0 && "argv" in plan)
    return {
      kind: "ready",
      plan,
      secrets: secretsAmong(request.tool.runnable.args, asked.values),
      notes: asked.notes,
    };
  return together(request.check === true ? against : against.slice(0, 1));
}

/** All that speaks against a call, in the order in which it is told. */
function objectionsTo(request: CallRequest, { given, problems, missingSecrets }: Asked): RefusedCall[] {
  const { tool, human, hostname } = request;
  const { runnable, user, hidden } = tool;
  const { name, hosts } = runnable;
  const against: RefusedCall[] = [];
  if (problems.length > 0)
    against.push({
      ...refuse("words", fewOf(problems)),
      ...(missingSecrets.length > 0 && { missingSecrets }),
    });
  if (hidden === "hosts") {
    const reason = `${name} may not run on ${hostname()}; its hosts are ${hosts?.join(", ")}`;
    // To who calls from elsewhere there is no such tool here.
    against.push(refuse("hosts", [reason], request.agent ? EXIT.NOT_FOUND : EXIT.FAILED));
  }
  const manual = human ? undefined : refusal(runnable, given, hostname);
  if (manual !== undefined) against.push({ ...refuse("autonomy", [manual]), manual: true });
  if (user.kind === "refused") against.push(refuse("become", [`${name}: ${user.reason}`]));
  const executable = tool.locate();
  if (executable.kind === "missing") {
    const reason =
      executable.emptyPath || isAbsolute(executable.name)
        ? `${name}: ${explainLocated(executable)}`
        : `${name}: no executable "${executable.name}" in ${executable.lookedIn.join(", ")}`;
    against.push(refuse("executable", [reason], EXIT.NOT_FOUND));
  }
  if (executable.kind === "not-executable") {
    against.push(refuse("executable", [`${name}: ${explainLocated(executable)}`], EXIT.NOT_EXECUTABLE));
  }
  if (executable.kind === "broken") {
    const code = executable.missing ? EXIT.NOT_FOUND : EXIT.NOT_EXECUTABLE;
    against.push(refuse("executable", [`${name}: ${explainLocated(executable)}`], code));
  }
  if (executable.kind === "refused") {
    against.push(refuse("executable", [`${name}: ${executable.path} is ${executable.reason}`]));
  }
  if (executable.kind === "found" && tool.becomes !== undefined) {
    const missing = explainMissing(runnable, executable.argv, tool.becomes);
    if (missing !== undefined) against.push(refuse("become", [`${name}: ${missing}`]));
  }
  return against;
}

/** What would be executed, whatever else speaks against it. */
function planOrRefuse({ tool, env, agent }: CallRequest, { given, values }: Asked): Plan | RefusedCall {
  const { runnable, becomes, envFile } = tool;
  const located = tool.locate();
  try {
    return planCall({
      runnable,
      executable: located.kind === "found" ? located.argv : [runnable.name],
      user: becomes,
      given,
      values,
      env,
      envFile,
      agent,
    });
  } catch (error) {
    if (!(error instanceof RunspecError)) throw error;
    const hint = error.hint === undefined ? [] : [error.hint];
    return refuse("become", [[`${runnable.name}: ${error.message}`, ...hint].join("\n")]);
  }
}

/** One refusal for all of `against`; the first decides how it ends. */
function together(against: readonly RefusedCall[]): RefusedCall {
  const all: RefusedCall = { kind: "refused", objections: [], reasons: [], exitCode: EXIT.FAILED };
  for (const one of against.toReversed()) {
    const { objections, reasons } = one;
    Object.assign(all, one, {
      objections: [...objections, ...all.objections],
      reasons: [...reasons, ...all.reasons],
    });
  }
  return all;
}

/** One reason against a call. */
export function refuse(objection: Objection, reasons: string[], exitCode: number = EXIT.FAILED): RefusedCall {
  return { kind: "refused", objections: [objection], reasons, exitCode };
}
