/** What servers answer to a call, ours and others. */

import { EXIT } from "../../errors.ts";
import { asObject, asText, isObject, type PlainObject, textsIn } from "../../json.ts";
import { listUpTo } from "../../text.ts";
import { structuredContent } from "../structured-content.ts";
import type { CallOutcome, RefusedCall } from "../tool-host.ts";
import { malformedAnswer } from "./handshake.ts";
import { type RemoteTool, readTool } from "./tool-list.ts";

type Answer = Exclude<CallOutcome, { kind: "usage" }> | { kind: "usage"; tool: RemoteTool };

export type AnswerOf<Kind extends Answer["kind"]> = Extract<Answer, { kind: Kind }>;

/** Characters of the reasons for a refusal, which a person is to read. */
const REFUSAL_MAX = 64 * 1024;
/** Characters of what should have been an exit code, and of a signal's name. */
const SAID_MAX = 100;
const SIGNAL_MAX = 16;
const REFUSED = [EXIT.FAILED, EXIT.NOT_EXECUTABLE, EXIT.NOT_FOUND];

/** An answer of one of `kinds`; `streams`: output came live, so what it holds of a failed or stopped tool is why. @throws RunspecError for others: it may have run */
export function readAnswer<Kind extends Answer["kind"]>(
  result: unknown,
  streams: boolean,
  kinds: readonly Kind[],
): AnswerOf<Kind> {
  const answer = isObject(result) && isWhole(result) ? readResult(result, streams) : undefined;
  const isExpected = (one: Answer): one is AnswerOf<Kind> => kinds.some((kind) => kind === one.kind);
  if (answer === undefined || !isExpected(answer)) throw malformedAnswer("the call");
  return answer;
}

/** Whether the call is over: not where the server asks for something first (and has run nothing), only names a task that it has begun, or has content that is no list. */
const isWhole = ({ resultType, task, content }: PlainObject): boolean =>
  (resultType ?? "complete") === "complete" && Array.isArray(content ?? (isObject(task) ? task : []));

/** Whether `message` answers with no text, so that a value is all that can be shown of it. */
export const isValueAlone = (message: unknown): boolean =>
  isObject(message) && isObject(message.result) && textOf(message.result.content) === "";

/** A server without `_meta.runspec` only says whether it failed. */
function readResult(result: PlainObject, streams: boolean): Answer {
  const runspec = asObject(asObject(result._meta).runspec);
  const { content } = result;
  // Some servers write null for what is not there.
  const text = textOf(content) || JSON.stringify(result.structuredContent ?? undefined) || "";
  if (runspec.refused) return readRefusal(runspec, text.slice(0, REFUSAL_MAX));
  const [tool] = readTool(runspec.usage);
  if (tool !== undefined) return { kind: "usage", tool };
  const isError = Boolean(result.isError);
  const signal = asText(runspec.signal)?.slice(0, SIGNAL_MAX);
  const { exitCode, remark = unshownIn(content) } = codeFrom(runspec.exit_code, isError || Boolean(signal));
  const timedOut = runspec.timed_out === true;
  const notes = textsIn(runspec.notes);
  if (runspec.checked === true) return { kind: "checked", notes };
  const ended = {
    kind: "ended" as const,
    exitCode: timedOut ? EXIT.TIMED_OUT : exitCode,
    timedOut,
    cancelled: runspec.cancelled === true,
    durationMs: typeof runspec.duration_ms === "number" ? runspec.duration_ms : 0,
    signal,
    notes: notes.length > 0 ? notes : undefined,
    remark,
  };
  if (runspec.parts === true) {
    const parts = readParts(result, runspec.truncated === true);
    return { ...ended, parts, explanation: asText(runspec.explanation) };
  }
  if (text === "") return ended;
  // A tool that was stopped may end with 0.
  if (streams && (isError || ended.cancelled)) return { ...ended, explanation: text };
  return { ...ended, output: { stream: isError ? "stderr" : "stdout", text } };
}

/** The two streams, where they were asked for apart. The value is what stdout says, where every client can read it. */
function readParts({ content, structuredContent: given }: PlainObject, truncated: boolean) {
  const [stdout = "", stderr = ""] = (Array.isArray(content) ? content : []).map((block) => textOf([block]));
  const value = given === undefined ? undefined : structuredContent(stdout, "any");
  return { stdout, stderr, truncated, value };
}

/** A refusal ends with one of our own codes, whatever the server says. */
function readRefusal(runspec: PlainObject, text: string): RefusedCall {
  const missing = textsIn(runspec.missing_secrets).filter((name) => /^[\w-]{1,64}$/.test(name));
  return {
    kind: "refused",
    objections: textsIn(runspec.refused_for),
    reasons: text === "" ? [] : text.trimEnd().split("\n"),
    exitCode: REFUSED.find((code) => code === runspec.exit_code) ?? EXIT.FAILED,
    manual: runspec.manual === true || undefined,
    missingSecrets: missing.length > 0 ? missing : undefined,
  };
}

/** What failed, or was ended by a signal, never ends with 0. Where the server says something else than an exit code, a remark says so. */
function codeFrom(value: unknown, hasFailed: boolean): { exitCode: number; remark?: string | undefined } {
  const isCode = typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 255;
  const code = isCode ? value : undefined;
  if (code === undefined && value !== undefined && value !== null) {
    const shown = JSON.stringify(value).slice(0, SAID_MAX);
    const remark = `the server says that the tool ended with ${shown}, which is not an exit code`;
    return { exitCode: EXIT.FAILED, remark };
  }
  return { exitCode: hasFailed ? code || 1 : (code ?? 0) };
}

const KINDS_MAX = 5;
const KIND_MAX = 30;

/** Says which kinds of content a terminal cannot show. */
function unshownIn(content: unknown): string | undefined {
  const blocks = Array.isArray(content) ? content.filter(isObject) : [];
  const kinds = blocks
    .filter((block) => block.type !== "text" && textOf([block]) === "")
    .map(({ type }) => asText(type) ?? "something without a type");
  if (kinds.length === 0) return undefined;
  const named = listUpTo(KINDS_MAX, [...new Set(kinds)], (kind) => kind.slice(0, KIND_MAX));
  return `the server's answer holds what is not shown here: ${named}`;
}

/** What a terminal can show of a result: its texts, those of embedded resources, and where links lead. */
function textOf(content: unknown): string {
  if (!Array.isArray(content)) return "";
  return content
    .filter(isObject)
    .flatMap(({ type, text, resource, uri }) => {
      if (type === "resource_link") return [uri];
      return [type === "resource" && isObject(resource) ? resource.text : text];
    })
    .filter((text) => typeof text === "string")
    .join("\n");
}
