/** An MCP server over a line transport: the handshake revisions and the stateless one, side by side. */

import type { Frame } from "../jsonrpc/framing.ts";
import { CODE, type Id, isObject, type JsonObject, parseLine, type Request } from "../jsonrpc/message.ts";
import { createPeer, NO_ANSWER, RpcFailure } from "../jsonrpc/peer.ts";
import { callTool } from "./call.ts";
import { type Implementation, readEnvelope, readImplementation, sealResult } from "./envelope.ts";
import {
  CHECKED_CALL,
  INPUT,
  INPUT_TAKEN,
  LAST,
  STALE_CODE,
  STDIN,
  STREAM,
  TTL,
  toolDigest,
} from "./extension.ts";
import { createInputReceiver, type InputReceiver } from "./input.ts";
import { createLimiter } from "./limiter.ts";
import { pageOfTools } from "./list.ts";
import type { ToolHost } from "./tool.ts";
import { LATEST_HANDSHAKE, negotiate, type Revision, SUPPORTED } from "./versions.ts";

export interface ServerOptions {
  server: Implementation;
  instructions?: string;
  tools: ToolHost;
  /** Calls run at once; more wait. */
  concurrency: number;
  /** How long a client may keep what it was told of the tools, in milliseconds. */
  ttlMs: number;
  /** Sends one line, newline included; resolves once there is room for more. */
  post(line: string | Uint8Array): Promise<void>;
  stderr(bytes: Uint8Array): Promise<void>;
  /** Called after the answer to a call that its client said is the last one. */
  onLast(): void;
}

export interface McpServer {
  receive(frame: Frame): void;
  /** Cancels every call and resolves when all have ended. */
  close(): Promise<void>;
}

/** Calls that may wait for a place; a client with more of them at once has lost count. */
const WAITING_CALLS = 10_000;

interface Session {
  revision: Revision;
  client: Implementation | undefined;
}

const CAPABILITIES: JsonObject = {
  tools: { listChanged: false },
  experimental: { [STREAM]: {}, [STDIN]: {} },
  extensions: { [STREAM]: {}, [STDIN]: {} },
};

export function createMcpServer(options: ServerOptions): McpServer {
  const { server, tools } = options;
  const limiter = createLimiter({ running: options.concurrency, waiting: WAITING_CALLS });
  const calls = new Map<Id, { controller: AbortController; input: InputReceiver | undefined }>();
  let last: Id | undefined;
  const running = new Set<Promise<unknown>>();
  let session: Session | undefined;
  /** Of the last request: an answer that belongs to none is shaped for the client that is speaking. */
  let latest: Revision | undefined;

  const peer = createPeer({
    post: (message) => options.post(`${message}\n`),
    onRequest,
    onNotification(method, params) {
      const call = findCall(params.requestId);
      if (method === "notifications/cancelled") call?.controller.abort();
      if (method === INPUT) call?.input?.receive(params);
    },
    onAnswered(id) {
      if (id === last) options.onLast();
    },
    acceptsBatch: () => session?.revision.batches === true,
    unknownId: () => (latest?.errorWithoutId === "absent" ? {} : { id: null }),
  });

  async function onRequest(request: Request): Promise<unknown> {
    if (request.method === "initialize") return initialize(request.params);
    const envelope = readEnvelope(request.method, request.params);
    const current = envelope ?? session;
    if (envelope !== undefined) latest = envelope.revision;
    if (request.method === "ping" && (current?.revision ?? LATEST_HANDSHAKE).ping) return {};
    if (current === undefined) {
      throw new RpcFailure(
        CODE.INVALID_REQUEST,
        `${request.method} came before initialize (and without the _meta of a stateless revision)`,
      );
    }
    const result = await dispatch(request, current);
    return result === NO_ANSWER ? result : sealResult(current.revision, server, result);
  }

  function dispatch(request: Request, current: Session): JsonObject | Promise<JsonObject | typeof NO_ANSWER> {
    switch (request.method) {
      case "server/discover":
        return {
          supportedVersions: SUPPORTED,
          capabilities: CAPABILITIES,
          ...instructions(),
          ...cacheable(),
        };
      case "tools/list":
        return {
          ...pageOfTools(tools.list(), request.params.cursor),
          ...(current.revision.era === "stateless" ? cacheable() : { _meta: { [TTL]: options.ttlMs } }),
        };
      case CHECKED_CALL:
        checkDigest(request.params);
        return track(runCall(request, current));
      case "tools/call":
        return track(runCall(request, current));
      default:
        throw new RpcFailure(CODE.METHOD_NOT_FOUND, `unknown method: ${request.method}`);
    }
  }

  function checkDigest({ name, digest }: JsonObject): void {
    const tool = tools.list().find((candidate) => candidate.name === name);
    if (tool === undefined || toolDigest(tool) !== digest) {
      throw new RpcFailure(STALE_CODE, "the tool is not the one that was listed; nothing was run");
    }
  }

  function initialize(params: JsonObject): JsonObject {
    const revision = negotiate(params.protocolVersion);
    session = { revision, client: readImplementation(params.clientInfo) };
    latest = revision;
    return {
      protocolVersion: revision.name,
      capabilities: CAPABILITIES,
      serverInfo: server,
      ...instructions(),
    };
  }

  async function runCall(request: Request, current: Session): Promise<JsonObject | typeof NO_ANSWER> {
    const controller = new AbortController();
    const { signal } = controller;
    const meta = isObject(request.params._meta) ? request.params._meta : {};
    if (meta[LAST] === true) last = request.id;
    const input = meta[STDIN] === true ? receiveInput(request.id) : undefined;
    calls.set(request.id, { controller, input });
    try {
      const result = await limiter.run(signal, () =>
        callTool({
          ...current,
          id: request.id,
          params: request.params,
          signal,
          tools,
          input,
          post: options.post,
          notify: peer.notify,
          stderr: options.stderr,
        }),
      );
      return signal.aborted ? NO_ANSWER : result;
    } catch (error) {
      if (signal.aborted) return NO_ANSWER;
      throw error;
    } finally {
      calls.delete(request.id);
    }
  }

  function track<T>(work: Promise<T>): Promise<T> {
    running.add(work);
    const done = () => running.delete(work);
    work.then(done, done);
    return work;
  }

  function receiveInput(id: Id): InputReceiver {
    // A lost notification is no loss: the reader of the transport learns that the client has gone.
    const tell = (params: JsonObject) => {
      peer.notify(INPUT_TAKEN, { requestId: id, ...params }).catch(() => {});
    };
    return createInputReceiver({ taken: (bytes) => tell({ bytes }), closed: () => tell({ closed: true }) });
  }

  function findCall(id: unknown) {
    return typeof id === "string" || typeof id === "number" ? calls.get(id) : undefined;
  }

  function instructions(): JsonObject {
    return options.instructions === undefined ? {} : { instructions: options.instructions };
  }

  function cacheable(): JsonObject {
    return { ttlMs: options.ttlMs, cacheScope: "private" };
  }

  return {
    receive(frame) {
      if (frame.kind === "oversized") {
        peer.refuse({ code: CODE.INVALID_REQUEST, message: "the message is too long" });
        return;
      }
      const value = parseLine(frame.bytes);
      if (value === undefined) peer.refuse({ code: CODE.PARSE, message: "not valid JSON in UTF-8" });
      else peer.receive(value);
    },
    async close() {
      for (const { controller } of calls.values()) controller.abort();
      peer.close("the server is closing");
      await Promise.allSettled(running);
    },
  };
}
