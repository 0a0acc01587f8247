/** One end of a JSON-RPC 2.0 conversation: ids, pending requests, answers. The transport is injected. */

import { RunspecError, readerGone, reasonOf } from "../errors.ts";
import { jsonLine, type PlainObject } from "../json.ts";
import { answerBatch, BATCH_MAX } from "./batch.ts";
import { CODE, classify, type Id, type Message, type Request, type RpcError } from "./message.ts";
import { createOutbox } from "./outbox.ts";

/** Characters of messages that may wait for a reader before no more is taken in. */
const UNSENT_MAX = 32 * 1024 * 1024;
/** Characters of an error's message: what it quotes may have the length of a whole message. */
const ERROR_MAX = 1000;

/** What a request handler returns to leave a request unanswered, as MCP wants of a cancelled one. */
export const NO_ANSWER = Symbol("no answer");

/** Thrown by a request handler to answer with this error. */
export class RpcFailure extends Error {
  readonly rpc: RpcError;
  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.rpc = { code, message, data };
  }

  /** The request was not taken; behind any other error, it may have been carried out. */
  get isRefusal(): boolean {
    return this.rpc.code !== CODE.INTERNAL && Object.values<number>(CODE).includes(this.rpc.code);
  }
}

/** Why a pending request was rejected without an answer: the conversation is over. */
export class PeerClosed extends Error {
  constructor(method: string, reason: string) {
    super(`${method} was not answered: ${reason}`);
  }
}

export interface PeerOptions {
  /** Sends one message; resolves once there is room for the next. A rejection is not the peer's to handle. */
  post(message: string): Promise<void>;
  /** The result of a request, or {@link NO_ANSWER}; throw {@link RpcFailure} to refuse. */
  onRequest(request: Request, batched: boolean): Promise<unknown> | unknown;
  onNotification(method: string, params: PlainObject): void;
  /** Called once the answer to the request `id` has been posted. */
  onAnswered?(id: unknown): void;
  /** Characters of answers that may lie unread before further ones are dropped; left out: the other end waits instead. */
  unreadMax?: number;
  /** Whether an array of messages may be taken as a batch now. */
  acceptsBatch?(): boolean;
  /** What stands for the id of an answer to something that had none: `null`, or no `id` at all. */
  unknownId?(): { id?: null };
}

export type Peer = ReturnType<typeof createPeer>;

type Read = ((result: unknown) => unknown) | undefined;

export function createPeer(options: PeerOptions) {
  const pending = new Map<unknown, PromiseWithResolvers<unknown> & { method: string; read?: Read }>();
  const inFlight = new Set<Id>();
  const handling = new Set<Promise<void>>();
  let nextId = 1;
  let closed: string | undefined;

  const outbox = createOutbox(options.post, options.unreadMax ?? UNSENT_MAX);
  const post = (message: unknown) => outbox.send(jsonLine(message));

  /** A second answer under an id in use would be taken for the first request's, so it goes without an id. */
  function failure(id: Id | undefined, error: RpcError): PlainObject {
    // Half a surrogate pair in a quotation would make the whole message unreadable for strict parsers.
    const message = error.message.slice(0, ERROR_MAX).toWellFormed();
    const known = id === undefined || inFlight.has(id) ? (options.unknownId?.() ?? { id: null }) : { id };
    return { jsonrpc: "2.0", ...known, error: { ...error, message } };
  }

  async function answer(request: Request, batched: boolean): Promise<PlainObject | undefined> {
    const { id } = request;
    if (inFlight.has(id)) {
      const message = `request id ${JSON.stringify(id)} is already in use`;
      return failure(id, { code: CODE.INVALID_REQUEST, message });
    }
    inFlight.add(id);
    const answered = Promise.try(options.onRequest, request, batched).finally(() => inFlight.delete(id));
    try {
      const result = await answered;
      return result === NO_ANSWER ? undefined : { jsonrpc: "2.0", id, result };
    } catch (error) {
      const known = error instanceof RpcFailure;
      return failure(id, known ? error.rpc : { code: CODE.INTERNAL, message: reasonOf(error) });
    }
  }

  /** Takes our request `id` from those that wait. Some servers answer under "3" what was asked under 3. */
  function takePending(given: unknown) {
    const id = Number(given);
    const waiting = pending.get(id);
    pending.delete(id);
    return waiting;
  }

  /** Waits no longer for the answer to the request `id`, which may never come: it is rejected. */
  function forget(id: unknown, reason: string): void {
    const waiting = takePending(id);
    waiting?.reject(new PeerClosed(waiting.method, reason));
  }

  function settle({ id, outcome }: Message & { kind: "response" }): void {
    const waiting = takePending(id);
    if ("error" in outcome)
      waiting?.reject(new RpcFailure(outcome.error.code, outcome.error.message, outcome.error.data));
    else waiting?.resolve(waiting.read ? Promise.try(waiting.read, outcome.result) : outcome.result);
  }

  /** The answer a message calls for, if any. Responses are never answered, so two peers cannot argue for ever. */
  async function handle(message: Message, batched: boolean): Promise<PlainObject | undefined> {
    if (message.kind === "request") return answer(message, batched);
    if (message.kind === "notification") options.onNotification(message.method, message.params);
    else if (message.kind === "response") settle(message);
    else {
      const { id, error, isAnswer } = message;
      const waiting = isAnswer ? takePending(id) : undefined;
      if (waiting === undefined) return failure(id, error);
      waiting.reject(new RunspecError(`the answer to ${waiting.method} is not valid JSON-RPC`));
    }
  }

  async function handleBatch(items: unknown[]): Promise<void> {
    if (items.length > BATCH_MAX) {
      const message = `a batch has at most ${BATCH_MAX} messages, this one ${items.length}`;
      return post(failure(undefined, { code: CODE.INVALID_REQUEST, message }));
    }
    await answerBatch(items, (item) => handle(classify(item), true), outbox.send);
  }

  async function handleOne(value: unknown): Promise<void> {
    const reply = await handle(classify(value), false);
    if (reply === undefined || (options.unreadMax !== undefined && outbox.room() !== undefined)) return;
    await post(reply);
    options.onAnswered?.(reply.id);
  }

  return {
    /** Sends a request. `read` is given its result before what comes next is read. `result` rejects as that throws, with {@link RpcFailure} for an error answer, and when the peer is closed. */
    request(method: string, params?: PlainObject, read?: Read): { id: Id; result: Promise<unknown> } {
      const id = nextId++;
      if (closed !== undefined) return { id, result: Promise.reject(new PeerClosed(method, closed)) };
      const waiting = { method, read, ...Promise.withResolvers<unknown>() };
      pending.set(id, waiting);
      post({ jsonrpc: "2.0", id, method, params }).catch((error) => forget(id, reasonOf(error)));
      return { id, result: waiting.promise };
    },
    /** Sends a notification; resolves once there is room for more. That it cannot be sent is no failure: reading notices the end. */
    notify: (method: string, params?: PlainObject): Promise<void> =>
      post({ jsonrpc: "2.0", method, params }).catch(readerGone),
    /** Whether the answer to our request `id` has not come yet. */
    isPending: (id: unknown): boolean => pending.has(id),
    forget,
    /** Resolves when the other end has taken enough for more to be sent; undefined: it has. */
    room: outbox.room,
    /** Takes one parsed line: a message, a batch, or something to refuse. A promise where the other end reads nothing: wait for it before the next line. */
    receive(value: unknown): Promise<void> | undefined {
      const batch = Array.isArray(value) && value.length > 0 && options.acceptsBatch?.() === true;
      const handled = (batch ? handleBatch(value) : handleOne(value))
        .catch(readerGone)
        .finally(() => handling.delete(handled));
      handling.add(handled);
      return options.unreadMax === undefined ? outbox.room() : undefined;
    },
    /** Answers a line that could not be read: not JSON, or too long; under its id, where that is known. */
    refuse(error: RpcError, id?: Id): Promise<void> | undefined {
      post(failure(id, error)).catch(readerGone);
      return outbox.room();
    },
    /** Resolves when everything received so far has been answered. */
    settled: () => Promise.all(handling).then(() => {}),
    /** Rejects every pending request, each by its name; later requests are rejected at once. Nobody waits from now on. */
    close(reason: string): void {
      closed = reason;
      outbox.release();
      for (const id of [...pending.keys()]) forget(id, reason);
    },
  };
}
