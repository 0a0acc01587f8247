/** How a call's outcome looks as the result of `tools/call`. */

import { jsonWeight, type PlainObject } from "../../json.ts";
import { shorten } from "../../text.ts";
import type { StructuredContent } from "../revisions.ts";
import { structuredContent } from "../structured-content.ts";
import type { EndedCall, ServedOutcome } from "../tool-host.ts";
import type { Captured } from "./capture.ts";

/** What a message may weigh: some clients close the connection at 10 MiB. */
const MESSAGE_MAX_BYTES = 9 * 1024 * 1024;
const SMALLEST_COLLECTION = 64 * 1024;
/** Characters of the reasons for a refusal or an end: an argument quoted in them may have any length. */
const REASONS_MAX = 16 * 1024;
/** Characters of the tool's name that an answer repeats: a client may send anything. */
const TOOL_MAX = 256;

interface ResultRequest {
  tool: string;
  outcome: ServedOutcome;
  /** undefined: the output was streamed, so the content is empty. */
  collected: { stdout: Captured; stderr: Captured } | undefined;
  /** Whether the output is also given as a JSON value; `wrapped`: what is no object is put into one, as text. */
  structured: StructuredContent | "wrapped";
  /** The output is wanted as two texts, however the tool ended. */
  apart?: boolean;
}

export type ResultFacts = Omit<ResultRequest, "collected">;

/** The result with as much output as a message may carry; `collect(limit)` gives at most so much a stream. Where text and value do not both fit, there is the text alone. */
export function fittingToolResult(
  facts: ResultFacts,
  collect: (limit: number) => NonNullable<ResultRequest["collected"]>,
): PlainObject {
  const whole = toolResult({ ...facts, collected: collect(MESSAGE_MAX_BYTES) });
  if (weigh(whole) <= MESSAGE_MAX_BYTES) return whole;
  for (let limit = MESSAGE_MAX_BYTES; ; limit /= 2) {
    const part = toolResult({ ...facts, structured: "absent", collected: collect(limit) });
    if (limit < SMALLEST_COLLECTION || weigh(part) <= MESSAGE_MAX_BYTES) return part;
  }
}

function weigh({ content, structuredContent: value }: ReturnType<typeof toolResult>): number {
  const text = content.reduce((sum, one) => sum + jsonBytes(one.text), 0);
  return text + (value === undefined ? 0 : jsonWeight(value));
}

/** For JSON, in which what is undefined is no key. Shapes: success is stdout, unless it is blank; failure is `exit_code: N`, stdout, stderr; each part complete alone, for any client. */
export function toolResult(request: ResultRequest) {
  const { texts, value, isError, facts } = shownOf(request);
  return {
    content: texts.map((text) => ({ type: "text", text })),
    structuredContent: value,
    isError,
    _meta: { runspec: { tool: request.tool.slice(0, TOOL_MAX).toWellFormed(), ...facts } },
  };
}

interface Shown {
  texts: string[];
  value?: unknown;
  isError: boolean;
  facts: PlainObject;
}

function shownOf(request: ResultRequest): Shown {
  const { outcome } = request;
  if (outcome.kind === "ended") return endedShown(outcome, request);
  if (outcome.kind === "refused") {
    const { reasons, exitCode, manual, objections, missingSecrets } = outcome;
    const refused = { exit_code: exitCode, duration_ms: 0, refused: true, manual: manual || undefined };
    const facts = { ...refused, refused_for: objections, missing_secrets: missingSecrets };
    return { texts: [shortened(reasons.join("\n"))], isError: true, facts };
  }
  if (outcome.kind === "answered") {
    const { text, structured, isError, exitCode, durationMs } = outcome;
    const value = request.structured === "absent" ? undefined : structured;
    return { texts: [text], value, isError, facts: { exit_code: exitCode, duration_ms: durationMs } };
  }
  const told =
    outcome.kind === "usage" ? { usage: outcome.usage } : { checked: true, notes: notesOf(outcome) };
  return { texts: [], isError: false, facts: { exit_code: 0, duration_ms: 0, ...told } };
}

function endedShown(ended: EndedCall, { collected, structured, apart = false }: ResultRequest): Shown {
  const { exitCode, signal, timedOut, durationMs, cancelled } = ended;
  const isError = exitCode !== 0;
  const explanation = ended.explanation === undefined ? undefined : shortened(ended.explanation);
  const facts = {
    exit_code: exitCode,
    signal,
    timed_out: timedOut || undefined,
    duration_ms: durationMs,
    cancelled: cancelled || undefined,
    notes: notesOf(ended),
  };
  if (collected === undefined) return { texts: [explanation ?? []].flat(), isError, facts };
  const { stdout, stderr } = collected;
  const streams = { stdout: stdout.text, stderr: stderr.text };
  // A success does not show stderr.
  const truncated = stdout.omitted > 0 || ((apart || isError) && stderr.omitted > 0);
  const value = isError || stdout.omitted > 0 ? undefined : structuredContent(stdout.text, structured);
  return {
    texts: apart
      ? [stdout.text, stderr.text]
      : [isError ? failureText({ exitCode, explanation, ...streams }) : successText(stdout.text)],
    value,
    isError,
    facts: { ...(apart && { parts: true, explanation }), ...facts, truncated: truncated || undefined },
  };
}

const notesOf = ({ notes = [] }: Pick<EndedCall, "notes">) => (notes.length === 0 ? undefined : notes);

/** Models' APIs refuse a text that is blank, and then every message that comes after it in the conversation. */
export function successText(stdout: string): string {
  return /\S/.test(stdout) ? stdout : failureText({ exitCode: 0, stdout, stderr: "" });
}

/** One text, as many clients show the first one only. */
export function failureText(failure: {
  exitCode: number;
  explanation?: string | undefined;
  stdout: string;
  stderr: string;
}): string {
  const { exitCode, explanation = "", stdout, stderr } = failure;
  const streams = [stdout && `stdout:\n${stdout}`, stderr && `stderr:\n${stderr}`];
  const kept = [`exit_code: ${exitCode}`, explanation, ...streams].filter(Boolean);
  return kept.map((part, index) => (index === kept.length - 1 ? part : part.replace(/\n?$/, "\n"))).join("");
}

/** Some clients cannot read a message with half a character in it, wherever that came from. */
const shortened = (text: string) => shorten(text, REASONS_MAX).toWellFormed();

/** Characters that are written at a time to find out how long they are. */
const WEIGHED_AT_ONCE = 64 * 1024;

/** The UTF-8 bytes of `text` as a JSON string, with its quotes. Writing it as a whole to find out would take six times its memory at worst. */
export function jsonBytes(text: string): number {
  let bytes = 2;
  for (let at = 0; at < text.length; at += WEIGHED_AT_ONCE)
    bytes += jsonWeight(text.slice(at, at + WEIGHED_AT_ONCE)) - 2;
  return bytes;
}
