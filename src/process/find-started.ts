/** Finding a program that a killed server has started, or was about to: its pid is not known, but what it was to be started with is. */

import { fstatSync, readFileSync, readlinkSync } from "node:fs";
import { attempt } from "../errors.ts";
import { libc } from "./libc.ts";
import { type ProcessId, readProcesses } from "./processes.ts";

export interface StartMarks {
  /** The inode of the pipe that its stderr is: nobody else has it. */
  pipe: number;
  /** The hash of a become program's command line: only root may see which pipe that has open, so this has to be proof enough. */
  digest?: string | undefined;
  /** When it can be there at the earliest, on the scale of processes. */
  since: number;
  /** The session of its parent: the program itself gets another one. */
  session: number;
}

/** What is known of `argv` before it is started with `stderr`; `becomes`: it is a become program's. Undefined where processes cannot be found by it. */
export function marksOf(
  argv: readonly string[],
  becomes: boolean,
  stderr: number,
  since: number | undefined,
): StartMarks | undefined {
  if (process.platform !== "linux" || since === undefined) return undefined;
  return attempt(() => ({
    pipe: fstatSync(stderr).ino,
    digest: becomes ? digestOf(`${argv.join("\0")}\0`) : undefined,
    session: libc().getsid?.(0) ?? 0,
    since,
  }));
}

type StartedBetween = { pid: number; since?: number | undefined; by?: number | undefined };

/** The process `pid` that was started between `since` and `by`, with its exact start; where it has gone, with one that no other can have. */
export function identify({ pid, since, by }: StartedBetween): ProcessId {
  if (since === undefined || by === undefined) return { pid };
  const start = readProcesses({ pid }).entries.find((entry) => entry.pid === pid)?.start;
  return { pid, start: start !== undefined && since <= start && start <= by ? start : since };
}

/** The process with these marks and a session of its own; where it has ended, what it has started. We are a child of the same killed server, so orphans of it have the parent that we have now. */
export function findStarted(mark: StartMarks, read = readProcesses): ProcessId | undefined {
  const { pipe, digest, since } = mark;
  const { entries } = read();
  const orphaned = entries.find(({ pid }) => pid === process.pid)?.parent;
  const holdsPipe = (pid: number) =>
    [1, 2].some((fd) => attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) === `pipe:[${pipe}]`);
  const hasCommand = (pid: number) =>
    attempt(() => digestOf(readFileSync(`/proc/${pid}/cmdline`, "utf8"))) === digest;
  const marked = entries.filter(
    ({ pid, session, start, parent }) =>
      session !== mark.session &&
      start >= since &&
      (holdsPipe(pid) || (digest !== undefined && parent === orphaned && hasCommand(pid))),
  );
  const found = marked.find(({ pid, session }) => pid === session) ?? marked[0];
  if (found === undefined) return undefined;
  const leader = entries.find(({ pid }) => pid === found.session);
  return { pid: found.session, start: leader?.start };
}

const digestOf = (text: string): string => Bun.hash(text).toString();
