/** Executing a call that was prepared. */

import type { BecomeWatch } from "../become/watch.ts";
import { codeOf, EXIT, RunspecError } from "../errors.ts";
import type { RefusedCall } from "../mcp/tool-host.ts";
import type { Tool } from "./catalog.ts";
import { endMessage, stopTimeoutOf } from "./end-messages.ts";
import { type Executed, type ExecutionIo, execute } from "./execute.ts";
import type { Plan } from "./plan.ts";
import { type Ready, refuse } from "./prepare.ts";

/** Who asks for a call, and where. */
interface Asker {
  invoker(): string;
  hostname(): string;
}

/** Executes what {@link prepareCall} planned; a program that cannot be started is a refusal, too. */
export async function performCall(
  tool: Tool,
  { plan, secrets }: Ready,
  io: ExecutionIo & Asker,
): Promise<Executed | RefusedCall> {
  const { runnable } = tool;
  const { timeout } = runnable;
  const { argv, env, become } = plan;
  const doubt = await watch(plan, secrets, io);
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
    await doubt?.settled();
    if (outcome.timedOut) {
      return { ...outcome, exitCode: EXIT.TIMED_OUT, explanation: endMessage(runnable, outcome) };
    }
    const explanation = outcome.cancelled ? endMessage(runnable, outcome) : doubt?.explain(outcome.exitCode);
    return { ...outcome, ...(explanation === undefined ? {} : { explanation }) };
  } catch (error) {
    if (!(error instanceof RunspecError)) throw error;
    const explained = doubt?.explain(error.exitCode, codeOf(error.cause));
    return refuse(
      explained === undefined ? "executable" : "become",
      [explained ?? error.message],
      error.exitCode,
    );
  } finally {
    doubt?.close();
  }
}

/** Where another user is become; what that takes is loaded only then. */
async function watch(
  { become, shown }: Plan,
  secrets: ReadonlySet<string>,
  io: ExecutionIo & Asker,
): Promise<BecomeWatch | undefined> {
  if (become === undefined) return undefined;
  const { watchBecome } = await import("../become/watch.ts");
  return watchBecome(become, { ...io, invoker: io.invoker(), shown, secrets });
}
