/** Executing a call that was prepared. */

import { codeOf, EXIT, RunspecError } from "../errors.ts";
import type { RefusedCall } from "../mcp/tool-host.ts";
import type { Tool } from "./catalog.ts";
import { endMessage } from "./end-messages.ts";
import { type Executed, type ExecutionIo, execute } from "./execute.ts";
import { type PreparedCall, refusedCall } from "./prepare.ts";

interface PerformIo extends ExecutionIo {
  /** Who asks for a call, and where. */
  invoker(): string;
  hostname(): string;
}

/** Executes what {@link prepareCall} planned; a program that cannot be started is a refusal, too. */
export async function performCall(
  { runnable }: Tool,
  { plan, secrets }: PreparedCall,
  io: PerformIo,
): Promise<Executed | RefusedCall> {
  const { invoker, hostname } = io;
  const watched = { invoker: invoker(), hostname, shown: plan.shown, secrets };
  // Loaded only where it is needed: 1 ms of the processor for every start of a server.
  const become = plan.become && (await import("../become/watch.ts")).watchBecome(plan.become, io, watched);
  try {
    const ended = await execute(runnable, plan, become?.io ?? io);
    await become?.settled();
    if (ended.timedOut)
      return { ...ended, exitCode: EXIT.TIMED_OUT, explanation: endMessage(runnable, ended) };
    const explanation = ended.cancelled ? endMessage(runnable, ended) : become?.explain(ended.exitCode);
    return { ...ended, ...(explanation !== undefined && { explanation }) };
  } catch (error) {
    if (!(error instanceof RunspecError)) throw error;
    const explained = become?.explain(error.exitCode, codeOf(error.cause));
    const objection = explained === undefined ? "executable" : "become";
    const reasons = explained === undefined ? [error.message, error.hint ?? ""].filter(Boolean) : [explained];
    return refusedCall(objection, reasons, error.exitCode);
  } finally {
    become?.close();
  }
}
