/** What became of the call on one host, and of all of them together. */

import { EXIT } from "../errors.ts";
import type { Host } from "./choose.ts";

export const CAUSES = [
  "succeeded",
  "failed",
  "timed out",
  "cannot run",
  "no tool",
  "refused",
  "out of reach",
  "lost",
  "stopped",
  "left",
  "not started",
] as const;

export interface Outcome {
  because: (typeof CAUSES)[number];
  /** Undefined: nothing was run there, and nothing went wrong there. */
  exitCode?: number;
  /** That ended the tool. */
  signal?: string;
  /** Of the tool, in milliseconds. */
  durationMs?: number;
  /** In a sentence that names the host. */
  error?: string;
  hint?: string;
}

export interface Row {
  host: Host;
  outcome: Outcome;
}

/** Whether it counts as a failure: it did not succeed where it was to. */
export function hasFailed({ because }: Outcome): boolean {
  return because !== "succeeded" && because !== "not started" && because !== "refused";
}

/** 0 where all succeeded; the code of those that failed where it is one; else 1. */
export function exitCodeOf(outcomes: readonly Pick<Outcome, "exitCode">[]): number {
  const codes = new Set(
    outcomes.map(({ exitCode }) => exitCode).filter((code) => code !== undefined && code !== 0),
  );
  const [common] = codes;
  if (codes.size > 1) return EXIT.FOUND_ERRORS;
  return common ?? EXIT.OK;
}
