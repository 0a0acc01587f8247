/** The answers of the hosts of one call as one: equal ones once, in words, and a row for each as data. */

import type { JsonObject } from "../../jsonrpc/message.ts";
import { createCapture } from "../../mcp/server/capture.ts";
import { failureText } from "../../mcp/server/result.ts";
import type { AnsweredCall } from "../../mcp/tool-host.ts";
import type { Host } from "../choose.ts";
import { harmless } from "../lines.ts";
import { exitCodeOf, factsOf, unnamed } from "../outcome.ts";
import { foldTexts, summaryOf } from "../report.ts";
import type { HostAnswer } from "./host-call.ts";

export type Folded = Omit<AnsweredCall, "kind" | "durationMs">;

/** Bytes of the text, and of the rows, of all hosts together; more only where one of them alone has more to say. */
const USUAL_BYTES = 256 * 1024;
const MOST_BYTES = 4 * 1024 * 1024;
/** Each keeps so much, however many there are. */
const LEAST_BYTES = 256;

export function foldAnswers(tool: string, answers: readonly HostAnswer[]): Folded {
  const largest = Math.max(...answers.map((answer) => weightOf(textOf(answer))));
  const most = Math.min(MOST_BYTES, Math.max(USUAL_BYTES, largest));
  const outcomes = answers.map(({ outcome }) => outcome);
  const shown = [...new Map(answers.map((answer) => [textOf(answer), shownOf(answer)])).values()].flat();
  const kept = answers.flatMap(({ stdout, stderr }) => [stdout, stderr]);
  return {
    text: fitting(answers, { most, shown }, (cut) => foldedText(tool, cut)),
    structured: { hosts: fitting(answers, { most, shown: kept }, (cut) => cut.map(rowOf)) },
    isError: outcomes.some(({ because }) => because !== "succeeded"),
    exitCode: exitCodeOf(outcomes),
  };
}

/**
 * What `make` comes to with as much of every output as fits into `most` bytes; it shows at least `shown`. What those alone are too much for
 * is not put together: a host may say as much as it likes, and others wait.
 */
function fitting<T>(
  answers: readonly HostAnswer[],
  { most, shown }: { most: number; shown: readonly string[] },
  make: (cut: readonly HostAnswer[]) => T,
): T {
  const atLeast = (limit: number) => shown.reduce((sum, { length }) => sum + Math.min(length, limit), 0);
  for (let limit = Number.POSITIVE_INFINITY; ; limit = Math.min(limit / 2, most)) {
    const isLast = limit <= LEAST_BYTES;
    if (!isLast && atLeast(limit) > most) continue;
    const made = make(answers.map((answer) => cutAnswer(answer, limit)));
    if (isLast || weightOf(made) <= most) return made;
  }
}

/** In a message. */
function weightOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** `limit`: in bytes a stream. */
function cutAnswer(answer: HostAnswer, limit: number): HostAnswer {
  const [stdout, stderr] = [cutText(answer.stdout, limit), cutText(answer.stderr, limit)];
  if (stdout === answer.stdout && stderr === answer.stderr) return answer;
  const { value: _value, ...rest } = answer;
  return { ...rest, stdout, stderr, truncated: true };
}

function cutText(text: string, limit: number): string {
  if (Buffer.byteLength(text) <= limit) return text;
  const capture = createCapture(Math.floor(limit));
  capture.add(Buffer.from(text));
  return capture.take().text;
}

/** Of one host, what it would say itself. */
function foldedText(tool: string, answers: readonly HostAnswer[]): string {
  const [only, ...others] = answers;
  if (only !== undefined && others.length === 0) return textOf(only);
  const { what, lines } = summaryOf(tool, answers);
  return [
    what,
    ...lines.map((line) => `  ${line}`),
    ...foldTexts(answers.map(saidBy).filter(({ text }) => text !== "")),
    "",
  ].join("\n");
}

/** The outputs that its text has. */
function shownOf({ outcome, stdout, stderr }: HostAnswer): string[] {
  return outcome.because === "succeeded" ? [stdout] : [stdout, stderr];
}

function textOf({ outcome, stdout, stderr }: HostAnswer): string {
  const { because, error, hint, exitCode } = outcome;
  if (because === "succeeded") return stdout;
  const explanation = [error, hint].filter((line) => line !== undefined).join("\n");
  if (stdout === "" && stderr === "" && explanation !== "") return explanation;
  return failureText({ exitCode: exitCode ?? 1, explanation, stdout, stderr });
}

/** Under its name, a host need not name itself again. No host writes over another's lines, or a heading of its own. */
function saidBy(answer: HostAnswer): { host: Host; text: string } {
  const { host, outcome } = answer;
  const error = outcome.error && unnamed(host, outcome.error);
  const lines = textOf({ ...answer, outcome: { ...outcome, error } })
    .replace(/\n$/, "")
    .split("\n");
  return { host, text: lines.map((line) => harmless(line, false)).join("\n") };
}

/** As `--format json` has it. */
function rowOf({ stdout, stderr, value, truncated, ...row }: HostAnswer): JsonObject {
  const { error, hint } = row.outcome;
  return {
    ...factsOf(row),
    stdout,
    stderr,
    error: error ?? null,
    ...(hint !== undefined && { hint }),
    ...(value !== undefined && { value }),
    ...(truncated && { truncated }),
  };
}
