/** What a guard tells the runspec that it starts: which tools to end, a word each. */

import type { Target } from "./terminate.ts";

/** What runspec is started with to end the targets that follow. */
export const END_TARGETS = "--end-targets";

/** `PID`, or `PID METHOD USER FLAGS`: one line, with the flags as JSON, since they may hold anything. */
export function writeTarget({ pid, become }: Target): string {
  if (become === undefined) return String(pid);
  return `${pid} ${become.method} ${become.user} ${JSON.stringify(become.flags)}`;
}

/** A word that {@link writeTarget} wrote, or undefined where it is none. */
export function readTarget(word: string): Target | undefined {
  const [, pid, method, user, flags] =
    /^([2-9]|[1-9]\d+)(?: (sudo|su|pbrun|dzdo) (\S+) (".*"))?$/.exec(word) ?? [];
  if (pid === undefined) return undefined;
  if (!isMethod(method) || user === undefined || flags === undefined) return { pid: Number(pid) };
  return { pid: Number(pid), become: { method, user, flags: String(JSON.parse(flags)) } };
}

function isMethod(method: string | undefined): method is NonNullable<Target["become"]>["method"] {
  return method === "sudo" || method === "su" || method === "pbrun" || method === "dzdo";
}
