/** The calls under way: so many at once, each to be cancelled and fed by the id of its request. */

import { CODE, type Id, isObject, type JsonObject, type Request } from "../jsonrpc/message.ts";
import { NO_ANSWER, RpcFailure } from "../jsonrpc/peer.ts";
import type { Parts } from "./bytes.ts";
import { callTool } from "./call.ts";
import type { Implementation } from "./envelope.ts";
import { INPUT_TAKEN, LEASED, RUN, STDIN, STOPPING } from "./extension.ts";
import { createInputReceiver, type InputReceiver } from "./input.ts";
import { createLeases, LEASE_OVER, type Leases } from "./lease.ts";
import { createLimiter, TooManyWaiting } from "./limiter.ts";
import { createProgress, type Progress } from "./progress.ts";
import type { ToolHost } from "./tool-host.ts";
import type { Revision } from "./versions.ts";

/** Calls that may wait for a place; a client with more of them has lost count. */
const WAITING_CALLS = 10_000;
/** Characters of a progress token, which every report repeats. */
const TOKEN_MAX = 1024;
/** Of their messages: they are held until it is their turn. */
const WAITING_BYTES = 16 * 1024 * 1024;

export interface CallsOptions {
  tools: ToolHost;
  /** Calls run at once; more wait. */
  concurrency: number;
  post(message: Parts): Promise<void>;
  notify(method: string, params: JsonObject): Promise<void>;
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
  /** Runs a `tools/call` or `runspec/run`, whose message has so many bytes, to its result; a cancelled one gets no answer. */
  run(request: Request, caller: Caller, bytes: number): Promise<JsonObject | typeof NO_ANSWER>;
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
  const limiter = createLimiter({
    running: options.concurrency,
    waiting: WAITING_CALLS,
    waitingBytes: WAITING_BYTES,
  });
  const calls = new Map<unknown, Running>();
  const leases = createLeases();

  async function run(
    request: Request,
    caller: Caller,
    bytes: number,
  ): Promise<JsonObject | typeof NO_ANSWER> {
    const { id, params } = request;
    const controller = new AbortController();
    const { signal } = controller;
    const ended = Promise.withResolvers<void>();
    const meta = isObject(params._meta) ? params._meta : {};
    // MCP 2026-07-28, stdio, Cancellation: no further messages for a cancelled request.
    const silent = () => !calls.has(id) || (signal.aborted && caller.revision.era === "stateless");
    const input = meta[STDIN] === true ? receiveInput(id, silent) : undefined;
    // MCP wants a cancelled request unanswered. A call of words is ours: a person waits to hear how the tool ended.
    const answersStop = request.method === RUN && caller.revision.era === "handshake";
    calls.set(id, { controller, input, answersStop, ended: ended.promise });
    const progress = reportProgress(meta.progressToken, signal);
    let started = false;
    let giveBack = () => {};
    const onStart = () => {
      const { leaseMs: ms } = options.tools.settings(String(params.name));
      if (caller.lease === "none") return;
      giveBack = leases.keep(ms, () => {
        controller.abort(LEASE_OVER);
        options.onLapsed(id);
      });
      if (caller.lease === "told")
        options.notify(LEASED, { requestId: id, seconds: ms / 1000 }).catch(() => {});
    };
    const call = () => {
      started = true;
      return callTool({ ...options, ...caller, request, signal, input, onStart, progress });
    };
    try {
      const result = await limiter.run(signal, call, bytes);
      // Nobody has cancelled a call whose client was silent: it may be back, and is told.
      const answers = answersStop || signal.reason === LEASE_OVER;
      return signal.aborted && !answers ? NO_ANSWER : result;
    } catch (error) {
      // One that was cancelled while it waited starts nothing any more, but the tools behind us are told of it.
      const told = signal.aborted && !started ? await call().catch(() => undefined) : undefined;
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
  function reportProgress(token: unknown, signal: AbortSignal): Progress | undefined {
    if (typeof token !== "number" && !(typeof token === "string" && token.length <= TOKEN_MAX))
      return undefined;
    let underWay = false;
    return createProgress(({ progress, message }) => {
      // A client that does not read gets no second report on top of the first.
      if (signal.aborted || underWay) return;
      underWay = true;
      const done = () => {
        underWay = false;
      };
      const report = { progressToken: token, progress, message };
      options.notify("notifications/progress", report).then(done, done);
    }, options.heartbeatMs);
  }

  function receiveInput(id: Id, silent: () => boolean): InputReceiver {
    // A lost notification is no loss: the reader of the transport learns that the client has gone.
    const tell = (params: JsonObject) => {
      if (!silent()) options.notify(INPUT_TAKEN, { requestId: id, ...params }).catch(() => {});
    };
    return createInputReceiver({ taken: (bytes) => tell({ bytes }), closed: () => tell({ closed: true }) });
  }

  return {
    run,
    cancel(id) {
      const call = calls.get(id);
      if (call === undefined) return;
      // Before all that the tool has to say of it: whoever waits must know that somebody is at it.
      if (call.answersStop) options.notify(STOPPING, { requestId: id }).catch(() => {});
      call.controller.abort();
    },
    input: (params, bytes) => calls.get(params.requestId)?.input?.receive(params, bytes),
    leases,
    busy: () => calls.size > 0,
    async idle() {
      await Promise.all([...calls.values()].map(({ ended }) => ended));
    },
    async close() {
      const all = [...calls.values()];
      for (const { controller } of all) controller.abort();
      await Promise.all(all.map(({ ended }) => ended));
    },
  };
}
