/** What a watchdog tells the runspec that it starts: which tools to end, a word each. */

import { findStarted, identify, type StartMarks, type TimedProcess } from "../process/find-started.ts";
import type { ProcessId } from "../process/processes.ts";
import { until } from "../process/signals.ts";
import type { KillAs } from "./argv.ts";
import { isBecomeMethod } from "./flags.ts";

/** How a tool is ended. */
interface HowToEnd {
  /** How long it has between TERM and KILL, in milliseconds. */
  graceMs: number;
  /** Set where the process is a become program and the tool runs under it, as another user. */
  become?: KillAs;
}

/** A tool to end; without a pid where it was only being started. */
export type EndTarget = (TimedProcess | StartMarks) & HowToEnd;

/**
 * `PID SINCE-BY GRACE`, or `PIPE:DIGEST:SESSION SINCE GRACE`, and for another user's tool ` METHOD USER env|bare FLAGS`: one line, with the flags as
 * JSON, since they may hold anything.
 */
export function writeEndTarget(target: EndTarget): string {
  const { graceMs, become } = target;
  const which =
    "pid" in target
      ? `${target.pid} ${target.since ?? ""}-${target.by ?? ""}`
      : `${target.pipe}:${target.digest}:${target.session} ${target.since}`;
  if (become === undefined) return `${which} ${graceMs}`;
  const { method, user, throughEnv, flags } = become;
  return `${which} ${graceMs} ${method} ${user} ${throughEnv ? "env" : "bare"} ${JSON.stringify(flags)}`;
}

const HOW = String.raw`(?<graceMs>\d+)(?: (?<method>[a-z]+) (?<user>\S+) (?<prefix>env|bare) (?<flags>".*"))?`;
const PROCESS = String.raw`(?<pid>[2-9]|[1-9]\d+) (?:(?<from>\d+)-(?<by>\d+)|-)`;
const STARTED = String.raw`(?<pipe>\d+):(?<digest>\d+):(?<session>\d+) (?<since>\d+)`;

/** A word that {@link writeEndTarget} wrote, or undefined for any other. */
export function readEndTarget(word: string): EndTarget | undefined {
  const { groups = {} } = new RegExp(`^(?:${PROCESS}|${STARTED}) ${HOW}$`).exec(word) ?? {};
  const {
    pid,
    from,
    by,
    pipe,
    digest = "",
    session,
    since,
    graceMs,
    method,
    user = "",
    prefix,
    flags = "",
  } = groups;
  if (graceMs === undefined || (method !== undefined && !isBecomeMethod(method))) return undefined;
  const which =
    pid === undefined
      ? { pipe: Number(pipe), digest, session: Number(session), since: Number(since) }
      : { pid: Number(pid), ...(from !== undefined && { since: Number(from), by: Number(by) }) };
  const how = { graceMs: Number(graceMs) };
  if (method === undefined) return { ...which, ...how };
  return {
    ...which,
    ...how,
    become: { method, user, throughEnv: prefix === "env", flags: String(JSON.parse(flags)) },
  };
}

/**
 * How long a program that was being started may take to be one that can be told, on a busy machine. Who looks while it ends may see
 * neither it nor what it has started, so that one look proves nothing.
 */
const APPEARS_MS = 5000;

/** The process that is to be ended; undefined: it was never started. */
export async function findTarget(target: EndTarget): Promise<(ProcessId & HowToEnd) | undefined> {
  const { graceMs, become } = target;
  const how = { graceMs, ...(become && { become }) };
  if ("pid" in target) return { ...identify(target), ...how };
  let found: ProcessId | undefined;
  const isFound = () => {
    found = findStarted(target, become !== undefined);
    return found !== undefined;
  };
  await until(isFound, performance.now() + APPEARS_MS);
  return found && { ...found, ...how };
}
