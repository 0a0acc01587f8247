/**
 * Finding a program that was being started. Its pid is known only afterwards, and who is killed in between cannot tell it to anybody: so it
 * is found by what is known before.
 */

import { fstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { uptime } from "node:os";
import { attempt } from "../errors.ts";
import { type ProcessId, type ProcessTable, readProcesses, sessionOf } from "./processes.ts";

/** What is known of a program before it is started. */
export interface StartMarks {
  /** The inode of the pipe that its stderr is: nobody else has it. */
  pipe: number;
  /**
   * Of its command line, and since when it can be there, on the scale of processes: a become program lets nobody but root look at
   * what it has open, and everybody at these.
   */
  digest: string;
  since: number;
  /** That of whoever starts it: it gets another one. */
  session: number;
}

/** What is known of `argv` before it is started with `stderr`; undefined where processes cannot be found by it. */
export function marksOf(argv: readonly string[], stderr: number): StartMarks | undefined {
  if (process.platform !== "linux") return undefined;
  return attempt(() => ({
    pipe: fstatSync(stderr).ino,
    digest: digestOf(`${argv.join("\0")}\0`),
    session: ownSession(),
    // The system rounds it up.
    since: (uptime() - 1) * TICKS,
  }));
}

let session: number | undefined;
/** Asked at every call, and the same for all. */
function ownSession(): number {
  session ??= sessionOf(process.pid) ?? 0;
  return session;
}

/** Of the clock by which the system says when a process was started: the same on every Linux. */
const TICKS = 100;

/**
 * The process that has these marks, asked by a child of the same parent, which has been killed: where it has ended already, what it has
 * started. `starting`: it is there, and has no session of its own yet; undefined: it is not there. `byCommand`: its command line is proof
 * enough, for what it has open cannot be seen.
 */
export function findStarted(
  { pipe, digest, since, session }: StartMarks,
  byCommand: boolean,
  read: () => ProcessTable = readProcesses,
): ProcessId | "starting" | undefined {
  const { entries } = read();
  const orphaned = entries.find(({ pid }) => pid === process.pid)?.parent;
  const holdsPipe = (pid: number) => {
    const open = attempt(() => readdirSync(`/proc/${pid}/fd`)) ?? [];
    return open.some((fd) => attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) === `pipe:[${pipe}]`);
  };
  const hasCommand = (pid: number) =>
    attempt(() => digestOf(readFileSync(`/proc/${pid}/cmdline`, "utf8"))) === digest;
  const marked = entries.filter(
    ({ pid, start, parent }) =>
      start >= since && (holdsPipe(pid) || (byCommand && parent === orphaned && hasCommand(pid))),
  );
  const ready = marked.filter((entry) => entry.session !== session);
  const found = ready.find(({ pid, session }) => pid === session) ?? ready[0];
  if (found === undefined) return marked.length > 0 ? "starting" : undefined;
  const leader = entries.find(({ pid }) => pid === found.session);
  return { pid: found.session, ...(leader && { start: leader.start }) };
}

function digestOf(text: string): string {
  return Bun.hash(text).toString();
}
