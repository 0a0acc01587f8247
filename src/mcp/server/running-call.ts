/** A call under way: what ends it, its input and its progress, and what its client is still told of it. */

import { EXIT } from "../../errors.ts";
import type { PlainObject } from "../../json.ts";
import type { Id } from "../../jsonrpc/message.ts";
import type { Peer } from "../../jsonrpc/peer.ts";
import { visible } from "../../text.ts";
import { INPUT_TAKEN, STOPPING } from "../extension.ts";
import type { ServedOutcome } from "../tool-host.ts";
import type { CallRequest } from "./call-request.ts";
import type { Caller } from "./handshake.ts";
import { createInputReceiver } from "./input.ts";
import { createProgress } from "./progress.ts";

/** Why a call is aborted, where that is no text. A client that has cancelled it gets no answer; for any other reason it is told how the call ended. */
const CANCELLED = Symbol("cancelled");
export const SERVER_ENDS = Symbol("the server ends");
const TOO_MUCH_INPUT = "its client sent more than 2 MiB of input that the tool had not taken";

export type RunningCall = ReturnType<typeof createRunningCall>;

/** Where its client asked for progress, that is told that the call is alive, until `close`. */
export function createRunningCall(
  id: Id,
  request: CallRequest,
  caller: Caller,
  { notify, heartbeatMs }: Pick<Peer, "notify"> & { heartbeatMs: number },
) {
  const { call, sendsInput, progressToken } = request;
  const controller = new AbortController();
  const { signal } = controller;
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  let isClosed = false;
  const abort = (why: string | typeof SERVER_ENDS | typeof CANCELLED) => controller.abort(why);
  const isCancelled = () => signal.reason === CANCELLED;
  // MCP 2026-07-28, stdio, Cancellation: no further messages for a cancelled request. Else MCP wants no answer alone: a person who pressed
  // Ctrl-C sees the tool clean up. A call of words is ours, and tells how that ended.
  const heard = call.words === undefined ? "output" : "all";
  const afterCancel = caller.revision.era === "stateless" ? "nothing" : heard;
  const sent = () => (isCancelled() ? afterCancel : "all");
  const tellInput = (params: PlainObject) => {
    if (!isClosed && sent() !== "nothing") void notify(INPUT_TAKEN, { requestId: id, ...params });
  };
  const report = async (event: PlainObject) => {
    if (!signal.aborted) await notify("notifications/progress", { progressToken, ...event });
  };
  const input = sendsInput ? createInputReceiver(tellInput, () => abort(TOO_MUCH_INPUT)) : undefined;
  const progress = progressToken === undefined ? undefined : createProgress(report, heartbeatMs);

  return {
    id,
    request,
    caller,
    signal,
    input,
    progress,
    /** What its client is sent from now on: what the tool says, and the answer; the first alone; or nothing any more. */
    sent,
    isCancelled,
    cancel(): void {
      // Before the tool's last words: the client must know that it is being stopped.
      if (afterCancel === "all") void notify(STOPPING, { requestId: id });
      abort(CANCELLED);
    },
    /** `why`: as its client is told. */
    abort,
    /** `outcome` as its client is told it: what a tool did not do because it was stopped is no success, whatever it ended with. */
    told(outcome: ServedOutcome): ServedOutcome {
      if (outcome.kind !== "ended") return outcome;
      const why: unknown = signal.reason;
      const { exitCode, cancelled, explanation = `${visible(call.name)} was stopped` } = outcome;
      // One that had ended before has missed no input.
      if (typeof why === "string" && (cancelled || why !== TOO_MUCH_INPUT))
        return { ...outcome, exitCode: EXIT.CONNECTION, explanation: `${why}: ${explanation}` };
      return why !== CANCELLED && cancelled ? { ...outcome, exitCode: exitCode || EXIT.CONNECTION } : outcome;
    },
    close(): void {
      isClosed = true;
      void progress?.end();
      close();
    },
    /** Resolves when it is. */
    closed,
  };
}
