/**
 * `subscriptions/listen` of the stateless revisions. Nothing changes while this server runs, so there is nothing to subscribe to:
 * a stream is acknowledged with an empty filter and stays open until its client cancels it or the server ends.
 */

import { CODE, isObject, type JsonObject, type Request } from "../jsonrpc/message.ts";
import { NO_ANSWER, RpcFailure } from "../jsonrpc/peer.ts";

const SUBSCRIPTION_ID = "io.modelcontextprotocol/subscriptionId";
/** Open at the same time; no client has a use for more. */
const SUBSCRIPTIONS_MAX = 100;

export interface Subscriptions {
  /** Acknowledges the stream; resolves with its result when the server ends, or with no answer when it is cancelled. */
  listen(request: Request): Promise<JsonObject | typeof NO_ANSWER>;
  cancel(id: unknown): void;
  close(): void;
}

export function createSubscriptions(
  notify: (method: string, params: JsonObject) => Promise<void>,
): Subscriptions {
  const open = new Map<unknown, (end: JsonObject | typeof NO_ANSWER) => void>();

  async function listen({ id, params }: Request): Promise<JsonObject | typeof NO_ANSWER> {
    if (!isObject(params.notifications)) throw refusal("notifications must be an object");
    if (open.size >= SUBSCRIPTIONS_MAX) throw refusal(`${open.size} subscriptions are open already`);
    const { promise, resolve } = Promise.withResolvers<JsonObject | typeof NO_ANSWER>();
    open.set(id, resolve);
    // MCP 2026-07-28, Subscriptions: the acknowledgement is the first message of the stream.
    notify("notifications/subscriptions/acknowledged", { _meta: idOf(id), notifications: {} }).catch(
      () => {},
    );
    return promise.finally(() => open.delete(id));
  }

  return {
    listen,
    cancel: (id) => open.get(id)?.(NO_ANSWER),
    close() {
      for (const [id, end] of open) end({ _meta: idOf(id) });
    },
  };
}

function idOf(id: unknown): JsonObject {
  return { [SUBSCRIPTION_ID]: id };
}

function refusal(message: string): RpcFailure {
  return new RpcFailure(CODE.INVALID_PARAMS, message);
}
