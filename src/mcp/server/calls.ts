/** The calls under way, each from its request to its result: so many at once, to be cancelled and fed by the ids of their requests. */

import { CODE, type Id, type JsonObject } from "../../jsonrpc/message.ts";
import { NO_ANSWER, RpcFailure } from "../../jsonrpc/peer.ts";
import { visible } from "../../text.ts";
import type { Parts } from "../bytes.ts";
import { INPUT_TAKEN, LEASED, STOPPING } from "../extension.ts";
import type { Implementation, Revision } from "../revisions.ts";
import type { ToolHost } from "../tool-host.ts";
import { type CallRequest, malformedParams } from "./call-request.ts";

import { createInputReceiver, type InputReceiver } from "./input.ts";
import { createLeases, LEASE_OVER, type Leases, lapsed } from "./lease.ts";
import { createLimiter, TooManyWaiting } from "./limiter.ts";
import { captureOutput, streamOutput } from "./output.ts";
import { createProgress, type Progress } from "./progress.ts";

/** Calls that may wait for a place; a client with more of them has lost count. */
const WAITING_CALLS = 10_000;
/** Of their messages: they are held until it is their turn. */
const WAITING_BYTES = 16 * 1024 * 1024;
/** Characters of the name that an answer repeats, which need not be that of a tool. */
const TOOL_MAX = 256;

export interface CallsOptions {
  tools: ToolHost;
  /** Calls run at once; more wait. */
  concurrency: number;
  /** Sends one message, with nothing between its parts. */
  post(message: Parts): Promise<void>;
  notify(method: string, params: JsonObject): Promise<void>;
  /** Where the stderr of a tool goes live when its client did not ask for the stream. */
  stderr(bytes: Uint8Array): Promise<void>;
  /** The client of the call `id` was silent for longer than its lease. */
  onLapsed(id: Id): void;
  /** How often a silent call is reported alive; undefined: as usual. */
  heartbeatMs?: number;
}

/** Who is calling, and in which revision. */
export interface Caller {
  revision: Revision;
  client: Implementation | undefined;
  /** `told`: it keeps leases and is told of them; `kept`: somebody on the way keeps them for it. */
  lease: "none" | "kept" | "told";
}

export interface Calls {
  /** Runs a call, whose message has so many bytes, to its result; a cancelled one gets no answer. */
  run(id: Id, request: CallRequest, caller: Caller, bytes: number): Promise<JsonObject | typeof NO_ANSWER>;
  cancel(id: unknown): void;
  /** Takes the params of one input notification, or some of the bytes that it announced. */
  input(params: JsonObject, bytes?: Uint8Array): void;
  leases: Pick<Leases, "heard" | "suspend">;
  /** Whether a call is under way. */
  busy(): boolean;
  /** Resolves when the calls that are under way now have ended. */
  idle(): Promise<void>;
  /** Cancels every call and resolves when all have ended. */
  close(): Promise<void>;
}

interface Running {
  controller: AbortController;
  input: InputReceiver | undefined;
  /** It is answered also where it was cancelled. */
  answersStop: boolean;
  ended: Promise<void>;
}

export function createCalls(options: CallsOptions): Calls {
  const { tools, concurrency, notify } = options;
  const limiter = createLimiter({
    running: concurrency,
    waiting: WAITING_CALLS,
    waitingBytes: WAITING_BYTES,
  });
  const calls = new Map<unknown, Running>();
  const leases = createLeases();

  async function run(
    id: Id,
    request: CallRequest,
    caller: Caller,
    bytes: number,
  ): Promise<JsonObject | typeof NO_ANSWER> {
    const { call, stream, apart, progressToken } = request;
    const { revision, client, lease } = caller;
    const { json, maxOutput, leaseMs } = tools.settings(call.name);
    const controller = new AbortController();
    const { signal } = controller;
    const ended = Promise.withResolvers<void>();
    // MCP 2026-07-28, stdio, Cancellation: no further messages for a cancelled request. In a handshake's session the
    // extension goes on to the end, so that a person who pressed Ctrl-C sees the tool clean up.
    const isCancelled = () => signal.aborted && revision.era === "stateless";
    const input = request.sendsInput
      ? createInputReceiver((params) => {
          if (calls.has(id) && !isCancelled()) void notify(INPUT_TAKEN, { requestId: id, ...params });
        })
      : undefined;
    // MCP wants a cancelled request unanswered. A call of words is ours: a person waits to hear how the tool ended.
    const answersStop = call.words !== undefined && revision.era === "handshake";
    calls.set(id, { controller, input, answersStop, ended: ended.promise });
    const progress = progressToken === undefined ? undefined : reportProgress(progressToken, signal);
    let started = false;
    let giveBack = () => {};

    function onStart(): void {
      if (lease === "none") return;
      giveBack = leases.keep(leaseMs, () => {
        controller.abort(LEASE_OVER);
        options.onLapsed(id);
      });
      if (lease === "told") void notify(LEASED, { requestId: id, seconds: leaseMs / 1000 });
    }

    async function perform(): Promise<JsonObject> {
      started = true;
      const isSilenced = () => isCancelled() && signal.reason !== LEASE_OVER;
      const output =
        stream === "none"
          ? captureOutput(maxOutput, options.stderr)
          : streamOutput({ id, raw: stream === "raw", signal, isSilenced, post: options.post });
      const outcome = await tools.call(call, {
        client,
        signal,
        onStart,
        onSecrets: (hide) => progress?.hide(hide),
        ...(progress !== undefined && { onProgress: progress.say }),
        onOutput(name, chunk) {
          progress?.add(chunk);
          return output.take(name, chunk);
        },
        ...(input !== undefined && { feed: input.feed }),
      });
      if (call.words === undefined && outcome.kind === "refused" && outcome.objections.includes("tool"))
        throw malformedParams(`unknown tool: ${visible(call.name)}`);
      return output.result({
        tool: call.name.slice(0, TOOL_MAX).toWellFormed(),
        outcome: signal.reason === LEASE_OVER ? lapsed(outcome, call.name, leaseMs) : outcome,
        structured: json || outcome.kind === "answered" ? revision.structuredContent : "absent",
        apart,
      });
    }

    try {
      const result = await limiter.run(signal, perform, bytes);
      // Nobody has cancelled a call whose client was silent: it may be back, and is told.
      return signal.aborted && !answersStop && signal.reason !== LEASE_OVER ? NO_ANSWER : result;
    } catch (error) {
      // One that was cancelled while it waited starts nothing any more, but the tools behind us are told of it.
      const told = signal.aborted && !started ? await perform().catch(() => undefined) : undefined;
      if (signal.aborted) return (answersStop ? told : undefined) ?? NO_ANSWER;
      throw error instanceof TooManyWaiting ? new RpcFailure(CODE.INTERNAL, error.message) : error;
    } finally {
      giveBack();
      progress?.stop();
      calls.delete(id);
      ended.resolve();
    }
  }

  /** From the moment it is asked for: a call that waits for its turn is alive, too. */
  function reportProgress(progressToken: string | number, signal: AbortSignal): Progress {
    let underWay = false;
    return createProgress((report) => {
      // A client that does not read gets no second report on top of the first.
      if (signal.aborted || underWay) return;
      underWay = true;
      void notify("notifications/progress", { progressToken, ...report }).then(() => {
        underWay = false;
      });
    }, options.heartbeatMs);
  }

  const allEnded = () => Promise.all([...calls.values()].map(({ ended }) => ended));
  return {
    run,
    cancel(id) {
      const call = calls.get(id);
      if (call === undefined) return;
      // Before all that the tool has to say of it: whoever waits must know that somebody is at it.
      if (call.answersStop) void notify(STOPPING, { requestId: id });
      call.controller.abort();
    },
    input: (params, bytes) => calls.get(params.requestId)?.input?.receive(params, bytes),
    leases,
    busy: () => calls.size > 0,
    async idle() {
      await allEnded();
    },
    async close() {
      for (const { controller } of calls.values()) controller.abort();
      await allEnded();
    },
  };
}
