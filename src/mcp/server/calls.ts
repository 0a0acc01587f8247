/** The calls of a client, each from its request to its result; what cancels or feeds one names the id of its request. */

import { createLimiter, type Limiter } from "../../concurrency.ts";
import { EXIT } from "../../errors.ts";
import type { PlainObject } from "../../json.ts";
import type { Id } from "../../jsonrpc/message.ts";
import { NO_ANSWER, type Peer } from "../../jsonrpc/peer.ts";
import { visible } from "../../text.ts";
import { INPUT_TAKEN, INPUT_WINDOW, LEASED, STOPPING } from "../extension.ts";
import type { ServedOutcome } from "../tool-host.ts";
import { type CallRequest, unknownTool } from "./call-request.ts";
import type { Caller } from "./handshake.ts";
import { createInputReceiver } from "./input.ts";
import type { createLeases } from "./lease.ts";
import { type CallOutput, captureOutput, streamOutput } from "./output.ts";
import { createProgress } from "./progress.ts";
import type { ServerOptions } from "./server.ts";

/** Calls that may wait for a place, and bytes of the messages of all calls, and of their input: a client with more of them has lost count. */
const LIMITS = { waiting: 10_000, bytes: 64 * 1024 * 1024 };
/** Why a call is aborted; any other reason is a text, for its client. One that has cancelled it mostly gets no answer; else it is told how the call ended. */
const CANCELLED = Symbol("cancelled");
export const SERVER_ENDS = Symbol("the server ends");
const TOO_MUCH_INPUT = "its client sent more than 2 MiB of input that the tool had not taken";

interface CallsOptions
  extends Pick<
      ServerOptions,
      "tools" | "concurrency" | "stderr" | "heartbeatMs" | "post" | "hasClientLeft" | "onLast"
    >,
    Pick<Peer, "notify" | "room"> {
  leases: ReturnType<typeof createLeases>;
  /** The shortest lease, as the client was told first: a relay keeps all of them by it. */
  shortestTold(): number;
}

export type Calls = ReturnType<typeof createCalls>;

export function createCalls(options: CallsOptions) {
  const inTurn = createLimiter({ running: options.concurrency, ...LIMITS });
  const calls = new Map<unknown, ReturnType<typeof createCall> & { ended: Promise<unknown> }>();

  return {
    /** Runs a call, whose message has so many bytes, to its result; a cancelled one gets no answer. */
    run(id: Id, request: CallRequest, caller: Caller, bytes: number) {
      const call = createCall(id, request, caller, options);
      const ended = call.run(inTurn, bytes).finally(() => calls.delete(id));
      // From now on it can be cancelled and fed, also while it waits for its turn.
      calls.set(id, { ...call, ended });
      return ended;
    },
    cancel: (id: unknown): void => calls.get(id)?.cancel(),
    input(params: PlainObject, bytes?: Uint8Array): void {
      calls.get(params.requestId)?.input?.receive(params, bytes);
    },
    busy: () => calls.size > 0,
    idle: () => Promise.allSettled([...calls.values()].map(({ ended }) => ended)),
    /** Ends every call. */
    close(): void {
      for (const { abort } of calls.values()) abort(SERVER_ENDS);
    },
  };
}

/** One call. Where its client asked for progress, that is told that the call is alive, until it has ended. */
function createCall(id: Id, request: CallRequest, caller: Caller, options: CallsOptions) {
  const { tools, notify, room } = options;
  const { call, stream, apart, progressToken } = request;
  const controller = new AbortController();
  const { signal } = controller;
  let hasEnded = false;
  /** `why`: as its client is told. */
  const abort = (why: string | symbol) => controller.abort(why);
  const isCancelled = () => signal.reason === CANCELLED;
  // MCP 2026-07-28, stdio, Cancellation: no further messages for a cancelled request. Else MCP wants no answer alone: a person who pressed
  // Ctrl-C sees the tool clean up. A call of words is ours, and tells how that ended.
  const afterCancel =
    caller.revision.era === "stateless" ? "nothing" : call.words === undefined ? "output" : "all";
  /** What its client is sent from now on: what the tool says, and the answer; the first alone; or nothing any more. */
  const sent = () => (isCancelled() ? afterCancel : "all");
  const tellInput = (params: PlainObject) => {
    if (!hasEnded && sent() !== "nothing") void notify(INPUT_TAKEN, { requestId: id, ...params });
  };
  const report = async (event: PlainObject) => {
    if (!signal.aborted) await notify("notifications/progress", { progressToken, ...event });
  };
  const input = request.sendsInput ? createInputReceiver(tellInput, () => abort(TOO_MUCH_INPUT)) : undefined;
  const progress = progressToken === undefined ? undefined : createProgress(report, options.heartbeatMs);

  /** To its result, once it is its turn. */
  async function run(inTurn: Limiter, bytes: number) {
    const turn = { signal, bytes: bytes + (input ? INPUT_WINDOW : 0) };
    try {
      const made = inTurn(perform, turn).catch((error: unknown) => {
        if (error !== signal.reason) throw error;
        // Cancelled while it waited: it starts nothing, but the tool host still records it.
        return perform();
      });
      const result = await made.finally(progress?.end);
      return sent() === "all" ? result : NO_ANSWER;
    } catch (error) {
      if (isCancelled()) return NO_ANSWER;
      throw error;
    } finally {
      hasEnded = true;
    }
  }

  /** Has the tool host make the call, to its result. */
  async function perform(): Promise<PlainObject> {
    // What has come with it may cancel it.
    await new Promise(setImmediate);
    // Where the client takes no answers, this one would wait in memory with the others.
    await room();
    // A client that keeps a lease leaves its end open until it is answered: if it is closed, Ctrl-C came before we read the call.
    if (caller.lease === "told" && options.hasClientLeft?.()) abort(SERVER_ENDS);
    const { json, maxOutput, leaseMs } = tools.settings(call.name);
    const isSilenced = () => sent() === "nothing";
    const output =
      stream === "none"
        ? captureOutput(maxOutput, options.stderr)
        : streamOutput({ id, raw: stream === "raw", isSilenced, post: options.post });
    let endLease = () => {};
    try {
      const outcome = await tools.call(call, {
        client: caller.client,
        signal,
        room,
        onStart() {
          endLease = keepLease(leaseMs, output);
        },
        onSecrets: (hide) => progress?.hide(hide),
        onProgress: progress?.say,
        onOutput(name, chunk) {
          progress?.add(chunk);
          return output.take(name, chunk);
        },
        feed: input?.feed,
      });
      if (call.words === undefined && outcome.kind === "refused" && outcome.objections.includes("tool"))
        throw unknownTool(call.name, outcome.reasons);
      // gemini-cli takes any text that is JSON for structured content, and a number or a list there for a failed call. It shows the text.
      const isGemini = caller.client?.name.startsWith("gemini-cli");
      const wanted = json || outcome.kind === "answered" ? caller.revision.structuredContent : "absent";
      return await output.result({
        tool: call.name,
        outcome: outcomeTold(outcome, signal.reason, call.name),
        structured: isGemini ? "wrapped" : wanted,
        apart,
      });
    } finally {
      endLease();
    }
  }

  /** Keeps its lease, once its tool has been started, until the returned function is called. */
  function keepLease(usualMs: number, output: CallOutput): () => void {
    if (caller.lease === "none") return () => {};
    const ms = caller.lease === "kept" ? Math.max(usualMs, options.shortestTold()) : usualMs;
    if (caller.lease === "told") void notify(LEASED, { requestId: id, seconds: ms / 1000 });
    return options.leases.keep(ms, () => {
      abort(`nothing was heard from its client for ${ms / 1000} s`);
      output.expectReader();
      if (request.last) options.onLast();
    });
  }

  /** Its client wants no more of it. */
  function cancel(): void {
    // Before the tool's last words: the client must know that it is being stopped.
    if (afterCancel === "all") void notify(STOPPING, { requestId: id });
    abort(CANCELLED);
  }

  return { input, abort, cancel, run };
}

/** `outcome` as the client is told it of a call that was aborted for `why`: what a tool did not do because it was stopped is no success, whatever it ended with. */
export function outcomeTold(outcome: ServedOutcome, why: unknown, tool: string): ServedOutcome {
  if (outcome.kind !== "ended") return outcome;
  const { exitCode, cancelled, explanation = `${visible(tool)} was stopped` } = outcome;
  // One that had ended before has missed no input.
  if (typeof why === "string" && (cancelled || why !== TOO_MUCH_INPUT))
    return { ...outcome, exitCode: EXIT.CONNECTION, explanation: `${why}: ${explanation}` };
  return why !== CANCELLED && cancelled ? { ...outcome, exitCode: exitCode || EXIT.CONNECTION } : outcome;
}
