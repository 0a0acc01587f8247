/** How a call's outcome looks as the result of `tools/call`. */

import { isObject, type JsonObject } from "../jsonrpc/message.ts";
import type { Captured } from "./capture.ts";
import type { CallOutcome } from "./tool.ts";
import type { Revision } from "./versions.ts";

export interface Collected {
  stdout: Captured;
  stderr: Captured;
}

/** What a message may weigh: some clients close the connection at 10 MiB. */
const MESSAGE_MAX_BYTES = 9 * 1024 * 1024;
const SMALLEST_COLLECTION = 64 * 1024;

/** The result with as much of the output as one message may carry; `collect(limit)` gives at most so much a stream. */
export function fittingToolResult(
  request: Omit<ResultRequest, "collected">,
  collect: (limit: number) => Collected,
): JsonObject {
  for (let limit = MESSAGE_MAX_BYTES; ; limit /= 2) {
    const result = toolResult({ ...request, collected: collect(limit) });
    if (limit < SMALLEST_COLLECTION || Buffer.byteLength(JSON.stringify(result)) <= MESSAGE_MAX_BYTES)
      return result;
  }
}

export interface ResultRequest {
  tool: string;
  outcome: CallOutcome;
  /** undefined: the output was streamed, so the content is empty. */
  collected: Collected | undefined;
  /** The tool declares JSON output. */
  json: boolean;
  revision: Revision;
}

/** Shapes: success is stdout; failure is `exit_code: N`, stdout, stderr; each part complete alone, for any client. */
export function toolResult(request: ResultRequest): JsonObject {
  const { tool, outcome, collected } = request;
  const failed = outcome.kind === "refused" || outcome.exitCode !== 0;
  const truncated = collected !== undefined && collected.stdout.omitted + collected.stderr.omitted > 0;
  return {
    content: contentOf(request).map((text) => ({ type: "text", text })),
    ...structured(request),
    isError: failed,
    _meta: { runspec: { tool, ...numbers(outcome), ...(truncated ? { truncated } : {}) } },
  };
}

function numbers(outcome: CallOutcome): JsonObject {
  if (outcome.kind === "refused") return { exit_code: outcome.exitCode, duration_ms: 0, refused: true };
  return {
    exit_code: outcome.exitCode,
    ...(outcome.signal === undefined ? {} : { signal: outcome.signal }),
    ...(outcome.timedOut ? { timed_out: true } : {}),
    duration_ms: outcome.durationMs,
  };
}

function contentOf({ outcome, collected }: ResultRequest): string[] {
  if (outcome.kind === "refused") return [outcome.reasons.join("\n")];
  const explanation = outcome.explanation === undefined ? [] : [outcome.explanation];
  if (collected === undefined) return explanation;
  const { stdout, stderr } = collected;
  if (outcome.exitCode === 0) return [stdout.text];
  return [`exit_code: ${outcome.exitCode}`, ...explanation, stdout.text, stderr.text].filter(
    (text) => text !== "",
  );
}

function structured({ outcome, collected, json, revision }: ResultRequest): JsonObject {
  const wanted = json && collected !== undefined && outcome.kind === "ended" && outcome.exitCode === 0;
  if (!wanted || collected.stdout.omitted > 0) return {};
  const value = parseJson(collected.stdout.text);
  const fits = revision.structuredContent === "any" ? value !== undefined : isObject(value);
  return fits && revision.structuredContent !== "absent" ? { structuredContent: value } : {};
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
