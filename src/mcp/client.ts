/** An MCP client over a line transport: handshake, listing, calling. Works with any server; uses runspec's extension where offered. */

import type { Frame } from "../jsonrpc/framing.ts";
import { CODE, type Id, isObject, type JsonObject } from "../jsonrpc/message.ts";
import { createPeer, RpcFailure } from "../jsonrpc/peer.ts";
import { isTooMuch } from "../jsonrpc/weight.ts";
import {
  type CallResult,
  type RemoteTool,
  readCallResult,
  readServerInfo,
  readTool,
  type ServerInfo,
} from "./answers.ts";
import { announcementsOf, type Output, type Parts, readOutput } from "./bytes.ts";
import type { Implementation } from "./envelope.ts";
import {
  ALIVE,
  CALLER,
  INPUT_TAKEN,
  LAST,
  LEASE,
  LEASED,
  OUTPUT,
  RAW,
  RUN,
  STDIN,
  STOPPING,
  STREAM,
} from "./extension.ts";
import { harmless } from "./harmless.ts";
import { createInputSender, type InputSender } from "./input.ts";
import { createKeepAlive, secondsIn } from "./keep-alive.ts";
import { isMessageHead, readLine } from "./line.ts";
import { readPages } from "./pages.ts";
import { LATEST_HANDSHAKE } from "./versions.ts";

export { type CallResult, type RemoteTool, readTool, type ServerInfo };

export interface ClientOptions {
  client: Implementation;
  /** Sends one message, newline included and with nothing between its parts. */
  post(message: string | Parts): Promise<void>;
  onOutput(output: Output): Promise<void>;
  /** Takes a line that is not JSON-RPC: shell start-up noise, or a program that is no MCP server. */
  onNoise(line: Uint8Array): void;
  /** A message came that holds more than any server has to say; it was not read. */
  onTooMuch(): void;
}

/** What a call of words comes to where the server takes none: it has run nothing. */
export const NOT_RUN = Symbol("not run");

interface CallOptions {
  name: string;
  /** A person asked for it. */
  human: boolean;
  /** Nothing will be asked after it. */
  last: boolean;
  /** The tool's input will be sent. */
  sendsInput: boolean;
}

export interface ToolRequest extends CallOptions {
  arguments: JsonObject;
}

export interface WordsRequest extends CallOptions {
  /** As on a command line. */
  words: readonly string[];
  /** Run nothing, and say all that it would be refused for. */
  check?: boolean;
}

/** A call that has been sent. */
export interface Sent<T> {
  id: Id;
  result: Promise<T>;
  input: InputSender;
}

export interface McpClient {
  /**
   * Takes one frame; what it carried is on its way, in order, when this returns. Resolves when there is room for more, so that
   * reading waits for writing.
   */
  receive(frame: Frame): Promise<void>;
  /** Sends the handshake and, without waiting for its answer, whatever is requested next. */
  initialize(): Promise<ServerInfo>;
  /** Says that the handshake is done, as `initialize` does early. */
  initialized(): Promise<void>;
  /** All of them; `onPage` is told of those of each page as it comes. */
  listTools(onPage?: (tools: RemoteTool[]) => void): Promise<RemoteTool[]>;
  callTool(call: ToolRequest): Sent<CallResult>;
  /** May be sent before the server has said whether it takes words. */
  runWords(call: WordsRequest): Sent<CallResult | typeof NOT_RUN>;
  /** The lease of the last call whose tool was started, in seconds; undefined: none is known. */
  lease(): number | undefined;
  /** Tells a server that knows leases that we are here, or `suspended`: about to be stopped. */
  alive(suspended: boolean): Promise<void>;
  /** Resolves when the server says that it is stopping the call, which many never do. */
  cancel(id: Id, reason: string): Promise<void>;
  ping(): Promise<unknown>;
  close(reason: string): void;
}

/** The lines from a server that bytes follow. */
export const announcedByServer = announcementsOf(OUTPUT);
/** Bytes of a line without an end that are shown; what follows them is skipped. */
const NOISE_MAX = 4096;
/** Characters of answers that a server may leave unread. */
const UNREAD_MAX = 256 * 1024;

export function createMcpClient(options: ClientOptions): McpClient {
  const inputs = new Map<unknown, InputSender>();
  const greeted = Promise.withResolvers<ServerInfo>();
  greeted.promise.catch(() => {});
  let server: ServerInfo | undefined;
  let helloId: Id | undefined;
  /** Of the call of words, which may have been sent to a server that takes none. */
  let wordsId: Id | undefined;
  /** The handshake's answer has come. */
  let answered = false;
  /** Bytes of lines so far: what a list may take of them is bounded. */
  let heard = 0;
  /** Calls that were cancelled, and whom to tell that they are being stopped. */
  const cancelled = new Map<unknown, () => void>();
  let lease: number | undefined;
  let shortest: number | undefined;
  const peer = createPeer({
    // Until it has said that it is a server, a shell may be reading.
    post: (message) => options.post(`${server === undefined ? harmless(message) : message}\n`),
    unreadMax: UNREAD_MAX,
    onRequest({ method }) {
      if (method === "ping") return {};
      throw new RpcFailure(CODE.METHOD_NOT_FOUND, `this client does not answer ${method}`);
    },
    // What else a server says unasked (logging, progress, list changes) has no reader here.
    onNotification(method, params) {
      if (method === INPUT_TAKEN) inputs.get(params.requestId)?.taken(params);
      if (method === STOPPING) cancelled.get(params.requestId)?.();
      if (method === LEASED && inputs.has(params.requestId)) keepLease(secondsIn(params));
    },
  });
  const keepAlive = createKeepAlive((params) => peer.notify(ALIVE, params));

  /** For as long as there are calls: the shortest that was told of keeps them all. */
  function keepLease(seconds: number | undefined): void {
    if (seconds === undefined) return;
    lease = seconds;
    shortest = Math.min(shortest ?? seconds, seconds);
    keepAlive.every(shortest);
  }

  /** Takes a message that was said on its own. */
  async function hear(message: unknown): Promise<void> {
    const output = readOutputMessage(message);
    if (output !== undefined) return pass(output);
    if (isObject(message) && message.method === undefined) note(message);
    peer.receive(message);
  }

  /** What follows in the same breath must find it noted already. */
  function note({ id, result }: JsonObject): void {
    if (id === helloId && result !== undefined) {
      answered = true;
      if (!takesWords(result)) inputs.delete(wordsId);
    }
    // Whatever is said under its id from now on is no output of it.
    inputs.delete(id);
  }

  /** Output is that of a call under way. What comes unasked, early, late or for another is nobody's. */
  async function pass(output: Output | undefined): Promise<void> {
    if (output !== undefined && answered && inputs.has(output.requestId)) await options.onOutput(output);
  }

  function call<T>(
    method: string,
    { human, last, sendsInput }: Omit<CallOptions, "name">,
    params: JsonObject,
    read: (result: Promise<unknown>) => Promise<T>,
  ): Sent<T> {
    const meta = {
      [STREAM]: true,
      [RAW]: true,
      ...(human ? { [CALLER]: "human" } : {}),
      ...(last ? { [LAST]: true } : {}),
      ...(sendsInput ? { [STDIN]: true } : {}),
    };
    const { id, result } = peer.request(method, { ...params, _meta: meta });
    const input = createInputSender(id, options.post, () => server?.raw === true);
    inputs.set(id, input);
    if (method === RUN) wordsId = id;
    const over = () => {
      inputs.delete(id);
      input.taken({ closed: true });
      if (inputs.size > 0) return;
      shortest = undefined;
      keepAlive.every(undefined);
    };
    result.then(over, over);
    const answer = read(result);
    // Whoever sent it may first wait for something else.
    answer.catch(() => {});
    return { id, result: answer, input };
  }

  /** Where words are not announced, whatever was answered is no answer to them; where they are, only -32601 says "not run". */
  async function readWordsResult(result: Promise<unknown>): Promise<CallResult | typeof NOT_RUN> {
    if (!(await greeted.promise).runsWords) return NOT_RUN;
    try {
      return readCallResult(await result);
    } catch (error) {
      if (error instanceof RpcFailure && error.rpc.code === CODE.METHOD_NOT_FOUND) return NOT_RUN;
      throw error;
    }
  }

  const initialized = () => peer.notify("notifications/initialized").catch(() => {});

  return {
    async receive(frame) {
      if (frame.kind === "oversized") {
        return isMessageHead(frame.head)
          ? options.onTooMuch()
          : options.onNoise(frame.head.subarray(0, NOISE_MAX));
      }
      if (frame.kind === "skipped") return;
      if (frame.kind === "announced") return pass(readOutput(frame.params, frame.bytes));
      if (isMessageHead(frame.bytes) && isTooMuch(frame.bytes)) return options.onTooMuch();
      heard += frame.bytes.length;
      const { messages, noise } = readLine(frame.bytes);
      if (noise !== undefined) options.onNoise(noise.subarray(0, NOISE_MAX));
      await Promise.all(messages.map(hear));
    },
    async initialize() {
      const { id, result } = peer.request("initialize", {
        protocolVersion: LATEST_HANDSHAKE.name,
        capabilities: { experimental: { [LEASE]: {} } },
        clientInfo: options.client,
      });
      helloId = id;
      void initialized();
      try {
        server = readServerInfo(await result);
        greeted.resolve(server);
        return server;
      } catch (error) {
        greeted.reject(error);
        throw error;
      }
    },
    initialized,
    listTools(onPage) {
      const before = heard;
      return readPages({
        ask: (params) => peer.request("tools/list", params).result,
        bytes: () => heard - before,
        onPage,
      });
    },
    callTool: ({ name, arguments: given, ...how }) =>
      call("tools/call", how, { name, arguments: given }, (result) => result.then(readCallResult)),
    runWords: ({ name, words, check, ...how }) =>
      call(RUN, how, { name, words, ...(check === true && { check }) }, readWordsResult),
    lease: () => lease,
    async alive(suspended) {
      if (server?.keepsLeases === true) await keepAlive.say(suspended);
    },
    cancel: (id, reason) =>
      new Promise((resolve) => {
        cancelled.set(id, resolve);
        peer.notify("notifications/cancelled", { requestId: id, reason }).catch(() => {});
      }),
    ping: () => peer.request("ping").result,
    close: (reason) => peer.close(reason),
  };
}

function takesWords(hello: unknown): boolean {
  try {
    return readServerInfo(hello).runsWords;
  } catch {
    return false;
  }
}

function readOutputMessage(message: unknown): Output | undefined {
  if (!isObject(message) || message.method !== OUTPUT || !isObject(message.params)) return undefined;
  return readOutput(message.params);
}
