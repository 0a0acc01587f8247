/** What became of the call on one host, and of all of them together. */

import { EXIT, messagePart, RunspecError, reasonOf } from "../errors.ts";
import { ConnectionFailure, ServerFailure } from "../hosts/connection-failure.ts";
import { WHY_MISSING, withHost } from "../hosts/remedy.ts";
import type { EndedCall, RefusedCall } from "../mcp/tool-host.ts";
import { refusalText } from "../session/call.ts";
import { visible } from "../text.ts";
import type { Host } from "./resolve-hosts.ts";

export const CAUSES = [
  "succeeded",
  "failed",
  "timed out",
  "cannot run",
  "no tool",
  "refused",
  "out of reach",
  "lost",
  "unknown",
  "stopped",
  "left",
  "not started",
] as const;

export interface Outcome extends Partial<Pick<EndedCall, "signal" | "durationMs">> {
  because: (typeof CAUSES)[number];
  /** Undefined: nothing was run there, and nothing went wrong there. */
  exitCode?: number;
  /** What went wrong, as it stands below the host's name; on a line of its own it is a `namedError`. */
  error?: string | undefined;
  /** The error is about the host itself, and begins with its name. */
  isNamed?: true | undefined;
  hint?: string | undefined;
  /** The connection failed, which `runspec doctor` examines; nothing else that fails on a host is its matter. */
  isOfConnection?: boolean;
}

export interface Row {
  host: Host;
  outcome: Outcome;
}

/** What programs are told of a host's outcome. */
export function factsOf({ host, outcome: { exitCode, signal, durationMs } }: Row) {
  return {
    host: host.name,
    exit_code: exitCode ?? null,
    signal: signal ?? null,
    duration_ms: durationMs ?? null,
  };
}

/** What went wrong on a host, with its name in front; what is to be typed has that, too. */
export const namedError = (host: Host, { error, isNamed }: Pick<Outcome, "error" | "isNamed">) =>
  error && withHost(isNamed ? error : `${visible(host.name)}: ${error}`, host.destination);

/** `hint`, or none unless it is the first of its form among those `given`, whichever host, port or line of a file it names: half of a fleet may be down. */
export function newHint(given: Set<string>, host: Host, hint = ""): string[] {
  const names = [host.typed, host.name, host.destination.host].map(RegExp.escape).join("|");
  const form = hint.replace(RegExp(`(?<!\\w)(?:${names})(?!\\w)`, "g"), "HOST").replace(/\d+/g, "N");
  if (hint === "" || given.has(form)) return [];
  given.add(form);
  return [hint];
}

/** What an error makes of a call that ran nothing there. Nothing of ssh was printed above it, so its words are quoted. */
export function failureOn(thrown: unknown): Outcome {
  const failure = thrown instanceof RunspecError ? thrown : new RunspecError(reasonOf(thrown));
  const { exitCode, message, hint } = failure;
  if (failure instanceof ConnectionFailure) {
    const { below: error, isOfHost: isNamed, help, reached } = failure;
    const because = reached === false ? "out of reach" : "cannot run";
    return { because, exitCode, error, isNamed, hint: help.join("\n") || undefined, isOfConnection: true };
  }
  if (!(failure instanceof ServerFailure)) return { because: "cannot run", exitCode, error: message, hint };
  // That the tool may have run, which is all that it advises, a list says in its own words.
  return { because: "cannot run", exitCode, error: failure.what, hint: undefined };
}

const OWN_NAME = /\bon \S+(?= itself: runspec run |; its hosts are )/g;

/** Refused for its words or its level, it is the call's own fault, on whatever host. */
export function refusedOutcome(tool: string, answer: RefusedCall): Outcome {
  const { objections, reasons, exitCode } = answer;
  if (objections.includes("tool")) {
    const error = `it offers no tool "${tool}"; ${reasons[1] || WHY_MISSING}`;
    return { because: "no tool", exitCode: EXIT.NOT_FOUND, error };
  }
  const isCallRefused = objections.includes("words") || objections.includes("autonomy");
  // Each names its own machine: what hosts refuse in the same words is told once.
  const error = messagePart(refusalText(answer).text.replaceAll(OWN_NAME, "on that host"));
  return { because: isCallRefused ? "refused" : "cannot run", exitCode, error };
}

/** Words that other hosts would run a tool with ask for help there. */
export const HELP_THERE: Outcome = {
  because: "refused",
  exitCode: EXIT.FAILED,
  error: "takes these words for a call for help",
};

/** The outcome of a tool that was run, with the exit code that the host says. */
export function endedOutcome(answer: EndedCall): Outcome {
  const { exitCode, signal, timedOut, cancelled, durationMs, explanation } = answer;
  return {
    because: timedOut ? "timed out" : cancelled ? "stopped" : exitCode === 0 ? "succeeded" : "failed",
    // Its server was told to end: what it did not do is no success, however it ended.
    exitCode: exitCode || (cancelled ? EXIT.CONNECTION : 0),
    durationMs,
    signal,
    error: explanation && messagePart(explanation),
  };
}

/** Whether it counts as a failure: it did not succeed where it was to. */
export function hasFailed({ because }: Outcome): boolean {
  return because !== "succeeded" && because !== "not started" && because !== "refused";
}

/** 0 where all succeeded; the code of those that failed where it is one; else 1. */
export function exitCodeOf(outcomes: readonly Pick<Outcome, "exitCode">[]): number {
  const [common = EXIT.OK, ...others] = new Set(outcomes.flatMap(({ exitCode }) => exitCode || []));
  return others.length === 0 ? common : EXIT.FOUND_ERRORS;
}
