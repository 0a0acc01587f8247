/** One call of a tool: checked, planned, executed. */

import { codeOf, EXIT, RunspecError } from "../errors.ts";
import type { Ending } from "../exec/terminate.ts";
import { checkGiven } from "../spec/check.ts";
import { writeDuration } from "../spec/duration.ts";
import type { Runnable } from "../spec/model.ts";
import { resolveValues } from "../spec/values.ts";
import { visible } from "../text.ts";
import type { BecomeWatch } from "./become-watch.ts";
import type { Tool } from "./catalog.ts";
import { type ExecutionIo, execute, type Outcome } from "./execute.ts";
import { type Plan, planCall } from "./plan.ts";
import { refusal } from "./policy.ts";
import { secretsAmong, secretVariables } from "./secrets.ts";

export interface CallRequest {
  tool: Tool;
  /** As JSON, from whoever called. */
  arguments: unknown;
  /** A person asked for this call. */
  human: boolean;
  agent: boolean;
  /** What a child inherits. */
  env: Readonly<Record<string, string>>;
  hostname(): string;
}

/** What stands in the way of a call; nothing has been started. */
export interface Refused {
  kind: "refused";
  reasons: string[];
  exitCode: number;
  /** A person may make this call. */
  manual?: true;
}

export interface Ready {
  kind: "ready";
  plan: Plan;
  /** The values that nothing of ours may show. */
  secrets: ReadonlySet<string>;
  /** What to tell besides: deprecated arguments that were used. */
  notes: string[];
}

/** Everything that can be said of a call before anything is started. */
export function prepareCall(request: CallRequest): Ready | Refused {
  const { tool, human, agent, env } = request;
  const { runnable, already, envFile } = tool;
  const { given, problems, notes } = checkGiven(request.arguments, runnable.args, runnable.groups, already);
  const resolution = resolveValues({ runnable, given, env, envFile });
  const reasons = [...problems, ...resolution.problems.values()];
  if (reasons.length > 0) return refuse(reasons);

  const manual = human ? undefined : refusal(runnable, given, request.hostname);
  if (manual !== undefined) return { ...refuse([manual]), manual: true };
  if (tool.user.kind === "refused") return refuse([`${runnable.name}: ${tool.user.reason}`]);
  const executable = tool.locate();
  if (executable.kind === "missing") {
    return refuse(
      [`${runnable.name}: no executable "${executable.name}" in ${executable.lookedIn.join(", ")}`],
      EXIT.NOT_FOUND,
    );
  }
  if (executable.kind === "not-executable") {
    return refuse([`${runnable.name}: ${executable.path} is not executable (chmod +x)`], EXIT.NOT_EXECUTABLE);
  }
  if (executable.kind === "refused") {
    return refuse([`${runnable.name}: ${executable.path} is ${executable.reason}`]);
  }
  const user = tool.user.kind === "user" ? tool.user.user : undefined;
  const values = resolution.values;
  try {
    const plan = planCall({
      runnable,
      executable: executable.argv,
      user,
      given,
      values,
      env,
      envFile,
      agent,
    });
    return { kind: "ready", plan, secrets: secretsAmong(runnable.args, values), notes };
  } catch (error) {
    if (!(error instanceof RunspecError)) throw error;
    return refuse([
      [`${runnable.name}: ${error.message}`, ...(error.hint === undefined ? [] : [error.hint])].join("\n"),
    ]);
  }
}

export type CallResult = ({ kind: "ended"; explanation?: string } & Outcome) | Refused;

/** How long a tool has between TERM and KILL, in milliseconds. */
export function stopTimeoutOf({ stopTimeout = 5000 }: Runnable): number {
  return stopTimeout;
}

/** Why a call was ended, where its tool has a timeout. */
export function timeoutMessage({ name, timeout }: Runnable, ending: Ending | undefined): string {
  const why = `it ran longer than its timeout of ${writeDuration(timeout ?? 0)}`;
  const left = ending === undefined ? undefined : whatRemains(ending);
  return left === undefined ? `${name} was ended: ${why}` : `${name} could not be ended: ${why}, and ${left}`;
}

/** What still runs after all that could be done; undefined: nothing. */
export function whatRemains({ remaining, unseen }: Ending): string | undefined {
  const seen = remaining.map(({ pid, name }) => `${visible(name)} (pid ${pid})`);
  if (seen.length > 0) return `${seen.join(", ")} still ${seen.length === 1 ? "runs" : "run"}`;
  return unseen
    ? "what it started may still run: this system does not show other users' processes"
    : undefined;
}

/** Who asks for a call, and where. */
interface Asker {
  invoker(): string;
  hostname(): string;
}

/** Executes what {@link prepareCall} planned; a program that cannot be started is a refusal, too. */
export async function performCall(tool: Tool, { plan }: Ready, io: ExecutionIo & Asker): Promise<CallResult> {
  const { runnable } = tool;
  const { timeout } = runnable;
  const { argv, env, become } = plan;
  const doubt = await watch(runnable, plan, io);
  try {
    const outcome = await execute(
      {
        argv,
        env,
        stopTimeout: stopTimeoutOf(runnable),
        ...(become === undefined ? {} : { become }),
        ...(timeout === undefined ? {} : { timeout }),
      },
      doubt?.io ?? io,
    );
    if (outcome.timedOut) {
      return {
        kind: "ended",
        ...outcome,
        exitCode: EXIT.TIMED_OUT,
        explanation: timeoutMessage(runnable, outcome.ending),
      };
    }
    const explanation = outcome.cancelled ? undefined : doubt?.explain(outcome.exitCode);
    return { kind: "ended", ...outcome, ...(explanation === undefined ? {} : { explanation }) };
  } catch (error) {
    if (!(error instanceof RunspecError)) throw error;
    return refuse([doubt?.explain(error.exitCode, codeOf(error.cause)) ?? error.message], error.exitCode);
  }
}

/** Where another user is become; what that takes is loaded only then. */
async function watch(
  runnable: Runnable,
  { become, shown }: Plan,
  io: ExecutionIo & Asker,
): Promise<BecomeWatch | undefined> {
  if (become === undefined) return undefined;
  const { watchBecome } = await import("./become-watch.ts");
  return watchBecome(become, { ...io, invoker: io.invoker(), shown, mask: secretVariables(runnable) });
}

function refuse(reasons: string[], exitCode: number = EXIT.FAILED): Refused {
  return { kind: "refused", reasons, exitCode };
}
