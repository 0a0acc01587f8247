/** The calls of a client, each from its request to its result; what cancels or feeds one names the id of its request. */

import { createLimiter } from "../../concurrency.ts";
import type { PlainObject } from "../../json.ts";
import type { Id } from "../../jsonrpc/message.ts";
import { NO_ANSWER, type Peer } from "../../jsonrpc/peer.ts";
import { INPUT_WINDOW, LEASED } from "../extension.ts";
import { type CallRequest, unknownTool } from "./call-request.ts";
import type { Caller } from "./handshake.ts";
import { createLeases } from "./lease.ts";
import { type CallOutput, captureOutput, streamOutput } from "./output.ts";
import { createRunningCall, type RunningCall, SERVER_ENDS } from "./running-call.ts";
import type { ServerOptions } from "./server.ts";

/** Calls that may wait for a place, and bytes of the messages of all calls, and of their input: a client with more of them has lost count. */
const LIMITS = { waiting: 10_000, bytes: 64 * 1024 * 1024 };
interface CallsOptions
  extends Pick<
      ServerOptions,
      "tools" | "concurrency" | "stderr" | "heartbeatMs" | "post" | "isLeft" | "onLost"
    >,
    Pick<Peer, "notify" | "room"> {
  /** The shortest lease, as the client was told first: a relay keeps all of them by it. */
  shortestTold(): number;
}

export type Calls = ReturnType<typeof createCalls>;

export function createCalls(options: CallsOptions) {
  const { tools, notify } = options;
  const inTurn = createLimiter({ running: options.concurrency, ...LIMITS });
  const calls = new Map<unknown, RunningCall>();
  const leases = createLeases();

  /** Keeps the lease of a call whose tool was started, until the returned function is called. */
  function keepLease(running: RunningCall, usualMs: number, output: CallOutput): () => void {
    const { id, caller, request } = running;
    if (caller.lease === "none") return () => {};
    const ms = caller.lease === "kept" ? Math.max(usualMs, options.shortestTold()) : usualMs;
    if (caller.lease === "told") void notify(LEASED, { requestId: id, seconds: ms / 1000 });
    return leases.keep(ms, () => {
      running.abort(`nothing was heard from its client for ${ms / 1000} s`);
      output.expectReader();
      if (request.last) options.onLost();
    });
  }

  /** Has the tool host make the call, to its result. */
  async function perform(running: RunningCall): Promise<PlainObject> {
    const { id, request, caller, signal, input, progress, sent } = running;
    const { call, stream, apart } = request;
    // What has come with it may cancel it.
    await new Promise(setImmediate);
    // Where the client takes no answers, this one would wait in memory with the others.
    await options.room();
    // A client that keeps a lease leaves its end open until it is answered: if it is closed, Ctrl-C came before we read the call.
    if (caller.lease === "told" && options.isLeft?.()) running.abort(SERVER_ENDS);
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
        room: options.room,
        onStart() {
          endLease = keepLease(running, leaseMs, output);
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
        outcome: running.told(outcome),
        structured: json || outcome.kind === "answered" ? caller.revision.structuredContent : "absent",
        apart,
      });
    } finally {
      endLease();
    }
  }

  /** Runs a call, whose message has so many bytes, to its result; a cancelled one gets no answer. */
  async function run(id: Id, request: CallRequest, caller: Caller, bytes: number) {
    const running = createRunningCall(id, request, caller, options);
    const { signal, progress, sent } = running;
    const make = () => perform(running);
    const turn = { signal, bytes: bytes + (running.input ? INPUT_WINDOW : 0) };
    // From now on it can be cancelled and fed, also while it waits for its turn.
    calls.set(id, running);
    try {
      const result = await inTurn(make, turn).catch((error: unknown) => {
        if (error !== signal.reason) throw error;
        // Cancelled while it waited: it starts nothing, but the tool host still records it.
        return make();
      });
      await progress?.end();
      return sent() === "all" ? result : NO_ANSWER;
    } catch (error) {
      if (running.isCancelled()) return NO_ANSWER;
      throw error;
    } finally {
      calls.delete(id);
      running.close();
    }
  }

  return {
    run,
    cancel: (id: unknown): void => calls.get(id)?.cancel(),
    input(params: PlainObject, bytes?: Uint8Array): void {
      calls.get(params.requestId)?.input?.receive(params, bytes);
    },
    leases,
    busy: () => calls.size > 0,
    idle: () => Promise.all([...calls.values()].map(({ closed }) => closed)),
    /** Ends every call. */
    close(): void {
      for (const { abort } of calls.values()) abort(SERVER_ENDS);
    },
  };
}
