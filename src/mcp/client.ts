/** An MCP client over a line transport: handshake, listing, calling. Works with any server; uses runspec's extension where offered. */

import { RunspecError } from "../errors.ts";
import type { Frame } from "../jsonrpc/framing.ts";
import { CODE, type Id, isObject, type JsonObject, parseLine } from "../jsonrpc/message.ts";
import { createPeer, RpcFailure } from "../jsonrpc/peer.ts";
import { type Implementation, readImplementation } from "./envelope.ts";
import {
  CALLER,
  CHECKED_CALL,
  INPUT_TAKEN,
  LAST,
  OUTPUT,
  STALE_CODE,
  STDIN,
  STREAM,
  TTL,
  toolDigest,
} from "./extension.ts";
import { createInputSender, type InputSender } from "./input.ts";
import { decodeOutputLine, isOutputLine, type Output, readOutput } from "./output.ts";
import { findRevision, LATEST_HANDSHAKE } from "./versions.ts";

export interface ClientOptions {
  client: Implementation;
  /** Sends one line, newline included. */
  post(line: string | Uint8Array): Promise<void>;
  onOutput(output: Output): Promise<void>;
  /** Takes a line that is not JSON-RPC: shell start-up noise, or a program that is no MCP server. */
  onNoise(line: Uint8Array): void;
}

export interface ServerInfo {
  server: Implementation | undefined;
  /** It offers `runspec/stream`. */
  streams: boolean;
  /** It offers `runspec/stdin`. */
  takesInput: boolean;
}

export interface RemoteTool {
  name: string;
  title?: string;
  description?: string;
  inputSchema: unknown;
  /** `_meta` and the `x-…` keys, where they survived. */
  meta: JsonObject;
  /** As the server said it. */
  raw: JsonObject;
}

export interface CallResult {
  exitCode: number;
  isError: boolean;
  /** Nothing was run. */
  refused: boolean;
  timedOut: boolean;
  text: string;
}

export interface ToolList {
  tools: RemoteTool[];
  /** For how long the server says they may be kept; 0: not at all. */
  ttlMs: number;
}

/** The answer to a checked call of a tool that is not the one that was known; nothing was run. */
export const STALE_CALL = Symbol("stale call");

export interface ToolRequest {
  tool: RemoteTool;
  /** Run it only if the server's tool is still `tool`. */
  checked: boolean;
  arguments: JsonObject;
  /** A person asked for it. */
  human: boolean;
  /** Nothing will be asked after it. */
  last: boolean;
  /** The tool's input will be sent. */
  sendsInput: boolean;
}

export interface McpClient {
  /** Takes one frame; resolves when what it carried has been written, so that reading waits for writing. */
  receive(frame: Frame): Promise<void>;
  /** Sends the handshake and, without waiting for its answer, whatever is requested next. */
  initialize(): Promise<ServerInfo>;
  listTools(): Promise<ToolList>;
  callTool(call: ToolRequest): {
    id: Id;
    result: Promise<CallResult | typeof STALE_CALL>;
    input: InputSender;
  };
  cancel(id: Id, reason: string): Promise<void>;
  ping(): Promise<unknown>;
  close(reason: string): void;
}

/** More pages than any honest server has. */
const MAX_PAGES = 1000;

export function createMcpClient(options: ClientOptions): McpClient {
  const inputs = new Map<unknown, InputSender>();
  const peer = createPeer({
    post: (message) => options.post(`${message}\n`),
    onRequest({ method }) {
      if (method === "ping") return {};
      throw new RpcFailure(CODE.METHOD_NOT_FOUND, `this client does not answer ${method}`);
    },
    // What else a server says unasked (logging, progress, list changes) has no reader here.
    onNotification(method, params) {
      if (method === INPUT_TAKEN) inputs.get(params.requestId)?.taken(params);
    },
  });

  return {
    async receive(frame) {
      if (frame.kind === "oversized") {
        options.onNoise(frame.head);
        return;
      }
      const fast = isOutputLine(frame.bytes) ? decodeOutputLine(frame.bytes) : undefined;
      if (fast !== undefined) return options.onOutput(fast);
      const value = parseLine(frame.bytes);
      const message = Array.isArray(value) ? value[0] : value;
      if (!isObject(message) || message.jsonrpc !== "2.0") return options.onNoise(frame.bytes);
      const output = readOutputMessage(message);
      if (output !== undefined) return options.onOutput(output);
      for (const one of Array.isArray(value) ? value : [value]) peer.receive(one);
    },
    async initialize() {
      const { result } = peer.request("initialize", {
        protocolVersion: LATEST_HANDSHAKE.name,
        capabilities: {},
        clientInfo: options.client,
      });
      void peer.notify("notifications/initialized").catch(() => {});
      return readServerInfo(await result);
    },
    async listTools() {
      const tools: RemoteTool[] = [];
      let ttlMs = 0;
      let cursor: unknown;
      for (let page = 0; page < MAX_PAGES; page++) {
        const result = await peer.request("tools/list", cursor === undefined ? {} : { cursor }).result;
        if (!isObject(result) || !Array.isArray(result.tools)) throw malformed("tools/list");
        tools.push(...result.tools.filter(isObject).flatMap(readTool));
        ttlMs = ttlOf(result);
        cursor = result.nextCursor;
        if (typeof cursor !== "string") return { tools, ttlMs };
      }
      throw new RunspecError(`the server's list of tools did not end after ${MAX_PAGES} pages`);
    },
    callTool({ tool, checked, arguments: given, human, last, sendsInput }) {
      const meta = {
        [STREAM]: true,
        ...(human ? { [CALLER]: "human" } : {}),
        ...(last ? { [LAST]: true } : {}),
        ...(sendsInput ? { [STDIN]: true } : {}),
      };
      const params = { name: tool.name, arguments: given, _meta: meta };
      const { id, result } = checked
        ? peer.request(CHECKED_CALL, { ...params, digest: toolDigest(tool.raw) })
        : peer.request("tools/call", params);
      const input = createInputSender(id, options.post);
      inputs.set(id, input);
      const answer = checked ? result.then(readCallResult, readStaleness) : result.then(readCallResult);
      return { id, result: answer, input };
    },
    cancel: (id, reason) => peer.notify("notifications/cancelled", { requestId: id, reason }),
    ping: () => peer.request("ping").result,
    close: (reason) => peer.close(reason),
  };
}

function readOutputMessage(message: JsonObject): Output | undefined {
  return message.method === OUTPUT && isObject(message.params) ? readOutput(message.params) : undefined;
}

function readServerInfo(result: unknown): ServerInfo {
  if (!isObject(result)) throw malformed("initialize");
  const revision = findRevision(result.protocolVersion);
  if (revision === undefined) {
    throw new RunspecError(
      `the server speaks MCP ${JSON.stringify(result.protocolVersion)}, which runspec does not`,
    );
  }
  const capabilities = isObject(result.capabilities) ? result.capabilities : {};
  const experimental = isObject(capabilities.experimental) ? capabilities.experimental : {};
  return {
    server: readImplementation(result.serverInfo),
    streams: STREAM in experimental,
    takesInput: STDIN in experimental,
  };
}

/** One tool of a list, or nothing where it has no name. */
export function readTool(tool: JsonObject): RemoteTool[] {
  const { name, title, description, inputSchema = {} } = tool;
  if (typeof name !== "string") return [];
  const extras = Object.fromEntries(Object.entries(tool).filter(([key]) => key.startsWith("x-")));
  return [
    {
      name,
      ...(typeof title === "string" ? { title } : {}),
      ...(typeof description === "string" ? { description } : {}),
      inputSchema,
      meta: { ...extras, ...(isObject(tool._meta) ? tool._meta : {}) },
      raw: tool,
    },
  ];
}

function ttlOf(result: JsonObject): number {
  const ttl = isObject(result._meta) ? result._meta[TTL] : undefined;
  return typeof ttl === "number" ? ttl : 0;
}

/** A server that does not know checked calls has run nothing either. */
function readStaleness(error: unknown): typeof STALE_CALL {
  const stale = error instanceof RpcFailure && [STALE_CODE, CODE.METHOD_NOT_FOUND].includes(error.rpc.code);
  if (stale) return STALE_CALL;
  throw error;
}

/** A server without `_meta.runspec` only says whether it failed. */
function readCallResult(result: unknown): CallResult {
  if (!isObject(result)) throw malformed("tools/call");
  const meta = isObject(result._meta) ? result._meta : {};
  const runspec = isObject(meta.runspec) ? meta.runspec : {};
  const isError = result.isError === true;
  return {
    exitCode: exitCodeIn(runspec.exit_code) ?? (isError ? 1 : 0),
    isError,
    refused: runspec.refused === true,
    timedOut: runspec.timed_out === true,
    text: textOf(result.content),
  };
}

function exitCodeIn(value: unknown): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 255
    ? value
    : undefined;
}

function textOf(content: unknown): string {
  if (!Array.isArray(content)) return "";
  return content
    .filter(isObject)
    .flatMap((part) => (part.type === "text" && typeof part.text === "string" ? [part.text] : []))
    .join("\n");
}

function malformed(method: string): RunspecError {
  return new RunspecError(`the server's answer to ${method} makes no sense as MCP`);
}
