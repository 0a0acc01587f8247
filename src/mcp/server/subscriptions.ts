/** `subscriptions/listen` of the stateless revisions. A stream is told of changes of the tools, which alone can change, until its client or the server ends it. */

import { isObject, type PlainObject } from "../../json.ts";
import type { Request } from "../../jsonrpc/message.ts";
import { NO_ANSWER, type Peer } from "../../jsonrpc/peer.ts";
import { REPEATED_ID_MAX } from "../extension.ts";
import { TOOLS_CHANGED } from "../revisions.ts";
import { malformedParams } from "./call-request.ts";

const SUBSCRIPTION_ID = "io.modelcontextprotocol/subscriptionId";
/** Open at the same time; no client has a use for more. */
const SUBSCRIPTIONS_MAX = 100;

export function createSubscriptions(notify: Peer["notify"]) {
  const open = new Map<unknown, { wanted: boolean; end(result: PlainObject | typeof NO_ANSWER): void }>();

  return {
    /** Acknowledges the stream; resolves with its result when the server ends, or with no answer when it is cancelled. */
    async listen({ id, params }: Request): Promise<PlainObject | typeof NO_ANSWER> {
      if (String(id).length > REPEATED_ID_MAX) throw malformedParams("the id is too long: news repeat it");
      if (!isObject(params.notifications)) throw malformedParams("notifications must be an object");
      if (open.size >= SUBSCRIPTIONS_MAX)
        throw malformedParams(`${open.size} subscriptions are open already`);
      const { promise, resolve: end } = Promise.withResolvers<PlainObject | typeof NO_ANSWER>();
      const wanted = params.notifications.toolsListChanged === true;
      open.set(id, { wanted, end });
      const notifications = wanted ? { toolsListChanged: true } : {};
      // MCP 2026-07-28, Subscriptions: the acknowledgement is the first message of the stream.
      void notify("notifications/subscriptions/acknowledged", { _meta: idOf(id), notifications });
      return promise.finally(() => open.delete(id));
    },
    cancel: (id: unknown) => open.get(id)?.end(NO_ANSWER),
    /** Tells those who want to hear of it that the list of tools has changed. */
    toolsChanged() {
      for (const [id, { wanted }] of open) if (wanted) void notify(TOOLS_CHANGED, { _meta: idOf(id) });
    },
    close() {
      for (const [id, { end }] of open) end({ _meta: idOf(id) });
    },
  };
}

const idOf = (id: unknown): PlainObject => ({ [SUBSCRIPTION_ID]: id });
