/**
 * A tool that is about to be started. Its pid is known only afterwards, and who is killed in between cannot tell it to anybody: so it is
 * found by what is known before.
 */

import { fstatSync, readFileSync, readlinkSync } from "node:fs";
import { attempt } from "../errors.ts";
import { type ProcessTable, readProcesses } from "./processes.ts";
import type { TargetToEnd } from "./targets.ts";

export interface Starting extends Pick<TargetToEnd, "graceMs" | "become"> {
  /** The inode of the pipe that its stderr is: nobody else has it. */
  pipe: number;
  /**
   * Of its command line, and since when it can be there, on the scale of processes: a become program lets nobody but root look at
   * what it has open, and everybody at these.
   */
  digest: string;
  since: number;
}

/** What is known of `argv` before it is started with `stderr`; undefined where processes cannot be found by it. */
export function beforeStart(argv: readonly string[], stderr: number): Omit<Starting, "graceMs"> | undefined {
  if (process.platform !== "linux") return undefined;
  return attempt(() => ({
    pipe: fstatSync(stderr).ino,
    digest: digestOf(`${argv.join("\0")}\0`),
    since: Math.floor(Number(readFileSync("/proc/uptime", "latin1").split(" ")[0]) * TICKS),
  }));
}

/** Of the clock by which the system says when a process was started: the same on every Linux. */
const TICKS = 100;

/** The process that `starting` became, if it did; called by a child of the same parent, which has been killed. */
export function findStarted(
  starting: Starting,
  read: () => ProcessTable = readProcesses,
): TargetToEnd | undefined {
  const { graceMs, become, pipe, digest, since } = starting;
  const { entries } = read();
  const orphaned = entries.find(({ pid }) => pid === process.pid)?.parent;
  const isIt = (pid: number, parent: number) =>
    ["1", "2"].some((fd) => attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) === `pipe:[${pipe}]`) ||
    (become !== undefined &&
      parent === orphaned &&
      attempt(() => digestOf(readFileSync(`/proc/${pid}/cmdline`, "utf8"))) === digest);
  const found = entries.find(
    ({ pid, session, start, parent }) => session === pid && start >= since && isIt(pid, parent),
  );
  if (found === undefined) return undefined;
  return { pid: found.pid, start: found.start, graceMs, ...(become === undefined ? {} : { become }) };
}

function digestOf(text: string): string {
  return Bun.hash(text).toString();
}
