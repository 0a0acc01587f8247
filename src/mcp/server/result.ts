/** How a call's outcome looks as the result of `tools/call`. */

import type { JsonObject } from "../../jsonrpc/message.ts";
import { shorten } from "../../text.ts";
import type { ServedOutcome } from "../tool-host.ts";
import type { Captured } from "./capture.ts";
import { type StructuredContent, structuredContent } from "./structured.ts";

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
  const bytes = weigh(whole) + Buffer.byteLength(JSON.stringify(value));
  if (bytes <= MESSAGE_MAX_BYTES) return assemble(whole, value);
  for (let limit = MESSAGE_MAX_BYTES; ; limit /= 2) {
    const part = { ...request, collected: collect(limit) };
    if (limit < SMALLEST_COLLECTION || weigh(part) <= MESSAGE_MAX_BYTES) return assemble(part, {});
  }
}

const weigh = (request: ResultRequest) => contentOf(request).reduce((sum, text) => sum + jsonBytes(text), 0);

export interface ResultRequest {
  tool: string;
  outcome: ServedOutcome;
  /** undefined: the output was streamed, so the content is empty. */
  collected: Collected | undefined;
  /** Whether the output is also given as a JSON value. */
  structured: StructuredContent;
  /** The output is wanted as two texts, however the tool ended. */
  apart?: boolean;
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
        ...partsOf(request),
        ...facts(outcome),
        ...(isTruncated(request) ? { truncated: true } : {}),
      },
    },
  };
}

function succeeded(outcome: ServedOutcome): boolean {
  if (outcome.kind === "answered") return !outcome.isError;
  return outcome.kind === "ended" ? outcome.exitCode === 0 : outcome.kind !== "refused";
}

function partsOf({ outcome, collected, apart = false }: ResultRequest): JsonObject {
  if (!apart || collected === undefined || outcome.kind !== "ended") return {};
  const explained = outcome.explanation !== undefined && { explanation: shortened(outcome.explanation) };
  return { parts: true, ...explained };
}

/** Whether something is left out of what the result shows; a success does not show stderr. */
function isTruncated({ outcome, collected, apart = false }: ResultRequest): boolean {
  if (collected === undefined) return false;
  const { stdout, stderr } = collected;
  return stdout.omitted > 0 || ((apart || !succeeded(outcome)) && stderr.omitted > 0);
}

function facts(outcome: ServedOutcome): JsonObject {
  switch (outcome.kind) {
    case "refused":
      return {
        ...{ exit_code: outcome.exitCode, duration_ms: 0, refused: true },
        ...(outcome.manual && { manual: true }),
        refused_for: outcome.objections,
        ...(outcome.missingSecrets && { missing_secrets: outcome.missingSecrets }),
      };
    case "answered":
      return { exit_code: outcome.exitCode, duration_ms: outcome.durationMs };
    case "usage":
      return { exit_code: 0, duration_ms: 0, usage: outcome.usage };
    case "checked":
      return { exit_code: 0, duration_ms: 0, checked: true, ...notesOf(outcome) };
    case "ended":
      return {
        exit_code: outcome.exitCode,
        ...(outcome.signal !== undefined && { signal: outcome.signal }),
        ...(outcome.timedOut && { timed_out: true }),
        duration_ms: outcome.durationMs,
        ...(outcome.cancelled && { cancelled: true }),
        ...notesOf(outcome),
      };
  }
}

function notesOf({ notes = [] }: { notes?: string[] }): JsonObject {
  return notes.length === 0 ? {} : { notes };
}

function contentOf({ outcome, collected, apart = false }: ResultRequest): string[] {
  if (outcome.kind === "refused") return [shortened(outcome.reasons.join("\n"))];
  if (outcome.kind === "answered") return [outcome.text];
  if (outcome.kind !== "ended") return [];
  const explanation = outcome.explanation === undefined ? [] : [shortened(outcome.explanation)];
  if (collected === undefined) return explanation;
  const { stdout, stderr } = collected;
  if (apart) return [stdout.text, stderr.text];
  if (outcome.exitCode === 0) return [stdout.text];
  const failure = {
    exitCode: outcome.exitCode,
    explanation: explanation.join(""),
    stdout: stdout.text,
    stderr: stderr.text,
  };
  return [failureText(failure)];
}

/** One text, as many clients show the first one only. */
export function failureText(failure: {
  exitCode: number;
  explanation: string;
  stdout: string;
  stderr: string;
}): string {
  const { exitCode, explanation, stdout, stderr } = failure;
  const parts = [
    `exit_code: ${exitCode}`,
    ...(explanation === "" ? [] : [explanation]),
    ...(stdout === "" ? [] : ["stdout:", stdout]),
    ...(stderr === "" ? [] : ["stderr:", stderr]),
  ];
  return parts
    .map((part, index) => (index === parts.length - 1 ? part : part.replace(/\n?$/, "\n")))
    .join("");
}

/** Some clients cannot read a message with half a character in it, wherever that came from. */
function shortened(text: string): string {
  return shorten(text, REASONS_MAX).toWellFormed();
}

function structuredOf({ outcome, collected, structured }: ResultRequest): JsonObject {
  if (outcome.kind === "answered")
    return structured === "absent" ? {} : { structuredContent: outcome.structured };
  if (collected === undefined || collected.stdout.omitted > 0) return {};
  if (outcome.kind !== "ended" || outcome.exitCode !== 0) return {};
  const value = structuredContent(collected.stdout.text, structured);
  return value === undefined ? {} : { structuredContent: value };
}

/** The UTF-8 bytes of `text` as a JSON string, quotes included. Writing it to find out would take six times its memory at worst. */
export function jsonBytes(text: string): number {
  let bytes = 2;
  for (let at = 0; at < text.length; at++) bytes += bytesOf(text.charCodeAt(at));
  return bytes;
}

/** Of one UTF-16 unit: half a pair counts half of the four bytes, or, alone, not quite its escape. */
function bytesOf(unit: number): number {
  if (unit < 0x20) return unit >= 0x08 && unit <= 0x0d && unit !== 0x0b ? 2 : 6;
  if (unit === 0x22 || unit === 0x5c) return 2;
  if (unit < 0x80) return 1;
  if (unit < 0x800) return 2;
  return unit >= 0xd800 && unit <= 0xdfff ? 2 : 3;
}
