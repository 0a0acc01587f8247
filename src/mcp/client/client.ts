/** An MCP client over a line transport: handshake, listing, calling. Works with any server; uses runspec's extension where offered. */

import { handledElsewhere } from "../../errors.ts";
import { isObject, type PlainObject } from "../../json.ts";
import { CODE, readId } from "../../jsonrpc/message.ts";
import { createPeer, RpcFailure } from "../../jsonrpc/peer.ts";
import { DEPTH_MAX, holdsTooMuch } from "../../jsonrpc/weight.ts";
import { type Output, type Parts, readOutput } from "../bytes.ts";
import { LEASE, OUTPUT, RUN } from "../extension.ts";
import type { Implementation } from "../implementation.ts";
import { LATEST_HANDSHAKE, TOOLS_CHANGED } from "../revisions.ts";
import { type Incoming, idOfBroken, isMessageHead, keepNumerals, readLine, shellSafe } from "../stdio.ts";
import type { Reader, ToolCall } from "../tool-host.ts";
import { type CallOptions, createSentCalls, type SentCall } from "./calls.ts";
import { readServerInfo, type ServerInfo } from "./handshake.ts";
import { type AnswerOf, isValueAlone, readAnswer } from "./outcome.ts";
import { type RemoteTool, readPages } from "./tool-list.ts";

export interface ClientOptions {
  client: Implementation;
  /** Sends one message, newline included and with nothing between its parts. */
  post(message: string | Parts): Promise<void>;
  onOutput(output: Output): Promise<void>;
  /** Takes the beginning of a line that is not JSON-RPC, and its length: shell start-up noise, or a program that is no MCP server. */
  onNoise(line: Uint8Array, bytes: number): void;
  /** A message came that holds more than any server has to say; it was not read. */
  onTooMuch(): void;
  /** The server says that its list of tools has changed. */
  onToolsChanged?: (() => void) | undefined;
}

export type McpClient = ReturnType<typeof createMcpClient>;

/** Bytes of a line without an end that are shown; what follows them is skipped. */
const NOISE_MAX = 4096;
/** Characters of answers that a server may leave unread. */
const UNREAD_MAX = 256 * 1024;
/** A call asks what the tool takes only where one of its words is like this; such a word may also be an option's value. */
const ASKS_FOR_HELP = /^-(?:-help$|[^-]*h)/;

/** An answer that names no request: it may be to the call that is waited for, so it is shown. */
const namesNoRequest = (message: unknown) =>
  isObject(message) && message.method === undefined && readId(message.id) === undefined;

export function createMcpClient(options: ClientOptions) {
  const handshake = Promise.withResolvers<ServerInfo>();
  handshake.promise.catch(handledElsewhere);
  let server: ServerInfo | undefined;
  /** Bytes of lines so far: what a list may take of them is bounded. */
  let heard = 0;
  const peer = createPeer({
    // Until it has said that it is a server, a shell may be reading.
    post: (message) => options.post(`${server === undefined ? shellSafe(message) : message}\n`),
    unreadMax: UNREAD_MAX,
    onRequest({ method }) {
      if (method === "ping") return {};
      throw new RpcFailure(CODE.METHOD_NOT_FOUND, `this client does not answer ${method}`);
    },
    // What else a server says unasked (logging) has no reader here.
    onNotification(method, params) {
      if (method === TOOLS_CHANGED) options.onToolsChanged?.();
      calls.notified(method, params);
    },
  });
  const calls = createSentCalls({ ...options, peer, server: () => server });

  /** Takes a message that was said on its own. */
  async function hear(message: unknown): Promise<void> {
    if (isObject(message) && message.method === OUTPUT && isObject(message.params))
      return calls.output(readOutput(message.params));
    peer.receive(message);
  }

  /** A server that has not said that it takes words has run nothing, whatever it answers. One that takes them may have, unless it answers -32601. */
  function sendWords<Kind extends "ended" | "checked">(
    { name, words, check, human }: ToolCall,
    how: CallOptions,
    kind: Kind,
  ): SentCall<AnswerOf<"refused" | "usage" | Kind> | undefined> {
    return calls.send(RUN, { ...how, human }, { name, words, check }, async (result) => {
      const { runsWords, streams } = await handshake.promise;
      // Help is an answer to those who asked for it: to others, a call that ran nothing would end well.
      const help = words?.some((word) => ASKS_FOR_HELP.test(word)) ? (["usage"] as const) : [];
      try {
        return runsWords ? readAnswer(await result, streams, ["refused", kind, ...help]) : undefined;
      } catch (error) {
        if (error instanceof RpcFailure && error.rpc.code === CODE.METHOD_NOT_FOUND) return undefined;
        throw error;
      }
    });
  }

  /** Says that the handshake is done. `initialize` says so at once; a server may have to be told again. */
  const initialized = () => peer.notify("notifications/initialized");
  const tellNoise = (line: Uint8Array) => options.onNoise(line.subarray(0, NOISE_MAX), line.length);

  return {
    /** Takes what has come: it is on its way, in order, when this returns. Resolves when there is room for more, so that reading waits for writing. */
    async receive(incoming: Incoming): Promise<void> {
      if (incoming.kind === "skipped") return;
      if (incoming.kind === "bytes") return calls.output(readOutput(incoming.params, incoming.bytes));
      if (incoming.kind === "oversized")
        return isMessageHead(incoming.head) ? options.onTooMuch() : tellNoise(incoming.head);
      const { bytes } = incoming;
      heard += bytes.length;
      const { messages, noise } = readLine(bytes);
      const isMessage = messages.length > 0 || isMessageHead(bytes);
      if (isMessage && holdsTooMuch(bytes, DEPTH_MAX)) return options.onTooMuch();
      if (noise !== undefined) tellNoise(noise);
      else if (messages.some(namesNoRequest)) tellNoise(bytes);
      // Nobody need wait for an answer that has come and cannot be read.
      const id = messages.length === 0 ? idOfBroken(bytes) : undefined;
      if (id !== undefined) await hear({ jsonrpc: "2.0", id });
      const line = bytes.subarray(noise?.length);
      if (messages.some(isValueAlone)) keepNumerals(messages, line, "result", "structuredContent");
      await Promise.all(messages.map(hear));
    },
    /** Sends the handshake and, without waiting for its answer, whatever is requested next. */
    initialize(): Promise<ServerInfo> {
      const params = {
        protocolVersion: LATEST_HANDSHAKE.name,
        capabilities: { experimental: { [LEASE]: {} } },
        clientInfo: options.client,
      };
      const read = (result: unknown) => {
        server = readServerInfo(result);
        handshake.resolve(server);
      };
      peer.request("initialize", params, read).result.catch(handshake.reject);
      void initialized();
      return handshake.promise;
    },
    initialized,
    /** All of them, as `reader` sees them. */
    listTools(reader: Reader = "person"): Promise<RemoteTool[]> {
      const before = heard;
      const ask = (params: PlainObject) => peer.request("tools/list", params).result;
      return readPages(reader, ask, () => heard - before);
    },
    callTool: ({ name, arguments: given = {}, human }: ToolCall, how: CallOptions) =>
      calls.send("tools/call", { ...how, human }, { name, arguments: given }, async (result) => {
        const streams = how.collected === undefined && server?.streams === true;
        return readAnswer(await result, streams, ["refused", "ended"]);
      }),
    /** May be sent before the server has said whether it takes words; undefined: it takes none, and has run nothing. */
    runWords: (call: ToolCall, how: CallOptions) => sendWords(call, how, "ended"),
    /** All that such a call would be refused for. */
    checkWords: (call: ToolCall) => sendWords({ ...call, check: true }, {}, "checked"),
    called: calls.called,
    lease: calls.lease,
    /** Tells a server that knows leases that we are here, or `suspended`: about to be stopped. */
    async alive(suspended: boolean): Promise<void> {
      if (server?.keepsLeases === true) await calls.alive(suspended);
    },
    cancel: calls.cancel,
    drop: calls.drop,
    /** Resolves with any answer: that the server knows no ping is a sign of life, too. */
    ping: (): Promise<unknown> =>
      peer.request("ping").result.catch((error: unknown) => {
        if (!(error instanceof RpcFailure)) throw error;
      }),
    close: peer.close,
  };
}
