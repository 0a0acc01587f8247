/** What a guard tells the runspec that it starts: which tools to end, a word each. */

import type { Target } from "./terminate.ts";

/** What runspec is started with to end the targets that follow. */
export const END_TARGETS = "--end-targets";

/** A tool to end, and how long it has between TERM and KILL, in milliseconds. */
export interface TargetToEnd extends Target {
  graceMs: number;
}

/** `PID START GRACE`, and for another user's tool ` METHOD USER env|bare FLAGS`: one line, with the flags as JSON, since they may hold anything. */
export function writeTarget({ pid, start, graceMs, become }: TargetToEnd): string {
  const process = `${pid} ${start ?? "-"} ${graceMs}`;
  if (become === undefined) return process;
  const { method, user, throughEnv, flags } = become;
  return `${process} ${method} ${user} ${throughEnv ? "env" : "bare"} ${JSON.stringify(flags)}`;
}

const WORD = /^([2-9]|[1-9]\d+) (\d+|-) (\d+)(?: (sudo|su|pbrun|dzdo) (\S+) (env|bare) (".*"))?$/;

/** A word that {@link writeTarget} wrote, or undefined where it is none. */
export function readTarget(word: string): TargetToEnd | undefined {
  const [, pid, start, graceMs, method, user, how, flags] = WORD.exec(word) ?? [];
  if (pid === undefined) return undefined;
  const target = {
    pid: Number(pid),
    ...(start === "-" ? {} : { start: Number(start) }),
    graceMs: Number(graceMs),
  };
  if (!isMethod(method) || user === undefined || flags === undefined) return target;
  return { ...target, become: { method, user, throughEnv: how === "env", flags: String(JSON.parse(flags)) } };
}

function isMethod(method: string | undefined): method is NonNullable<Target["become"]>["method"] {
  return method === "sudo" || method === "su" || method === "pbrun" || method === "dzdo";
}
