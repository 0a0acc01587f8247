/**
 * `subscriptions/listen` of the stateless revisions. Only the list of tools can change here: a stream is acknowledged with what it
 * will be told of, and stays open until its client cancels it or the server ends.
 */

import { CODE, isObject, type JsonObject, type Request } from "../../jsonrpc/message.ts";
import { NO_ANSWER, RpcFailure } from "../../jsonrpc/peer.ts";
import { TOOLS_CHANGED } from "../revisions.ts";

const SUBSCRIPTION_ID = "io.modelcontextprotocol/subscriptionId";
/** Open at the same time; no client has a use for more. */
const SUBSCRIPTIONS_MAX = 100;

export interface Subscriptions {
  /** Acknowledges the stream; resolves with its result when the server ends, or with no answer when it is cancelled. */
  listen(request: Request): Promise<JsonObject | typeof NO_ANSWER>;
  cancel(id: unknown): void;
  /** Tells those who want to hear of it that the list of tools has changed. */
  toolsChanged(): void;
  close(): void;
}

/** `changes`: whether the list of tools ever does. */
export function createSubscriptions(
  notify: (method: string, params: JsonObject) => Promise<void>,
  changes: boolean,
): Subscriptions {
  const open = new Map<unknown, (end: JsonObject | typeof NO_ANSWER) => void>();
  const listening = new Set<unknown>();

  async function listen({ id, params }: Request): Promise<JsonObject | typeof NO_ANSWER> {
    if (!isObject(params.notifications)) throw refusal("notifications must be an object");
    if (open.size >= SUBSCRIPTIONS_MAX) throw refusal(`${open.size} subscriptions are open already`);
    const { promise, resolve } = Promise.withResolvers<JsonObject | typeof NO_ANSWER>();
    open.set(id, resolve);
    const wanted = changes && params.notifications.toolsListChanged === true;
    const notifications = wanted ? { toolsListChanged: true } : {};
    // MCP 2026-07-28, Subscriptions: the acknowledgement is the first message of the stream.
    void notify("notifications/subscriptions/acknowledged", { _meta: idOf(id), notifications });
    if (wanted) listening.add(id);
    return promise.finally(() => {
      open.delete(id);
      listening.delete(id);
    });
  }

  return {
    listen,
    cancel: (id) => open.get(id)?.(NO_ANSWER),
    toolsChanged() {
      for (const id of listening) void notify(TOOLS_CHANGED, { _meta: idOf(id) });
    },
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
