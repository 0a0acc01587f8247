/** The examination: checks one after the other, each told as soon as it is done, each skipped where what it needs has failed. */

import { Interrupted, RunspecError, reasonOf } from "../errors.ts";
import { joinLines, visible, visibleLines } from "../text.ts";

/** What a check found, in one sentence; whatever came from elsewhere has been made visible. */
export interface Check {
  name: string;
  status: "ok" | "warn" | "fail" | "skipped";
  summary: string;
  /** How to fix it; lines after the first are to be pasted. */
  remedy?: string | undefined;
  /** The facts of the summary, for programs. */
  details?: Record<string, string | number | string[] | undefined> | undefined;
}

/** A check that has been made, for those that build on it. */
export type Verdict<T> = { passed: true; value: T } | { passed: false; because: string };

/** The result of a check. Only a failure keeps the checks that build on it from being made. */
export type Finding<T> = Omit<Check, "name" | "status"> &
  ({ status: "ok" | "warn" | "skipped"; value: T } | { status: "fail" });

export function ok<T>(value: T, summary: string, details?: Check["details"]): Finding<T> {
  return { status: "ok", summary, details, value };
}

export function warned<T>(value: T, summary: string, remedy: string, details?: Check["details"]): Finding<T> {
  return { status: "warn", summary, remedy, details, value };
}

export function fail(summary: string, remedy: string, details?: Check["details"]): Finding<never> {
  return { status: "fail", summary, remedy, details };
}

export function skipped<T>(value: T, why: string): Finding<T> {
  return { status: "skipped", summary: `because ${why}`, value };
}

export type Examination = ReturnType<typeof createExamination>;

/** What a check needs that builds on no other. */
export const NOTHING: Verdict<undefined> = { passed: true, value: undefined };

/** `need`, unless one of `others` has failed. */
export function after<T>(need: Verdict<T>, ...others: Verdict<unknown>[]): Verdict<T> {
  for (const other of others) if (!other.passed) return other;
  return need;
}

/** Gives a function that makes the check `name` with what `need` found, or skips it. A `RunspecError` is a failure, its hint the remedy. */
export function createExamination(tell: (check: Check) => Promise<void>) {
  return async <N, T>(
    name: string,
    need: Verdict<N>,
    work: (value: N) => Promise<Finding<T>> | Finding<T>,
  ): Promise<Verdict<T>> => {
    if (!need.passed) {
      await tell({ name, status: "skipped", summary: `because ${need.because}` });
      return need;
    }
    const outcome = await Promise.try(work, need.value).catch(failureOf);
    const { status, summary, remedy, details } = outcome;
    await tell({ name, status, summary, remedy, details });
    return outcome.status === "fail"
      ? { passed: false, because: `${name} failed` }
      : { passed: true, value: outcome.value };
  };
}

function failureOf(error: unknown): Finding<never> {
  if (error instanceof Interrupted) throw error;
  const [summary = ""] = reasonOf(error).split("\n");
  const remedy = error instanceof RunspecError && error.hint ? visibleLines(error.hint) : undefined;
  return { status: "fail", summary: oneLine(summary), remedy };
}

/** Words of other programs as one line of ours. */
export const oneLine = (text: string): string => visible(joinLines(text));
