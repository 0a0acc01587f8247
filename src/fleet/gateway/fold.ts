/** The answers of the hosts of one call as one: equal ones once, in words, and a row for each as data. */

import type { JsonObject } from "../../jsonrpc/message.ts";
import { createCapture } from "../../mcp/server/capture.ts";
import { failureText, jsonBytes } from "../../mcp/server/result.ts";
import type { AnsweredCall } from "../../mcp/tool-host.ts";
import { decodeLossily } from "../../text.ts";
import { harmlessLine } from "../lines.ts";
import { exitCodeOf } from "../outcome.ts";
import { foldTexts, summaryOf } from "../report.ts";
import type { HostAnswer } from "./host-call.ts";

export type Folded = Omit<AnsweredCall, "kind" | "durationMs">;

/** Bytes of the text, and of the rows, of all hosts together; more only where one of them alone has more to say. */
const USUAL_BYTES = 256 * 1024;
const MOST_BYTES = 4 * 1024 * 1024;
/** Each keeps so much, however many there are. */
const LEAST_BYTES = 256;

export function foldAnswers(tool: string, answers: readonly HostAnswer[]): Folded {
  const largest = Math.max(...answers.map((answer) => jsonBytes(textOf(answer))));
  const most = Math.min(MOST_BYTES, Math.max(USUAL_BYTES, largest));
  const outcomes = answers.map(({ outcome }) => outcome);
  return {
    text: fitting(
      most,
      (limit) =>
        foldedText(
          tool,
          answers.map((answer) => cutAnswer(answer, limit)),
        ),
      jsonBytes,
    ),
    structured: {
      hosts: fitting(
        most,
        (limit) => answers.map((answer) => rowOf(cutAnswer(answer, limit))),
        (rows) => JSON.stringify(rows).length,
      ),
    },
    isError: outcomes.some(({ because }) => because !== "succeeded"),
    exitCode: exitCodeOf(outcomes),
  };
}

/** What `make` comes to with as much of every output as fits; `limit` is in bytes a stream. */
function fitting<T>(most: number, make: (limit: number) => T, weigh: (made: T) => number): T {
  const whole = make(Number.POSITIVE_INFINITY);
  if (weigh(whole) <= most) return whole;
  for (let limit = most; ; limit /= 2) {
    const made = make(limit);
    if (weigh(made) <= most || limit <= LEAST_BYTES) return made;
  }
}

function cutAnswer(answer: HostAnswer, limit: number): HostAnswer {
  const [stdout, stderr] = [cutText(answer.stdout, limit), cutText(answer.stderr, limit)];
  if (stdout === answer.stdout && stderr === answer.stderr) return answer;
  const { value: _value, ...rest } = answer;
  return { ...rest, stdout, stderr, truncated: true };
}

function cutText(text: string, limit: number): string {
  if (text.length <= limit / 3) return text;
  const bytes = Buffer.from(text);
  if (bytes.length <= limit) return text;
  const capture = createCapture(Math.floor(limit));
  capture.add(bytes);
  return capture.take().text;
}

/** Of one host, what it would say itself. */
function foldedText(tool: string, answers: readonly HostAnswer[]): string {
  const [only, ...others] = answers;
  if (only !== undefined && others.length === 0) return textOf(only);
  const { what, lines } = summaryOf(tool, answers);
  const said = answers.map((answer) => ({ host: answer.host, text: harmlessText(textOf(unnamed(answer))) }));
  return [
    what,
    ...lines.map((line) => `  ${line}`),
    ...foldTexts(said.filter(({ text }) => text !== "")),
    "",
  ].join("\n");
}

function textOf({ outcome, stdout, stderr }: HostAnswer): string {
  const { because, error, hint, exitCode } = outcome;
  if (because === "succeeded") return stdout;
  const explanation = [error, hint].filter((line) => line !== undefined).join("\n");
  if (stdout === "" && stderr === "" && explanation !== "") return explanation;
  return failureText({ exitCode: exitCode ?? 1, explanation, stdout, stderr });
}

/** Under its name, what a host says need not name it again; so the same from many is the same. */
function unnamed({ outcome, ...answer }: HostAnswer): HostAnswer {
  const prefix = `${answer.host.name}: `;
  const { error } = outcome;
  return {
    ...answer,
    outcome: error?.startsWith(prefix) ? { ...outcome, error: error.slice(prefix.length) } : outcome,
  };
}

/** No host writes over another's lines, or a heading of its own. */
function harmlessText(text: string): string {
  return text
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => decodeLossily(harmlessLine(Buffer.from(line), false)))
    .join("\n");
}

/** As `--format json` has it. */
function rowOf({ host, outcome, stdout, stderr, value, truncated }: HostAnswer): JsonObject {
  const { exitCode, signal, durationMs, error, hint } = outcome;
  return {
    host: host.name,
    exit_code: exitCode ?? null,
    signal: signal ?? null,
    duration_ms: durationMs ?? null,
    stdout,
    stderr,
    error: error ?? null,
    ...(hint !== undefined && { hint }),
    ...(value !== undefined && { value }),
    ...(truncated && { truncated }),
  };
}
