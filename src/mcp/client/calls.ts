/** The calls that a client has under way: their input, their output, and the leases that they are kept by. */

import { handledElsewhere } from "../../errors.ts";
import type { PlainObject } from "../../json.ts";
import type { Id } from "../../jsonrpc/message.ts";
import type { Peer } from "../../jsonrpc/peer.ts";
import type { Output } from "../bytes.ts";
import { ALIVE, type CallMeta, INPUT_TAKEN, LEASED, RUN, STOPPING, writeCallMeta } from "../extension.ts";
import type { ClientOptions } from "./client.ts";
import type { ServerInfo } from "./handshake.ts";
import { createInputSender, type InputSender } from "./input.ts";
import { createKeepAlive, secondsIn } from "./keep-alive.ts";

export interface CallOptions extends Partial<Pick<CallMeta, "last" | "sendsInput" | "behalf">> {
  /** The answer is to hold the output, cut as for an agent, instead of it coming live; how far the call is is told meanwhile. */
  collected?: { onProgress?: ((message: string) => void) | undefined };
}

export interface SentCall<T> {
  id: Id;
  result: Promise<T>;
  input: InputSender;
}

interface SentCallsOptions extends Pick<ClientOptions, "post" | "onOutput"> {
  peer: Pick<Peer, "request" | "notify" | "forget" | "isPending">;
  /** What the server has said of itself; undefined: nothing yet. */
  server(): ServerInfo | undefined;
}

export function createSentCalls({ peer, post, server, onOutput }: SentCallsOptions) {
  const calls = new Map<unknown, { method: string; input: InputSender; onStopping?: () => void }>();
  const keepAlive = createKeepAlive((params) => peer.notify(ALIVE, params));
  /** Who wants reports of progress, by the token of the call. */
  const progress = new Map<unknown, (message: string) => void>();
  let tokens = 0;
  /** Calls whose tool may have run: they were sent, and not refused. */
  let unrefused = 0;
  let lease: number | undefined;
  let shortest: number | undefined;

  /** The input of the call `id`, until it is answered; a call of words is not under way at a server that takes none. */
  function underWay(id: unknown): InputSender | undefined {
    const call = peer.isPending(id) ? calls.get(id) : undefined;
    const info = server();
    return info === undefined || (call?.method === RUN && !info.runsWords) ? undefined : call?.input;
  }

  /** For as long as there are calls: the shortest that was told of keeps them all. */
  function keepLease(seconds: number | undefined): void {
    if (seconds === undefined) return;
    lease = seconds;
    shortest = Math.min(shortest ?? seconds, seconds);
    keepAlive.every(shortest);
  }

  return {
    send<T extends { kind: string } | undefined>(
      method: string,
      { collected, ...options }: CallOptions & { human: boolean },
      params: PlainObject,
      read: (result: Promise<unknown>) => Promise<T>,
    ): SentCall<T> {
      const token = ++tokens;
      if (collected?.onProgress !== undefined) progress.set(token, collected.onProgress);
      const meta = writeCallMeta({
        ...{ last: false, sendsInput: false, ...options },
        stream: collected === undefined ? "raw" : "none",
        apart: collected !== undefined,
        progressToken: progress.has(token) ? token : undefined,
      });
      const { id, result } = peer.request(method, { ...params, _meta: meta });
      const input = createInputSender(id, post, () => server()?.raw === true);
      calls.set(id, { method, input });
      const over = () => {
        calls.delete(id);
        progress.delete(token);
        input.taken({ closed: true });
        if (calls.size > 0) return;
        shortest = undefined;
        keepAlive.every(undefined);
      };
      result.then(over, over);
      const runs = params.check === true ? 0 : 1;
      unrefused += runs;
      const answer = read(result);
      // Its caller may wait for something else first.
      answer.then((told) => {
        if (told === undefined || told.kind === "refused") unrefused -= runs;
      }, handledElsewhere);
      return { id, result: answer, input };
    },
    notified(method: string, params: PlainObject): void {
      const amounts = [params.progress, params.total].filter((amount) => typeof amount === "number");
      const { message = amounts.join(" of ") } = params;
      if (method === "notifications/progress" && typeof message === "string")
        progress.get(params.progressToken)?.(message);
      const input = underWay(params.requestId);
      if (method === INPUT_TAKEN) input?.taken(params);
      if (method === STOPPING) calls.get(params.requestId)?.onStopping?.();
      if (method === LEASED && input !== undefined) keepLease(secondsIn(params));
    },
    /** Takes output; undefined: it made no sense. What comes unasked, early, late or for another call is dropped. */
    async output(output: Output | undefined): Promise<void> {
      if (output !== undefined && underWay(output.requestId) !== undefined) await onOutput(output);
    },
    /** Whether a tool may have been started by what was sent. */
    called: () => unrefused > 0,
    /** The lease of the last whose tool was started, in seconds; undefined: none is known. */
    lease: () => lease,
    /** Resolves when the server says that it is stopping the call, which many never do. */
    cancel: (id: Id, reason: string) =>
      new Promise<void>((resolve) => {
        const call = calls.get(id);
        if (call !== undefined) call.onStopping = resolve;
        void peer.notify("notifications/cancelled", { requestId: id, reason });
      }),
    /** Cancels the call and waits for no answer, which MCP wants to be none. */
    drop(id: Id, reason: string): void {
      void peer.notify("notifications/cancelled", { requestId: id, reason });
      peer.forget(id, reason);
    },
    alive: keepAlive.say,
  };
}
