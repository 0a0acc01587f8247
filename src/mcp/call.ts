/** One `tools/call` or `runspec/run` from its request to its result. */

import { CODE, isObject, type JsonObject, type Request } from "../jsonrpc/message.ts";
import { RpcFailure } from "../jsonrpc/peer.ts";
import { visible } from "../text.ts";
import { createOutputEncoder, type Parts } from "./bytes.ts";
import { createCapture } from "./capture.ts";
import { type Implementation, readBehalf } from "./envelope.ts";
import { BEHALF, CALLER, PARTS, RAW, RUN, STREAM } from "./extension.ts";
import type { InputReceiver } from "./input.ts";
import { LEASE_OVER } from "./lease.ts";
import type { Progress } from "./progress.ts";
import { fittingToolResult, toolResult } from "./result.ts";
import { createSender } from "./sender.ts";
import type { ServedOutcome, StreamName, ToolCall, ToolHost } from "./tool-host.ts";
import type { Revision } from "./versions.ts";

/** Output kept a stream, for clients that do not ask for it live: what an agent can read, and what a message can carry. */
const USUAL_OUTPUT = 64 * 1024;
const MOST_OUTPUT = 8 * 1024 * 1024;
/** What `jump` ends with where a connection is lost. */
const CONNECTION_LOST = 255;
/** Characters of the name that an answer repeats, which need not be that of a tool. */
const TOOL_MAX = 256;
/** Characters of an id that every piece of output carries. */
const STREAMED_ID_MAX = 1024;
/** No argument is more than a list; what looks at arguments further on need not guard its stack. */
const DEEPEST_ARGUMENT = 32;

export interface CallContext {
  request: Request;
  revision: Revision;
  client: Implementation | undefined;
  signal: AbortSignal;
  tools: ToolHost;
  /** Sends one message, with nothing between its parts. */
  post(message: Parts): Promise<void>;
  onStart(): void;
  /** What tells the client how far it is, where it asked to be told. */
  progress: Progress | undefined;
  /** The input that the client sends, where it asked to. */
  input: InputReceiver | undefined;
  /** Where the stderr of a tool goes live when its client did not ask for the stream. */
  stderr(bytes: Uint8Array): Promise<void>;
}

/** What takes a call's output: the stream extension, or a capture. */
interface Receiver {
  onOutput(stream: StreamName, bytes: Uint8Array): Promise<void>;
  finish(): Promise<void>;
}

/**
 * Runs the call to its result.
 * @throws RpcFailure -32602 for a tool that is not offered or params that are malformed.
 */
export async function callTool(context: CallContext): Promise<JsonObject> {
  const { tools, request, signal, client, revision } = context;
  const meta = isObject(request.params._meta) ? request.params._meta : {};
  const behalf = readBehalf(meta[BEHALF]);
  const call = {
    ...readCall(request, meta[CALLER] === "human"),
    ...(behalf !== undefined && { behalf }),
  };
  const { name } = call;
  const { json, maxOutput, leaseMs } = tools.settings(name);
  const most = shownBytes(maxOutput);
  const stdout = createCapture(most);
  const stderr = createCapture(most);
  const streamed = meta[STREAM] === true;
  if (streamed && String(request.id).length > STREAMED_ID_MAX)
    throw refusal("the id is too long for live output, which repeats it");
  const receiver = streamed ? streaming(context, meta[RAW] === true) : capturing(context, { stdout, stderr });
  const { progress } = context;
  const ended = await tools.call(call, {
    client,
    signal,
    onStart: context.onStart,
    onSecrets: (hide) => progress?.hide(hide),
    onProgress: (message) => progress?.say(message),
    onOutput(stream, bytes) {
      progress?.add(bytes);
      return receiver.onOutput(stream, bytes);
    },
    ...(context.input === undefined ? {} : { feed: context.input.feed }),
  });
  await receiver.finish();
  if (call.words === undefined && ended.kind === "refused" && ended.objections.includes("tool"))
    throw refusal(`unknown tool: ${visible(name)}`);
  const outcome = signal.reason === LEASE_OVER ? lapsed(ended, name, leaseMs) : ended;
  const structured = json || outcome.kind === "answered" ? revision.structuredContent : "absent";
  const apart = meta[PARTS] === true;
  const told = { tool: name.slice(0, TOOL_MAX).toWellFormed(), outcome, structured, apart };
  if (streamed) return toolResult({ ...told, collected: undefined });
  return fittingToolResult(told, (limit) => ({
    stdout: stdout.take(limit),
    stderr: stderr.take(limit),
  }));
}

/** A client that has come back is told why its tool is gone: the connection was as good as lost. */
function lapsed(outcome: ServedOutcome, name: string, leaseMs: number): ServedOutcome {
  if (outcome.kind !== "ended") return outcome;
  const end = outcome.explanation ?? `${visible(name)} was stopped`;
  const explanation = `nothing was heard from its client for ${leaseMs / 1000} s: ${end}`;
  return { ...outcome, exitCode: CONNECTION_LOST, explanation };
}

function shownBytes(declared: number | "none" | undefined): number {
  return declared === "none" ? MOST_OUTPUT : Math.min(declared ?? USUAL_OUTPUT, MOST_OUTPUT);
}

/** @throws RpcFailure -32602 */
function readCall({ method, params }: Request, human: boolean): ToolCall {
  const { name } = params;
  if (typeof name !== "string") throw refusal("name must be a string");
  if (method === RUN) {
    const words = params.words ?? [];
    const check = params.check ?? false;
    if (!isStrings(words)) throw refusal("words must be an array of strings");
    if (typeof check !== "boolean") throw refusal("check must be true or false");
    return { name, words, check, human };
  }
  const given = params.arguments ?? {};
  if (!isObject(given)) throw refusal("arguments must be an object");
  if (!isShallow(given, DEEPEST_ARGUMENT)) throw refusal("arguments are nested too deeply");
  return { name, arguments: given, human };
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function refusal(message: string): RpcFailure {
  return new RpcFailure(CODE.INVALID_PARAMS, message);
}

function streaming({ request: { id }, post, signal, revision }: CallContext, raw: boolean): Receiver {
  const encoders = {
    stdout: createOutputEncoder(id, "stdout", raw),
    stderr: createOutputEncoder(id, "stderr", raw),
  };
  // MCP 2026-07-28, stdio, Cancellation: no further messages for a cancelled request. In a handshake's session the
  // extension goes on to the end, so that a person who pressed Ctrl-C sees the tool clean up.
  const silenced = () => signal.aborted && revision.era === "stateless" && signal.reason !== LEASE_OVER;
  const send = createSender(post, signal, silenced);
  return {
    onOutput: (stream, bytes) => send(encoders[stream].encode(bytes)),
    async finish() {
      await send(encoders.stdout.end());
      await send(encoders.stderr.end());
    },
  };
}

function capturing(
  context: CallContext,
  captures: Record<StreamName, ReturnType<typeof createCapture>>,
): Receiver {
  return {
    async onOutput(stream, bytes) {
      captures[stream].add(bytes);
      if (stream === "stderr") await context.stderr(bytes);
    },
    async finish() {},
  };
}

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (depth === 0) return false;
  for (const inner of Object.values(value)) if (!isShallow(inner, depth - 1)) return false;
  return true;
}
