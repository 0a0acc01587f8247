/** An MCP server over a line transport: the handshake revisions and the stateless one, side by side. */

import { idInHead, idInTail } from "../jsonrpc/cut-message.ts";
import type { Frame } from "../jsonrpc/framing.ts";
import {
  CODE,
  type Id,
  isObject,
  type JsonObject,
  parseLine,
  type Request,
  type RpcError,
} from "../jsonrpc/message.ts";
import { createPeer, NO_ANSWER, RpcFailure } from "../jsonrpc/peer.ts";
import { holdsTooMuch } from "../jsonrpc/weight.ts";
import { visible } from "../text.ts";
import { announcementsOf, type Parts } from "./bytes.ts";
import { type Caller, createCalls } from "./calls.ts";
import {
  type Implementation,
  keepsLeases,
  readEnvelope,
  readImplementation,
  sealResult,
} from "./envelope.ts";
import { ALIVE, CALLER, INPUT, LAST, LEASE, RAW, RUN, STDIN, STREAM } from "./extension.ts";
import { pageOfTools } from "./list.ts";
import { keepNumerals } from "./numbers.ts";
import { createSubscriptions, TOOLS_CHANGED } from "./subscriptions.ts";
import type { ToolHost } from "./tool-host.ts";
import { LATEST_HANDSHAKE, LATEST_STATELESS, negotiate, type Revision, supportedNames } from "./versions.ts";

export interface ServerOptions {
  server: Implementation;
  instructions?: string;
  tools: ToolHost;
  /** Whether runspec's own extension of the protocol is spoken; a gateway has nothing to say in it. */
  extension: boolean;
  /** Calls run at once; more wait. */
  concurrency: number;
  /** How long a client may keep what it was told of the tools, in milliseconds. */
  ttlMs: number;
  /** Sends one message, newline included and with nothing between its parts; resolves once there is room for more. */
  post(message: string | Parts): Promise<void>;
  stderr(bytes: Uint8Array): Promise<void>;
  heartbeatMs?: number;
  /** Called after the answer to a call that its client said is the last one. */
  onLast(): void;
  /** Called when the client of such a call was silent for longer than its lease: the connection has most likely gone. */
  onLost(): void;
}

export interface McpServer {
  /** Takes one frame. A promise where the client does not read its answers: wait for it before the next frame. */
  receive(frame: Frame): Promise<void> | undefined;
  /** Something has come from the client, if only a part of a frame. */
  heard(): void;
  /** Whether a call is under way. */
  busy(): boolean;
  /** Resolves when the calls that are under way now have ended. */
  idle(): Promise<void>;
  /** Cancels every call and resolves when all have ended. Nobody waits in `receive` from now on. */
  close(): Promise<void>;
}

/** A message that the engine should not let lie in memory together with its pieces. */
const LARGE_BYTES = 128 * 1024;
const TOO_LONG = { code: CODE.INVALID_REQUEST, message: "the message is too long" };
const EXTENSION: JsonObject = { [STREAM]: {}, [STDIN]: {}, [RAW]: {}, [RUN]: {} };
/** The lines from a client that bytes follow. */
export const announcedByClient = announcementsOf(INPUT);

export function createMcpServer(options: ServerOptions): McpServer {
  const { server, tools } = options;
  let last: Id | undefined;
  /** Bytes of the message that is being taken. */
  let weight = 0;
  /** Somebody keeps the leases of this connection, whether the client knows of it or not. */
  let isKept = false;
  /** What the last `initialize` agreed on. */
  let session: Caller | undefined;
  /** A message that was too long has not been answered yet: its id may come at its end. */
  let waitsForTail = false;
  /** Of the last request: an answer that belongs to none is shaped for the client that is speaking. */
  let latest: Revision | undefined;

  const peer = createPeer({
    post: (message) => options.post(`${message}\n`),
    onRequest,
    onNotification(method, params) {
      if (method === "notifications/cancelled") {
        calls.cancel(params.requestId);
        subscriptions.cancel(params.requestId);
      }
      if (method === INPUT) calls.input(params);
      if (method === ALIVE && options.extension) {
        isKept = true;
        if (params.suspended === true) calls.leases.suspend();
      }
    },
    onAnswered(id) {
      // Answers without an id are nobody's last.
      if (last !== undefined && id === last) options.onLast();
    },
    acceptsBatch: () => session?.revision.batches === true,
    unknownId: () => (latest?.errorWithoutId === "absent" ? {} : { id: null }),
  });
  const calls = createCalls({
    ...options,
    notify: peer.notify,
    onLapsed: (id) => {
      if (id === last) options.onLost();
    },
  });
  const subscriptions = createSubscriptions(peer.notify, tools.onChange !== undefined);
  tools.onChange?.(() => {
    if (session !== undefined) peer.notify(TOOLS_CHANGED).catch(() => {});
    subscriptions.toolsChanged();
  });

  async function onRequest(said: Request, batched: boolean): Promise<unknown> {
    const request = options.extension ? said : inPlainMcp(said);
    const { method, params } = request;
    if (method === "initialize") return initialize(params, batched);
    const envelope = readEnvelope(method, params);
    const caller = withLease(envelope ?? session);
    if (envelope !== undefined) latest = envelope.revision;
    if (method === "ping" && (caller?.revision ?? LATEST_HANDSHAKE).ping) return {};
    if (caller === undefined) throw cameTooSoon(method);
    const result = await dispatch(request, caller);
    return result === NO_ANSWER ? result : sealResult(caller.revision, server, result);
  }

  function withLease(caller: Caller | undefined): Caller | undefined {
    return caller === undefined || options.extension ? caller : { ...caller, lease: "none" };
  }

  async function dispatch(request: Request, caller: Caller): Promise<JsonObject | typeof NO_ANSWER> {
    switch (request.method) {
      case "server/discover":
        return sealResult(LATEST_STATELESS, server, {
          supportedVersions: supportedNames(),
          capabilities: capabilities(),
          ...instructions(),
          ...cacheable(),
        });
      case "tools/list":
        return {
          ...pageOfTools(await tools.list(isPersonAsking(request.params)), request.params.cursor),
          // Such a client may never ask for the capabilities.
          ...(caller.revision.era === "stateless" && {
            ...cacheable(),
            ...(options.extension && { _meta: lease() }),
          }),
        };
      case RUN:
        if (options.extension) return call(request, caller);
        throw unknownMethod(request);
      case "tools/call":
        return call(request, caller);
      case "subscriptions/listen":
        if (caller.revision.era === "stateless") return subscriptions.listen(request);
        throw unknownMethod(request);
      default:
        throw unknownMethod(request);
    }
  }

  function call(request: Request, caller: Caller): Promise<JsonObject | typeof NO_ANSWER> {
    const { _meta: meta } = request.params;
    if (isObject(meta) && meta[LAST] === true) last = request.id;
    return calls.run(
      request,
      caller.lease === "none" && isKept ? { ...caller, lease: "kept" } : caller,
      weight,
    );
  }

  function initialize(params: JsonObject, batched: boolean): JsonObject {
    // MCP 2025-03-26, Lifecycle: whether there are batches at all is only known after it.
    if (batched) throw new RpcFailure(CODE.INVALID_REQUEST, "initialize must not be part of a batch");
    const revision = negotiate(params.protocolVersion);
    session = {
      revision,
      client: readImplementation(params.clientInfo),
      lease: keepsLeases(params.capabilities),
    };
    latest = revision;
    return {
      protocolVersion: revision.name,
      capabilities: capabilities(),
      serverInfo: server,
      ...instructions(),
    };
  }

  function instructions(): JsonObject {
    return options.instructions === undefined ? {} : { instructions: options.instructions };
  }

  function lease(): JsonObject {
    return { [LEASE]: { seconds: tools.shortestLease() / 1000 } };
  }

  function capabilities(): JsonObject {
    const own = { tools: { listChanged: tools.onChange !== undefined } };
    if (!options.extension) return own;
    const extension = { ...EXTENSION, ...lease() };
    return { ...own, experimental: extension, extensions: extension };
  }

  function cacheable(): JsonObject {
    return { ttlMs: options.ttlMs, cacheScope: "private" };
  }

  return {
    receive(frame) {
      if (frame.kind === "oversized") {
        const id = idInHead(frame.head);
        waitsForTail = id === undefined;
        return id === undefined ? undefined : peer.refuse(TOO_LONG, id);
      }
      if (frame.kind === "skipped")
        return waitsForTail ? peer.refuse(TOO_LONG, idInTail(frame.tail)) : undefined;
      if (frame.kind === "announced") return void calls.input(frame.params, frame.bytes);
      if (frame.bytes.length > LARGE_BYTES) Bun.gc(true);
      const value = parseLine(frame.bytes);
      if (value === undefined) return peer.refuse(whyUnread(frame.bytes));
      keepNumerals(value, frame.bytes);
      weight = frame.bytes.length;
      // Nor what it leaves behind with the next one.
      if (weight > LARGE_BYTES) setTimeout(() => Bun.gc(true));
      return peer.receive(value);
    },
    heard: calls.leases.heard,
    busy: calls.busy,
    idle: calls.idle,
    async close() {
      peer.close("the server is closing");
      subscriptions.close();
      await calls.close();
      await peer.settled();
    },
  };
}

/** Without what only an end that announces the extension heeds; who is asking counts all the same. */
function inPlainMcp(request: Request): Request {
  const { _meta: meta, ...params } = request.params;
  if (!isObject(meta)) return request;
  const plain = Object.entries(meta).filter(([key]) => !key.startsWith("runspec/") || key === CALLER);
  return { ...request, params: { ...params, _meta: Object.fromEntries(plain) } };
}

function isPersonAsking({ _meta: meta }: JsonObject): boolean {
  return isObject(meta) && meta[CALLER] === "human";
}

function whyUnread(line: Uint8Array): RpcError {
  return holdsTooMuch(line)
    ? { code: CODE.INVALID_REQUEST, message: "the message holds too many values" }
    : { code: CODE.PARSE, message: "not valid JSON in UTF-8" };
}

function unknownMethod({ method }: Request): RpcFailure {
  return new RpcFailure(CODE.METHOD_NOT_FOUND, `unknown method: ${visible(method)}`);
}

/** MCP 2026-07-28 has a code for it: there, a request without `_meta` lacks required params. */
function cameTooSoon(method: string): RpcFailure {
  return new RpcFailure(
    CODE.INVALID_PARAMS,
    `${visible(method)} came before initialize, and without the _meta that stateless revisions require`,
  );
}
