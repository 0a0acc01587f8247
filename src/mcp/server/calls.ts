/** The calls under way, each from its request to its result; what cancels or feeds one names the id of its request. */

import { EXIT } from "../../errors.ts";
import type { PlainObject } from "../../json.ts";
import type { Id } from "../../jsonrpc/message.ts";
import { NO_ANSWER, type Peer, type RpcFailure } from "../../jsonrpc/peer.ts";
import { visible } from "../../text.ts";
import { INPUT_TAKEN, LEASED, STOPPING } from "../extension.ts";
import type { Implementation } from "../implementation.ts";
import type { Revision } from "../revisions.ts";
import type { ServedOutcome, ToolCall } from "../tool-host.ts";
import { type CallRequest, malformedParams } from "./call-request.ts";
import { createInputReceiver } from "./input.ts";
import { createLeases, cutShort, LEASE_OVER } from "./lease.ts";
import { createLimiter } from "./limiter.ts";
import { captureOutput, streamOutput } from "./output.ts";
import { createProgress } from "./progress.ts";
import type { ServerOptions } from "./server.ts";

/** Calls that may wait for a place, and bytes of their messages, which are held until then: a client with more of them has lost count. */
const LIMITS = { waiting: 10_000, waitingBytes: 16 * 1024 * 1024 };
/** Characters of the tool's name that an answer repeats: a client may send anything. */
const TOOL_MAX = 256;
/** Why a call is aborted: its client has cancelled it, and gets no answer. For any other reason it is told how the call ended. */
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

export interface Caller {
  revision: Revision;
  client: Implementation | undefined;
  /** `told`: it keeps leases and is told of them; `kept`: a relay on the way (`jump --mcp`) keeps them for it. */
  lease: "none" | "kept" | "told";
}

export type Calls = ReturnType<typeof createCalls>;

interface Running {
  controller: AbortController;
  input: ReturnType<typeof createInputReceiver> | undefined;
  afterCancel: Delivery;
  ended: Promise<void>;
}

/** What a client is sent of its call from now on: what the tool says, and the answer; the first alone; or nothing any more. */
type Delivery = "all" | "output" | "nothing";

/** What a client is sent of a call that it has cancelled, or left. */
function sentAfterCancel({ words }: ToolCall, { era }: Revision): Delivery {
  // MCP 2026-07-28, stdio, Cancellation: no further messages for a cancelled request.
  if (era === "stateless") return "nothing";
  // Else MCP wants no answer alone: a person who pressed Ctrl-C sees the tool clean up. A call of words is ours, and tells how that ended.
  return words === undefined ? "output" : "all";
}

/** The error that MCP has for a tool that is not there. The first line of our own reason says as much; what helps stands behind it. */
function unknownTool(name: string, reasons: readonly string[]): RpcFailure {
  const [, ...help] = reasons.join("\n").split("\n");
  return malformedParams([`unknown tool: ${visible(name)}`, ...help].filter(Boolean).join("; "));
}

export function createCalls(options: CallsOptions) {
  const { tools, concurrency, notify } = options;
  const limiter = createLimiter({ running: concurrency, ...LIMITS });
  const calls = new Map<unknown, Running>();
  const leases = createLeases();

  /** Runs a call, whose message has so many bytes, to its result; a cancelled one gets no answer. */
  async function run(
    id: Id,
    { call, stream, apart, sendsInput, progressToken }: CallRequest,
    { revision, client, lease }: Caller,
    bytes: number,
  ): Promise<PlainObject | typeof NO_ANSWER> {
    const { json, maxOutput, leaseMs: usualMs } = tools.settings(call.name);
    const leaseMs = lease === "kept" ? Math.max(usualMs, options.shortestTold()) : usualMs;
    const controller = new AbortController();
    const { signal } = controller;
    const afterCancel = sentAfterCancel(call, revision);
    const isCancelled = () => signal.reason === CANCELLED;
    const sent = () => (isCancelled() ? afterCancel : "all");
    const isSilenced = () => sent() === "nothing";
    const tellInput = (params: PlainObject) => {
      if (calls.has(id) && !isSilenced()) void notify(INPUT_TAKEN, { requestId: id, ...params });
    };
    const giveUp = () => controller.abort(TOO_MUCH_INPUT);
    const input = sendsInput ? createInputReceiver(tellInput, giveUp) : undefined;
    const ended = Promise.withResolvers<void>();
    calls.set(id, { controller, input, afterCancel, ended: ended.promise });
    const report = async (event: PlainObject) => {
      if (!signal.aborted) await notify("notifications/progress", { progressToken, ...event });
    };
    // From now on: a call that waits for its turn is alive, too.
    const progress = progressToken === undefined ? undefined : createProgress(report, options.heartbeatMs);
    let begun = false;
    let endLease = () => {};

    function onStart(): void {
      if (lease === "none") return;
      endLease = leases.keep(leaseMs, () => {
        controller.abort(LEASE_OVER);
        options.onLapsed(id);
      });
      if (lease === "told") void notify(LEASED, { requestId: id, seconds: leaseMs / 1000 });
    }

    /** What a tool did not do because it was stopped is no success, whatever it ended with. */
    function unlessCut(outcome: ServedOutcome): ServedOutcome {
      if (signal.reason === LEASE_OVER)
        return cutShort(outcome, call.name, `nothing was heard from its client for ${leaseMs / 1000} s`);
      if (outcome.kind !== "ended" || !outcome.cancelled || isCancelled()) return outcome;
      if (signal.reason === TOO_MUCH_INPUT) return cutShort(outcome, call.name, TOO_MUCH_INPUT);
      return { ...outcome, exitCode: outcome.exitCode || EXIT.CONNECTION };
    }

    async function perform(): Promise<PlainObject> {
      begun = true;
      // What has come with it may cancel it.
      await new Promise(setImmediate);
      // Where the client takes no answers, this one would wait in memory with the others.
      await options.room();
      // A client that keeps a lease leaves its end open until it is answered: if it is closed, Ctrl-C came before we read the call.
      if (lease === "told" && options.isLeft?.()) controller.abort(SERVER_ENDS);
      const output =
        stream === "none"
          ? captureOutput(maxOutput, options.stderr)
          : streamOutput({ id, raw: stream === "raw", signal, isSilenced, post: options.post });
      const outcome = await tools.call(call, {
        client,
        signal,
        room: options.room,
        onStart,
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
      return output.result({
        tool: call.name.slice(0, TOOL_MAX).toWellFormed(),
        outcome: unlessCut(outcome),
        structured: json || outcome.kind === "answered" ? revision.structuredContent : "absent",
        apart,
      });
    }

    try {
      const result = await limiter.run(perform, { signal, bytes }).catch((error: unknown) => {
        if (begun || !signal.aborted) throw error;
        // Cancelled while it waited: it starts nothing, but the tool host still records it.
        return perform();
      });
      await progress?.end();
      return sent() === "all" ? result : NO_ANSWER;
    } catch (error) {
      if (isCancelled()) return NO_ANSWER;
      throw error;
    } finally {
      endLease();
      void progress?.end();
      calls.delete(id);
      ended.resolve();
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
    idle: () => Promise.all([...calls.values()].map(({ ended }) => ended)),
    /** Ends every call. */
    close(): void {
      for (const { controller } of calls.values()) controller.abort(SERVER_ENDS);
    },
  };
}
