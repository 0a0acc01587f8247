/** How a call's outcome looks as the result of `tools/call`. */

import type { JsonObject } from "../jsonrpc/message.ts";
import { encodeUtf8 } from "../text.ts";
import type { Captured } from "./capture.ts";
import { jsonBytes } from "./json-bytes.ts";
import { type StructuredContent, structuredContent } from "./structured.ts";
import type { CallOutcome } from "./tool-host.ts";

export interface Collected {
  stdout: Captured;
  stderr: Captured;
}

/** What a message may weigh: some clients close the connection at 10 MiB. */
const MESSAGE_MAX_BYTES = 9 * 1024 * 1024;
const SMALLEST_COLLECTION = 64 * 1024;
/** Characters of what refused or ended a call; an argument quoted in it may be of any length. */
const REASONS_MAX = 16 * 1024;

/**
 * The result with as much of the output as one message may carry; `collect(limit)` gives at most so much a stream. Output
 * that fits once, but not twice, is there as text only.
 */
export function fittingToolResult(
  request: Omit<ResultRequest, "collected">,
  collect: (limit: number) => Collected,
): JsonObject {
  const whole = { ...request, collected: collect(MESSAGE_MAX_BYTES) };
  const value = structuredOf(whole);
  const asText = weigh(whole);
  if (asText <= MESSAGE_MAX_BYTES && asText + weighValue(value) <= MESSAGE_MAX_BYTES)
    return assemble(whole, value);
  for (let limit = MESSAGE_MAX_BYTES; ; limit /= 2) {
    const part = { ...request, collected: collect(limit) };
    if (limit < SMALLEST_COLLECTION || weigh(part) <= MESSAGE_MAX_BYTES) return assemble(part, {});
  }
}

const weigh = (request: ResultRequest) => contentOf(request).reduce((sum, text) => sum + jsonBytes(text), 0);
const weighValue = (value: JsonObject) => encodeUtf8(JSON.stringify(value)).length;

export interface ResultRequest {
  tool: string;
  outcome: CallOutcome;
  /** undefined: the output was streamed, so the content is empty. */
  collected: Collected | undefined;
  /** Whether the output is also given as a JSON value. */
  structured: StructuredContent;
}

/** Shapes: success is stdout; failure is `exit_code: N`, stdout, stderr; each part complete alone, for any client. */
export function toolResult(request: ResultRequest): JsonObject {
  return assemble(request, structuredOf(request));
}

function assemble(request: ResultRequest, structured: JsonObject): JsonObject {
  const { tool, outcome } = request;
  return {
    content: contentOf(request).map((text) => ({ type: "text", text })),
    ...structured,
    isError: !succeeded(outcome),
    _meta: {
      runspec: {
        tool,
        ...facts(outcome),
        ...moreFacts(outcome),
        ...(isTruncated(request) ? { truncated: true } : {}),
      },
    },
  };
}

function succeeded(outcome: CallOutcome): boolean {
  return outcome.kind === "ended" ? outcome.exitCode === 0 : outcome.kind !== "refused";
}

/** Whether something is left out of what the result shows; a success does not show stderr. */
function isTruncated({ outcome, collected }: ResultRequest): boolean {
  if (collected === undefined) return false;
  const { stdout, stderr } = collected;
  return stdout.omitted > 0 || (!succeeded(outcome) && stderr.omitted > 0);
}

function facts(outcome: CallOutcome): JsonObject {
  if (outcome.kind === "refused") {
    const manual = outcome.manual === undefined ? {} : { manual: true };
    return { exit_code: outcome.exitCode, duration_ms: 0, refused: true, ...manual };
  }
  if (outcome.kind !== "ended") return { exit_code: 0, duration_ms: 0 };
  return {
    exit_code: outcome.exitCode,
    ...(outcome.signal === undefined ? {} : { signal: outcome.signal }),
    ...(outcome.timedOut ? { timed_out: true } : {}),
    duration_ms: outcome.durationMs,
  };
}

function moreFacts(outcome: CallOutcome): JsonObject {
  switch (outcome.kind) {
    case "refused":
      return {
        refused_for: outcome.objections,
        ...(outcome.missingSecrets === undefined ? {} : { missing_secrets: outcome.missingSecrets }),
      };
    case "usage":
      return { usage: outcome.usage };
    case "checked":
      return { checked: true, ...notesOf(outcome) };
    case "ended":
      return { ...(outcome.cancelled ? { cancelled: true } : {}), ...notesOf(outcome) };
  }
}

function notesOf({ notes = [] }: { notes?: string[] }): JsonObject {
  return notes.length === 0 ? {} : { notes };
}

function contentOf({ outcome, collected }: ResultRequest): string[] {
  if (outcome.kind === "refused") return [shortened(outcome.reasons.join("\n"))];
  if (outcome.kind !== "ended") return [];
  const explanation = outcome.explanation === undefined ? [] : [shortened(outcome.explanation)];
  if (collected === undefined) return explanation;
  const { stdout, stderr } = collected;
  if (outcome.exitCode === 0) return [stdout.text];
  const parts = [
    `exit_code: ${outcome.exitCode}`,
    ...explanation,
    ...(stdout.text === "" ? [] : ["stdout:", stdout.text]),
    ...(stderr.text === "" ? [] : ["stderr:", stderr.text]),
  ];
  // One text, as many clients show the first one only.
  return [
    parts.map((part, index) => (index === parts.length - 1 ? part : part.replace(/\n?$/, "\n"))).join(""),
  ];
}

/** Well-formed, as some clients cannot read a message with half a surrogate pair in it. */
function shortened(text: string): string {
  const cut = text.length > REASONS_MAX ? `${text.slice(0, REASONS_MAX)}…` : text;
  return cut.toWellFormed();
}

function structuredOf({ outcome, collected, structured }: ResultRequest): JsonObject {
  if (collected === undefined || collected.stdout.omitted > 0) return {};
  if (outcome.kind !== "ended" || outcome.exitCode !== 0) return {};
  const value = structuredContent(collected.stdout.text, structured);
  return value === undefined ? {} : { structuredContent: value };
}
