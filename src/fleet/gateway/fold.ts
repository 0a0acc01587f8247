/** The answers of the hosts of one call as one: equal ones once, in words, and a row for each as data. */

import { jsonWeight, type PlainObject, wellFormed } from "../../json.ts";
import { type Capture, createCapture } from "../../mcp/server/capture.ts";
import { failureText, successText } from "../../mcp/server/result.ts";
import type { AnsweredCall } from "../../mcp/tool-host.ts";
import { harmless } from "../lines.ts";
import { exitCodeOf, factsOf, namedError, newHint } from "../outcome.ts";
import type { Host } from "../resolve-hosts.ts";
import { foldTexts, summaryOf } from "../summary.ts";
import type { HostAnswer } from "./call-on-one.ts";

export type Folded = Omit<AnsweredCall, "kind" | "durationMs">;

/** Bytes of the text, and of the rows, of all hosts together; more only where one of them alone has more to say. */
const USUAL_BYTES = 256 * 1024;
const MOST_BYTES = 4 * 1024 * 1024;
/** Bytes that each stream keeps, however many there are. */
const LEAST_BYTES = 256;
/** Bytes kept of all streams of a kind together, while others still run. */
const KEPT_BYTES = 64 * 1024 * 1024;

interface KeptAnswer extends Omit<HostAnswer, "stdout" | "stderr"> {
  stdout: Capture;
  stderr: Capture;
}

/** The part of one of `count` answers that may be shown. */
export function keepAnswer({ value, ...answer }: HostAnswer, count: number): KeptAnswer {
  const limit = Math.max(USUAL_BYTES, Math.min(MOST_BYTES, Math.floor(KEPT_BYTES / count)));
  const [stdout, stderr] = [createCapture(limit), createCapture(limit)];
  stdout.add(Buffer.from(answer.stdout));
  stderr.add(Buffer.from(answer.stderr));
  const kept = { stdout, stderr, value: answer.stdout.length <= limit ? value : undefined };
  return { ...answer, ...kept, outcome: wellFormed(answer.outcome) };
}

export function foldAnswers(tool: string, kept: readonly KeptAnswer[]): Folded {
  const answers = kept.map((answer) => cutAnswer(answer));
  const largest = Math.max(...answers.map((answer) => jsonWeight(textOf(answer))));
  const most = Math.min(MOST_BYTES, Math.max(USUAL_BYTES, largest));
  const outcomes = answers.map(({ outcome }) => outcome);
  const shown = [...new Map(answers.map((answer) => [textOf(answer), shownOf(answer)])).values()].flat();
  const all = answers.flatMap(({ stdout, stderr }) => [stdout, stderr]);
  return {
    text: fitting(kept, { most, shown }, (cut) => foldedText(tool, cut)),
    structured: { hosts: fitting(kept, { most, shown: all }, (cut) => cut.map(rowOf)) },
    isError: outcomes.some(({ because }) => because !== "succeeded"),
    exitCode: exitCodeOf(outcomes),
  };
}

/** What `make` makes of the answers, their outputs cut so that it fits into `most` bytes. It is not called where the texts `shown` alone are too long. */
function fitting<T>(
  answers: readonly KeptAnswer[],
  { most, shown }: { most: number; shown: readonly string[] },
  make: (cut: readonly HostAnswer[]) => T,
): T {
  const atLeast = (limit: number) => shown.reduce((sum, { length }) => sum + Math.min(length, limit), 0);
  for (let limit = Infinity; ; limit = Math.min(limit / 2, most)) {
    const isLast = limit <= LEAST_BYTES;
    if (!isLast && atLeast(limit) > most) continue;
    const made = make(answers.map((answer) => cutAnswer(answer, limit)));
    if (isLast || jsonWeight(made) <= most) return made;
  }
}

/** `limit`: in bytes a stream. */
function cutAnswer({ value, ...answer }: KeptAnswer, limit?: number): HostAnswer {
  const take = (capture: Capture) => capture.take(limit, answer.truncated);
  const [stdout, stderr] = [take(answer.stdout), take(answer.stderr)];
  const texts = { stdout: stdout.text, stderr: stderr.text };
  const isCut = stdout.omitted + stderr.omitted > 0;
  return isCut ? { ...answer, ...texts, truncated: true } : { ...answer, ...texts, value };
}

/** All of them in words; of a single host, what that would say itself. */
function foldedText(tool: string, answers: readonly HostAnswer[]): string {
  const [only, ...others] = answers;
  if (only !== undefined && others.length === 0) {
    const outcome = { ...only.outcome, error: namedError(only.host, only.outcome) };
    const text = textOf({ ...only, outcome });
    return outcome.because === "succeeded" ? successText(text) : text;
  }
  const { what, lines } = summaryOf(tool, answers);
  const given = new Set<string>();
  return [
    what,
    ...lines.map((line) => `  ${line}`),
    ...foldTexts(answers.map((answer) => saidBy(answer, given)).filter(({ text }) => text !== "")),
    "",
  ].join("\n");
}

function shownOf({ outcome, stdout, stderr }: HostAnswer): string[] {
  return outcome.because === "succeeded" ? [stdout] : [stdout, stderr];
}

function textOf({ outcome, stdout, stderr }: HostAnswer): string {
  const { because, error, hint, exitCode } = outcome;
  if (because === "succeeded") return error ? stdout.replace(/([^\n])$/, "$1\n") + error : stdout;
  const explanation = [error, hint].filter((line) => line !== undefined).join("\n");
  const hasRun = because === "failed" || because === "timed out" || because === "stopped";
  if (!hasRun && explanation !== "") return explanation;
  return failureText({ exitCode: exitCode ?? 1, explanation, stdout, stderr });
}

/** What a host said, to stand below a heading with its name: an error does not repeat the name, and no control character can overwrite other lines. What helps is told once, of those `given`. */
function saidBy({ host, outcome, ...said }: HostAnswer, given: Set<string>): { host: Host; text: string } {
  const [hint] = newHint(given, host, outcome.hint);
  const text = textOf({ ...said, host, outcome: { ...outcome, hint } }).replace(/\n$/, "");
  return { host, text: text.split("\n").map(harmless).join("\n") };
}

/** An answer as a row of `--format json`; what is undefined is no key there. */
function rowOf({ stdout, stderr, value, truncated, ...row }: HostAnswer): PlainObject {
  const { hint } = row.outcome;
  const error = namedError(row.host, row.outcome) ?? null;
  return { ...factsOf(row), stdout, stderr, error, hint, value, truncated: truncated || undefined };
}
