/** One `tools/call` from its request to its result. */

import { CODE, type Id, isObject, type JsonObject } from "../jsonrpc/message.ts";
import { RpcFailure } from "../jsonrpc/peer.ts";
import { createCapture } from "./capture.ts";
import type { Implementation } from "./envelope.ts";
import { CALLER, STREAM } from "./extension.ts";
import type { InputReceiver } from "./input.ts";
import { createOutputEncoder, type StreamName } from "./output.ts";
import { createProgress, type Progress } from "./progress.ts";
import { fittingToolResult, toolResult } from "./result.ts";
import type { ToolHost } from "./tool.ts";
import type { Revision } from "./versions.ts";

/** Output kept a stream, for clients that do not ask for it live. */
const CAPTURE_BYTES = 8 * 1024 * 1024;

export interface CallContext {
  id: Id;
  params: JsonObject;
  revision: Revision;
  client: Implementation | undefined;
  signal: AbortSignal;
  tools: ToolHost;
  /** Sends one encoded line. */
  post(line: string | Uint8Array): Promise<void>;
  notify(method: string, params: JsonObject): Promise<void>;
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
  const { tools, params, signal, client, revision } = context;
  const { name, arguments: given = {} } = params;
  const meta = isObject(params._meta) ? params._meta : {};
  if (typeof name !== "string") throw new RpcFailure(CODE.INVALID_PARAMS, "name must be a string");
  if (!isObject(given)) throw new RpcFailure(CODE.INVALID_PARAMS, "arguments must be an object");
  if (!tools.has(name)) throw new RpcFailure(CODE.INVALID_PARAMS, `unknown tool: ${name}`);

  const stdout = createCapture(CAPTURE_BYTES);
  const stderr = createCapture(CAPTURE_BYTES);
  const streamed = meta[STREAM] === true;
  const receiver = streamed ? streaming(context) : capturing(context, { stdout, stderr });
  const progress = reportProgress(context, meta.progressToken);
  try {
    const outcome = await tools.call({
      name,
      arguments: given,
      human: meta[CALLER] === "human",
      client,
      signal,
      onOutput(stream, bytes) {
        progress?.add(bytes);
        return receiver.onOutput(stream, bytes);
      },
      ...(context.input === undefined ? {} : { feed: context.input.feed }),
    });
    await receiver.finish();
    const request = { tool: name, outcome, json: tools.isJson(name), revision };
    if (streamed) return toolResult({ ...request, collected: undefined });
    return fittingToolResult(request, (limit) => ({
      stdout: stdout.take(limit),
      stderr: stderr.take(limit),
    }));
  } finally {
    progress?.stop();
  }
}

function streaming({ id, post, signal, revision }: CallContext): Receiver {
  const encoders = { stdout: createOutputEncoder(id, "stdout"), stderr: createOutputEncoder(id, "stderr") };
  // MCP 2026-07-28, stdio, Cancellation: no further messages for a cancelled request. In a handshake's session the
  // extension goes on to the end, so that a person who pressed Ctrl-C sees the tool clean up.
  const silenced = () => signal.aborted && revision.era === "stateless";
  const send = async (lines: readonly Uint8Array[]) => {
    for (const line of lines) {
      if (!silenced()) await post(line);
    }
  };
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

function reportProgress(context: CallContext, token: unknown): Progress | undefined {
  if (typeof token !== "string" && typeof token !== "number") return undefined;
  return createProgress(({ progress, message }) => {
    if (context.signal.aborted) return;
    // A lost report is no loss: the reader of the transport learns that the client has gone.
    context.notify("notifications/progress", { progressToken: token, progress, message }).catch(() => {});
  });
}
