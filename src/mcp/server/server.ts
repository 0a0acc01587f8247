/** An MCP server over a line transport: the handshake revisions and the stateless one, side by side. */

import { CODE, type Id, type Request } from "../../jsonrpc/message.ts";
import { createPeer, NO_ANSWER, RpcFailure } from "../../jsonrpc/peer.ts";
import { visible } from "../../text.ts";
import type { Parts } from "../bytes.ts";
import { ALIVE, INPUT, RUN, readCallMeta } from "../extension.ts";
import type { Implementation } from "../implementation.ts";
import { LATEST_HANDSHAKE, type Revision, TOOLS_CHANGED } from "../revisions.ts";
import type { ToolHost } from "../tool-host.ts";
import { malformedParams, readCallRequest } from "./call-request.ts";
import { createCalls } from "./calls.ts";
import { type Caller, createHandshake, readEnvelope, sealResult } from "./handshake.ts";
import { createIntake } from "./intake.ts";
import { createLeases } from "./lease.ts";
import { createSubscriptions } from "./subscriptions.ts";
import { pageOfTools } from "./tool-list.ts";

export interface ServerOptions {
  server: Implementation;
  /** What it says of its tools to a model, as they are now. */
  instructions?: () => string;
  tools: ToolHost;
  /** Whether runspec's own extension of the protocol is spoken; a gateway has nothing to say in it. */
  extension: boolean;
  /** Where a runspec.toml was looked for in vain; undefined: there is one. */
  noFile?: () => readonly string[] | undefined;
  /** Calls run at once; more wait. */
  concurrency: number;
  /** Sends one message, newline included and with nothing between its parts; resolves once there is room for more. */
  post(message: string | Parts): Promise<void>;
  /** Where the stderr of a tool goes live when its client did not ask for the stream. */
  stderr(bytes: Uint8Array): Promise<void>;
  /** How often a silent call is reported alive, in milliseconds. */
  heartbeatMs: number;
  /** Whether the client has left, also where there is something to be read of it; left out: nobody can tell. */
  hasClientLeft?(): boolean;
  /** Called after the answer to a call that its client said is the last one, or when that client was silent for longer than its lease: then there may be no reader. */
  onLast(): void;
}

const TOO_SOON = "came before initialize, and without the _meta that stateless revisions require";

export function createMcpServer(options: ServerOptions) {
  const { server, tools, extension } = options;
  let last: Id | undefined;
  /** The leases of this connection are kept, by the client or by a relay on the way. */
  let isKept = false;
  /** What the last `initialize` agreed on. */
  let session: Caller | undefined;
  /** The revision of the last request: an answer that belongs to none is shaped for the client that is speaking. */
  let latest: Revision | undefined;

  const handshake = createHandshake(options);
  const leases = createLeases();
  const peer = createPeer({
    post: (message) => options.post(`${message}\n`),
    onRequest,
    onNotification(method, params) {
      if (method === "notifications/cancelled") {
        calls.cancel(params.requestId);
        subscriptions.cancel(params.requestId);
      }
      if (method === INPUT) calls.input(params);
      if (method === ALIVE && extension) {
        isKept = true;
        if (params.suspended === true) leases.suspend();
      }
    },
    onAnswered(id) {
      // An answer without an id is not that of a call.
      if (last !== undefined && id === last) options.onLast();
    },
    acceptsBatch: () => session?.revision.batches === true,
    unknownId: () => (latest?.errorWithoutId === "absent" ? {} : { id: null }),
  });
  const calls = createCalls({
    ...options,
    notify: peer.notify,
    room: peer.room,
    leases,
    shortestTold: handshake.shortestTold,
  });
  const subscriptions = createSubscriptions(peer.notify);
  tools.onChange(() => {
    if (session !== undefined) void peer.notify(TOOLS_CHANGED);
    subscriptions.toolsChanged();
  });
  const intake = createIntake(peer, calls.input);

  async function onRequest(request: Request, batched: boolean): Promise<unknown> {
    const { method, params } = request;
    const bytes = intake.bytes();
    if (method === "initialize") {
      // MCP 2025-03-26, Lifecycle: whether there are batches at all is only known after it.
      if (batched) throw new RpcFailure(CODE.INVALID_REQUEST, "initialize must not be part of a batch");
      const greeting = handshake.initialize(params);
      session = greeting.caller;
      latest = session.revision;
      return greeting.result;
    }
    const envelope = readEnvelope(method, params);
    const caller = envelope ?? session;
    if (envelope !== undefined) latest = envelope.revision;
    if (method === "ping" && (caller?.revision ?? LATEST_HANDSHAKE).ping) return {};
    // MCP 2026-07-28 has a code for it: there, a request without `_meta` lacks required params.
    if (caller === undefined) throw malformedParams(`${visible(method)} ${TOO_SOON}`);
    const result = await dispatch(request, caller, bytes);
    return result === NO_ANSWER ? result : sealResult(caller.revision, server, result);
  }

  async function dispatch(request: Request, caller: Caller, bytes: number) {
    const { id, method, params } = request;
    const isStateless = caller.revision.era === "stateless";
    if (method === "server/discover") return handshake.discover();
    if (method === "tools/list") {
      const program = caller.lease === "told" ? "program" : "model";
      const reader = readCallMeta(params, extension).human ? "person" : program;
      const page = pageOfTools(await tools.list(reader), params.cursor);
      return isStateless ? handshake.withCacheHints(page) : page;
    }
    if (method === "tools/call" || (method === RUN && extension)) {
      const call = readCallRequest(request, extension);
      if (call.last) last = id;
      const kept = caller.lease === "none" && isKept ? "kept" : caller.lease;
      return calls.run(id, call, { ...caller, lease: extension ? kept : "none" }, bytes);
    }
    if (method === "subscriptions/listen" && isStateless) return subscriptions.listen(request);
    throw new RpcFailure(CODE.METHOD_NOT_FOUND, `unknown method: ${visible(method)}`);
  }

  return {
    /** Takes what has come. A promise where the client does not read its answers: wait for it before the next. */
    receive: intake.receive,
    /** Something has come from the client, if only a part of a line. */
    heard: leases.heard,
    busy: calls.busy,
    idle: calls.idle,
    /** Ends every call and resolves when all have been answered. Nobody waits in `receive` from now on. */
    async close(): Promise<void> {
      peer.close("the server is closing");
      subscriptions.close();
      calls.close();
      await peer.settled();
    },
  };
}
