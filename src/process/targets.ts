/** What a guard tells the runspec that it starts: which tools to end, a word each. */

import type { Starting } from "./starting.ts";
import type { Target } from "./terminate.ts";

/** What runspec is started with to end the targets that follow. */
export const END_TARGETS = "--end-targets";

/** A tool to end, and how long it has between TERM and KILL, in milliseconds. */
export interface TargetToEnd extends Target {
  graceMs: number;
}

/** `PID START GRACE`, and for another user's tool ` METHOD USER env|bare FLAGS`: one line, with the flags as JSON, since they may hold anything. */
export function writeTarget({ pid, start, ...how }: TargetToEnd): string {
  return `${pid} ${start ?? "-"} ${writeHow(how)}`;
}

/** The same of one without a pid: `PIPE:DIGEST SINCE GRACE …`. */
export function writeStarting({ pipe, digest, since, ...how }: Starting): string {
  return `${pipe}:${digest} ${since} ${writeHow(how)}`;
}

function writeHow({ graceMs, become }: Pick<TargetToEnd, "graceMs" | "become">): string {
  if (become === undefined) return String(graceMs);
  const { method, user, throughEnv, flags } = become;
  return `${graceMs} ${method} ${user} ${throughEnv ? "env" : "bare"} ${JSON.stringify(flags)}`;
}

const HOW = String.raw`(\d+)(?: (sudo|su|pbrun|dzdo) (\S+) (env|bare) (".*"))?`;
const WORD = new RegExp(`^([2-9]|[1-9]\\d+) (\\d+|-) ${HOW}$`);
const STARTING = new RegExp(`^(\\d+):(\\d+) (\\d+) ${HOW}$`);

/** A word that {@link writeTarget} or {@link writeStarting} wrote, or undefined where it is none. */
export function readTarget(word: string): TargetToEnd | Starting | undefined {
  const [, pid, start, ...how] = WORD.exec(word) ?? [];
  if (pid !== undefined)
    return { pid: Number(pid), ...(start === "-" ? {} : { start: Number(start) }), ...readHow(how) };
  const [, pipe, digest, since, ...itsHow] = STARTING.exec(word) ?? [];
  if (pipe === undefined || digest === undefined) return undefined;
  return { pipe: Number(pipe), digest, since: Number(since), ...readHow(itsHow) };
}

function readHow([graceMs, method, user, how, flags]: string[]): Pick<TargetToEnd, "graceMs" | "become"> {
  if (!isMethod(method) || user === undefined || flags === undefined) return { graceMs: Number(graceMs) };
  const become = { method, user, throughEnv: how === "env", flags: String(JSON.parse(flags)) };
  return { graceMs: Number(graceMs), become };
}

function isMethod(method: string | undefined): method is NonNullable<Target["become"]>["method"] {
  return method === "sudo" || method === "su" || method === "pbrun" || method === "dzdo";
}
