/** An MCP client over a line transport: handshake, listing, calling. Works with any server; uses runspec's extension where offered. */

import { RunspecError } from "../errors.ts";
import type { Frame } from "../jsonrpc/framing.ts";
import { CODE, type Id, isObject, type JsonObject } from "../jsonrpc/message.ts";
import { createPeer, RpcFailure } from "../jsonrpc/peer.ts";
import {
  type CallResult,
  malformed,
  type RemoteTool,
  readCallResult,
  readServerInfo,
  readTool,
  type ServerInfo,
  type ToolList,
  ttlOf,
} from "./answers.ts";
import { announcementsOf, type Output, type Parts, readOutput } from "./bytes.ts";
import type { Implementation } from "./envelope.ts";
import {
  CALLER,
  CHECKED_CALL,
  INPUT_TAKEN,
  LAST,
  OUTPUT,
  RAW,
  STALE_CODE,
  STDIN,
  STREAM,
  toolDigest,
} from "./extension.ts";
import { createInputSender, type InputSender } from "./input.ts";
import { readLine } from "./line.ts";
import { LATEST_HANDSHAKE } from "./versions.ts";

export { type CallResult, type RemoteTool, readTool, type ServerInfo, type ToolList };

export interface ClientOptions {
  client: Implementation;
  /** Sends one message, newline included and with nothing between its parts. */
  post(message: string | Parts): Promise<void>;
  onOutput(output: Output): Promise<void>;
  /** Takes a line that is not JSON-RPC: shell start-up noise, or a program that is no MCP server. */
  onNoise(line: Uint8Array): void;
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
  /**
   * Takes one frame; what it carried is on its way, in order, when this returns. Resolves when there is room for more, so that
   * reading waits for writing.
   */
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

/** The lines from a server that bytes follow. */
export const announcedByServer = announcementsOf(OUTPUT);
/** Bytes of a line without an end that are shown; what follows them is skipped. */
const NOISE_MAX = 4096;
/** More pages than any honest server has. */
const MAX_PAGES = 1000;

export function createMcpClient(options: ClientOptions): McpClient {
  const inputs = new Map<unknown, InputSender>();
  let takesRaw = false;
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

  /** Takes a message that was said on its own. */
  async function hear(message: unknown): Promise<void> {
    const output = readOutputMessage(message);
    if (output === undefined) peer.receive(message);
    else await options.onOutput(output);
  }

  return {
    async receive(frame) {
      if (frame.kind === "oversized") return options.onNoise(frame.head.subarray(0, NOISE_MAX));
      if (frame.kind === "announced") {
        const output = readOutput(frame.params, frame.bytes);
        return output === undefined ? undefined : options.onOutput(output);
      }
      const { messages, noise } = readLine(frame.bytes);
      if (noise !== undefined) options.onNoise(noise);
      await Promise.all(messages.map(hear));
    },
    async initialize() {
      const { result } = peer.request("initialize", {
        protocolVersion: LATEST_HANDSHAKE.name,
        capabilities: {},
        clientInfo: options.client,
      });
      void peer.notify("notifications/initialized").catch(() => {});
      const info = readServerInfo(await result);
      takesRaw = info.raw;
      return info;
    },
    async listTools() {
      const tools: RemoteTool[] = [];
      let ttlMs = 0;
      let cursor: unknown;
      for (let page = 0; page < MAX_PAGES; page++) {
        const result = await peer.request("tools/list", {
          ...(cursor === undefined ? {} : { cursor }),
          _meta: { [CALLER]: "human" },
        }).result;
        if (!isObject(result) || !Array.isArray(result.tools)) throw malformed("tools/list");
        for (const tool of result.tools.filter(isObject).flatMap(readTool)) tools.push(tool);
        ttlMs = ttlOf(result);
        cursor = result.nextCursor;
        if (typeof cursor !== "string") return { tools, ttlMs };
      }
      throw new RunspecError(`the server's list of tools did not end after ${MAX_PAGES} pages`);
    },
    callTool({ tool, checked, arguments: given, human, last, sendsInput }) {
      const meta = {
        [STREAM]: true,
        [RAW]: true,
        ...(human ? { [CALLER]: "human" } : {}),
        ...(last ? { [LAST]: true } : {}),
        ...(sendsInput ? { [STDIN]: true } : {}),
      };
      const params = { name: tool.name, arguments: given, _meta: meta };
      const { id, result } = checked
        ? peer.request(CHECKED_CALL, { ...params, digest: toolDigest(tool.raw) })
        : peer.request("tools/call", params);
      const input = createInputSender(id, options.post, () => takesRaw);
      inputs.set(id, input);
      const over = () => {
        inputs.delete(id);
        input.taken({ closed: true });
      };
      result.then(over, over);
      const answer = checked ? result.then(readCallResult, readStaleness) : result.then(readCallResult);
      return { id, result: answer, input };
    },
    cancel: (id, reason) => peer.notify("notifications/cancelled", { requestId: id, reason }),
    ping: () => peer.request("ping").result,
    close: (reason) => peer.close(reason),
  };
}

function readOutputMessage(message: unknown): Output | undefined {
  if (!isObject(message) || message.method !== OUTPUT || !isObject(message.params)) return undefined;
  return readOutput(message.params);
}

/** A server that does not know checked calls has run nothing either; some call an unknown method's parameters invalid. */
const NOTHING_RAN: readonly number[] = [STALE_CODE, CODE.METHOD_NOT_FOUND, CODE.INVALID_PARAMS];

function readStaleness(error: unknown): typeof STALE_CALL {
  if (error instanceof RpcFailure && NOTHING_RAN.includes(error.rpc.code)) return STALE_CALL;
  throw error;
}
