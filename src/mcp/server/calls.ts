/** The calls under way, each from its request to its result; what cancels or feeds one names the id of its request. */

import { EXIT } from "../../errors.ts";
import type { PlainObject } from "../../json.ts";
import type { Id } from "../../jsonrpc/message.ts";
import { NO_ANSWER, type Peer } from "../../jsonrpc/peer.ts";
import { INPUT_TAKEN, LEASED, STOPPING } from "../extension.ts";
import type { Revision } from "../revisions.ts";
import type { ServedOutcome, ToolCall } from "../tool-host.ts";
import { type CallRequest, unknownTool } from "./call-request.ts";
import type { Caller } from "./handshake.ts";
import { createInputReceiver } from "./input.ts";
import { createLeases, cutShort } from "./lease.ts";
import { createLimiter } from "./limiter.ts";
import { captureOutput, streamOutput } from "./output.ts";
import { createProgress } from "./progress.ts";
import type { ServerOptions } from "./server.ts";

/** Calls that may wait for a place, and bytes of the messages of all calls: a client with more of them has lost count. */
const LIMITS = { waiting: 10_000, bytes: 64 * 1024 * 1024 };
/** Why a call is aborted, where that is no text. A client that has cancelled it gets no answer; for any other reason it is told how the call ended. */
const CANCELLED = Symbol("cancelled");
const SERVER_ENDS = Symbol("the server ends");
const TOO_MUCH_INPUT = "its client sent more than 2 MiB of input that the tool had not taken";

interface CallsOptions
  extends Pick<ServerOptions, "tools" | "concurrency" | "stderr" | "heartbeatMs" | "post" | "isLeft">,
    Pick<Peer, "notify" | "room"> {
  /** The shortest lease, as the client was told first: a relay keeps all of them by it. */
  shortestTold(): number;
  /** The client of the call `id` was silent for longer than its lease. */
  onLapsed(id: Id): void;
}

export type Calls = ReturnType<typeof createCalls>;

interface Running {
  id: Id;
  request: CallRequest;
  caller: Caller;
  controller: AbortController;
  input: ReturnType<typeof createInputReceiver> | undefined;
  progress: ReturnType<typeof createProgress> | undefined;
  afterCancel: Delivery;
  /** What its client is sent from now on. */
  sent(): Delivery;
  ended: PromiseWithResolvers<void>;
}

/** The messages about a call that are sent: what the tool says, and the answer; the first alone; or none any more. */
type Delivery = "all" | "output" | "nothing";

/** What a client is sent of a call that it has cancelled, or left. */
function sentAfterCancel({ words }: ToolCall, { era }: Revision): Delivery {
  // MCP 2026-07-28, stdio, Cancellation: no further messages for a cancelled request.
  if (era === "stateless") return "nothing";
  // Else MCP wants no answer alone: a person who pressed Ctrl-C sees the tool clean up. A call of words is ours, and tells how that ended.
  return words === undefined ? "output" : "all";
}

/** What a tool did not do because it was stopped is no success, whatever it ended with; one that had ended before has missed no input. */
function unlessStopped(outcome: ServedOutcome, name: string, why: unknown): ServedOutcome {
  const isStopped = outcome.kind === "ended" && outcome.cancelled;
  if (typeof why === "string" && (isStopped || why !== TOO_MUCH_INPUT)) return cutShort(outcome, name, why);
  if (why === CANCELLED || !isStopped) return outcome;
  return { ...outcome, exitCode: outcome.exitCode || EXIT.CONNECTION };
}

export function createCalls(options: CallsOptions) {
  const { tools, notify } = options;
  const inTurn = createLimiter({ running: options.concurrency, ...LIMITS });
  const calls = new Map<unknown, Running>();
  const leases = createLeases();

  /** From now on the call can be cancelled and fed, and is reported alive, also while it waits for its turn. */
  function begin(id: Id, request: CallRequest, caller: Caller): Running {
    const { call, sendsInput, progressToken } = request;
    const controller = new AbortController();
    const { signal } = controller;
    const afterCancel = sentAfterCancel(call, caller.revision);
    const sent = () => (signal.reason === CANCELLED ? afterCancel : "all");
    const tellInput = (params: PlainObject) => {
      if (calls.has(id) && sent() !== "nothing") void notify(INPUT_TAKEN, { requestId: id, ...params });
    };
    const report = async (event: PlainObject) => {
      if (!signal.aborted) await notify("notifications/progress", { progressToken, ...event });
    };
    const giveUp = () => controller.abort(TOO_MUCH_INPUT);
    const input = sendsInput ? createInputReceiver(tellInput, giveUp) : undefined;
    const progress = progressToken === undefined ? undefined : createProgress(report, options.heartbeatMs);
    const ended = Promise.withResolvers<void>();
    const running = { id, request, caller, controller, input, progress, afterCancel, sent, ended };
    calls.set(id, running);
    return running;
  }

  /** Keeps the lease of a call whose tool was started, until the returned function is called; `onOver` is told why it is over. */
  function keepLease({ id, caller }: Running, usualMs: number, onOver: (why: string) => void): () => void {
    if (caller.lease === "none") return () => {};
    const ms = caller.lease === "kept" ? Math.max(usualMs, options.shortestTold()) : usualMs;
    if (caller.lease === "told") void notify(LEASED, { requestId: id, seconds: ms / 1000 });
    return leases.keep(ms, () => onOver(`nothing was heard from its client for ${ms / 1000} s`));
  }

  /** Has the tool host make the call, to its result. */
  async function perform(running: Running): Promise<PlainObject> {
    const { id, request, caller, controller, input, progress, sent } = running;
    const { call, stream, apart } = request;
    const { signal } = controller;
    // What has come with it may cancel it.
    await new Promise(setImmediate);
    // Where the client takes no answers, this one would wait in memory with the others.
    await options.room();
    // A client that keeps a lease leaves its end open until it is answered: if it is closed, Ctrl-C came before we read the call.
    if (caller.lease === "told" && options.isLeft?.()) controller.abort(SERVER_ENDS);
    const { json, maxOutput, leaseMs } = tools.settings(call.name);
    const isSilenced = () => sent() === "nothing";
    const output =
      stream === "none"
        ? captureOutput(maxOutput, options.stderr)
        : streamOutput({ id, raw: stream === "raw", isSilenced, post: options.post });
    const onLeaseOver = (why: string) => {
      controller.abort(why);
      output.expectReader();
      options.onLapsed(id);
    };
    let endLease = () => {};
    try {
      const outcome = await tools.call(call, {
        client: caller.client,
        signal,
        room: options.room,
        onStart() {
          endLease = keepLease(running, leaseMs, onLeaseOver);
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
      return await output.result({
        tool: call.name,
        outcome: unlessStopped(outcome, call.name, signal.reason),
        structured: json || outcome.kind === "answered" ? caller.revision.structuredContent : "absent",
        apart,
      });
    } finally {
      endLease();
    }
  }

  /** Runs a call, whose message has so many bytes, to its result; a cancelled one gets no answer. */
  async function run(id: Id, request: CallRequest, caller: Caller, bytes: number) {
    const running = begin(id, request, caller);
    const { progress, sent } = running;
    const { signal } = running.controller;
    const make = () => perform(running);
    try {
      const result = await inTurn(make, { signal, bytes }).catch((error: unknown) => {
        if (error !== signal.reason) throw error;
        // Cancelled while it waited: it starts nothing, but the tool host still records it.
        return make();
      });
      await progress?.end();
      return sent() === "all" ? result : NO_ANSWER;
    } catch (error) {
      if (signal.reason === CANCELLED) return NO_ANSWER;
      throw error;
    } finally {
      void progress?.end();
      calls.delete(id);
      running.ended.resolve();
    }
  }

  return {
    run,
    cancel(id: unknown): void {
      const call = calls.get(id);
      // Before the tool's last words: the client must know that it is being stopped.
      if (call?.afterCancel === "all") void notify(STOPPING, { requestId: id });
      call?.controller.abort(CANCELLED);
    },
    input(params: PlainObject, bytes?: Uint8Array): void {
      calls.get(params.requestId)?.input?.receive(params, bytes);
    },
    leases,
    busy: () => calls.size > 0,
    idle: () => Promise.all([...calls.values()].map(({ ended }) => ended.promise)),
    /** Ends every call. */
    close(): void {
      for (const { controller } of calls.values()) controller.abort(SERVER_ENDS);
    },
  };
}
