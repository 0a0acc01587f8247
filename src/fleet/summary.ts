/** What is said of many hosts together: the status line, the summary, and what several say once. */

import { counted, visible } from "../text.ts";
import { hostsText } from "./fold-names.ts";
import { CAUSES, hasFailed, type Outcome, type Row } from "./outcome.ts";
import type { Host } from "./resolve-hosts.ts";

type Counts = Record<"all" | "checked" | "done" | "failed" | "running", number>;

/** `12 of 20 done, 1 failed, 7 running`. */
export function statusText({ all, checked, done, failed, running }: Counts): string {
  const failures = failed === 0 ? "" : `, ${failed} failed`;
  if (done === 0 && running === 0) return `${checked} of ${all} checked${failures}`;
  return `${done} of ${all} done${failures}, ${running} running`;
}

/** What came of the call, the sentence first, then a line for each end that it had. */
export function summaryOf(tool: string, rows: readonly Row[]): { what: string; lines: string[] } {
  const name = visible(tool);
  const good = rows.filter(({ outcome }) => outcome.because === "succeeded");
  const all = counted(rows.length, "host");
  if (good.length === rows.length)
    return { what: `${name} succeeded on ${rows.length === 1 ? all : `all ${all}`}`, lines: [] };
  const others = rows
    .filter(({ outcome }) => outcome.because !== "succeeded")
    .sort((a, b) => CAUSES.indexOf(a.outcome.because) - CAUSES.indexOf(b.outcome.because));
  const groups = [...Map.groupBy(others, ({ outcome }) => endText(outcome))];
  const lines = groups.map(([words, members]) => `${words}: ${hostsText(members.map(({ host }) => host))}`);
  const isCut = rows.some(({ outcome }) => outcome.exitCode === undefined);
  const done = isCut && good.length > 0 ? [`succeeded: ${hostsText(good.map(({ host }) => host))}`] : [];
  return { what: `${name} succeeded on ${good.length} of ${all}`, lines: [...done, ...lines] };
}

/** The words for people, where they are others than those for programs. */
const WORDS: Partial<Record<Outcome["because"], string>> = {
  "no tool": "no such tool",
  left: "left while it ran",
  lost: "connection lost",
  unknown: "end not known",
};

function endText({ because, exitCode, signal }: Outcome): string {
  if (because === "not started") return because;
  const by = signal === undefined ? "" : ` by ${visible(signal)}`;
  if (because === "failed") return by === "" ? `failed with ${exitCode}` : `ended${by} (${exitCode})`;
  return `${WORDS[because] ?? because}${because === "stopped" ? by : ""} (${exitCode})`;
}

export function countOf(rows: readonly Row[]): { failed: number; done: number } {
  return {
    failed: rows.filter(({ outcome }) => hasFailed(outcome)).length,
    done: rows.filter(({ outcome }) => outcome.exitCode !== undefined).length,
  };
}

/** The same text once, under the hosts that gave it. */
export function foldTexts(texts: readonly { host: Host; text: string }[]): string[] {
  const groups = Map.groupBy(texts, ({ text }) => text);
  return [...groups].flatMap(([text, members]) => [
    hostsText(members.map(({ host }) => host)),
    ...text.split("\n").map((line) => `  ${line}`),
  ]);
}
