/** What a call would run, and every reason not to run it; nothing is started here. */

import { isAbsolute } from "node:path";
import { firstFew } from "../arguments/describe.ts";
import { secretsAmong } from "../arguments/secret.ts";
import { EXIT, RunspecError } from "../errors.ts";
import { loginShellOf } from "../files/accounts.ts";
import { type RefusedCall, refusedCall } from "../mcp/tool-host.ts";
import { cannotStart, isTooLong } from "../process/cannot-start.ts";
import type { Runnable } from "../spec/model.ts";
import { isScript } from "../spec/script.ts";
import { keyText } from "../spec/toml/scan-keys.ts";
import { explainMissing, whyNoBecome } from "./become-env.ts";
import type { CallInput, LocalCall } from "./call-input.ts";
import type { Located } from "./locate.ts";
import { type Plan, planCall } from "./plan.ts";
import { whyManual } from "./policy.ts";

export interface PreparedCall {
  kind: "ready";
  plan: Plan;
  /** The values that nothing of ours may show. */
  secrets: ReadonlySet<string>;
  notes: string[];
}

/** Everything that can be said of a call before anything is started. */
export function prepareCall(request: LocalCall, input: CallInput): PreparedCall | RefusedCall {
  const { tool, check = false } = request;
  const located = tool.locate();
  const against = objectionsTo(request, input, located);
  const plan = planOrRefuse(request, input, located);
  if ("reasons" in plan) against.push(plan);
  else if (check && isTooLong(plan)) {
    const { message, hint } = cannotStart(plan.argv[0] ?? "", { code: "E2BIG" });
    against.push(refusedCall("executable", [`${message}\n${hint}`]));
  }
  if ("reasons" in plan || against.length > 0) return mergeRefusals(check ? against : against.slice(0, 1));
  return { kind: "ready", plan, secrets: secretsAmong(tool.args, input.values), notes: input.notes };
}

/** Every reason against a call, in the order in which they are told. */
function objectionsTo(request: LocalCall, input: CallInput, located: Located): RefusedCall[] {
  const { tool, human, agent, hostname, env, check } = request;
  const { given, problems, missingSecrets } = input;
  const { name, hosts, user, hidden, becomes } = tool;
  const against: RefusedCall[] = [];
  if (problems.length > 0) against.push({ ...refusedCall("words", firstFew(problems)), missingSecrets });
  if (hidden === "hosts") {
    const reason = `${name} may not run on ${hostname()}; its hosts are ${hosts?.join(", ") || "none"}`;
    // For a caller from elsewhere there is no such tool here.
    against.push(refusedCall("hosts", [reason], agent ? EXIT.NOT_FOUND : EXIT.FAILED));
  }
  const manual = human ? undefined : whyManual(tool, given, hostname);
  if (manual !== undefined) against.push({ ...refusedCall("autonomy", [manual]), manual: true });
  if (user.kind === "refused") against.push(refusedCall("become", [`${name}: ${user.reason}`]));
  // Only for a check: a call that finds no such program says so, with the command that was tried.
  const lacking = check ? whyNoBecome(tool, env.PATH) : undefined;
  if (lacking !== undefined) against.push(refusedCall("become", [`${name}: ${lacking}`], EXIT.NOT_FOUND));
  if (located.kind !== "found") against.push(notStartable(tool, located));
  else if (becomes !== undefined) {
    const missing = explainMissing(tool, located.argv, becomes);
    if (missing !== undefined) against.push(refusedCall("become", [`${name}: ${missing}`]));
  }
  return against;
}

/** Why there is nothing to start, and what helps, with the exit code of a shell that cannot start such a program. */
function notStartable(runnable: Runnable, located: Exclude<Located, { kind: "found" }>): RefusedCall {
  const { name, path, file } = runnable;
  const refuse = (why: string, code: number) => refusedCall("executable", [`${name}: ${why}`], code);
  if (located.kind === "refused") return refuse(located.reason, EXIT.FAILED);
  if (located.kind !== "missing")
    return refuse(located.reason, located.missing ? EXIT.NOT_FOUND : EXIT.NOT_EXECUTABLE);
  const { name: program, lookedIn, reason, meant } = located;
  const isPath = isAbsolute(program);
  const command = `${isPath ? "correct" : "give its path as"} command in [${keyText(path[0] ?? name)}]`;
  const remedy = isScript(runnable) ? `name another in the first line of ${file}` : command;
  const help = meant === undefined ? remedy : `${remedy}: "${meant}"`;
  // A caller from elsewhere knows nothing of PATH here.
  const everywhere = `no executable "${program}" in ${lookedIn.join(", ")}; put it there, or ${help}`;
  return refuse(isPath || lookedIn.length === 0 ? `${reason}; ${help}` : everywhere, EXIT.NOT_FOUND);
}

/** What would be executed if nothing else were against it. */
function planOrRefuse(request: LocalCall, input: CallInput, located: Located): Plan | RefusedCall {
  const { given, values } = input;
  const { name } = request.tool;
  const executable = located.kind === "found" ? located.argv : [name];
  try {
    return planCall({ ...request, executable, given, values, loginShellOf });
  } catch (error) {
    if (!(error instanceof RunspecError)) throw error;
    const hint = error.hint === undefined ? [] : [error.hint];
    return refusedCall("become", [[`${name}: ${error.message}`, ...hint].join("\n")]);
  }
}

/** One refusal for all of `against`; the first decides how it ends. */
function mergeRefusals(against: readonly RefusedCall[]): RefusedCall {
  const missingSecrets = against.flatMap((one) => one.missingSecrets ?? []);
  return {
    kind: "refused",
    objections: against.flatMap(({ objections }) => objections),
    reasons: against.flatMap(({ reasons }) => reasons),
    exitCode: against[0]?.exitCode ?? EXIT.FAILED,
    manual: against.some(({ manual }) => manual) || undefined,
    missingSecrets: missingSecrets.length > 0 ? missingSecrets : undefined,
  };
}
