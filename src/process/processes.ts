/** The processes of this machine, as far as ending a tool needs to know them. */

import { ptr } from "bun:ffi";
import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { basename } from "node:path";
import { attempt, codeOf } from "../errors.ts";
import { libc } from "./libc.ts";
import { once } from "./once.ts";

/** One process. Pids are given out again within seconds, so it is known by when it was started as well. */
export interface ProcessId {
  pid: number;
  /** On the system's own scale; undefined where it does not say. */
  start?: number | undefined;
}

export interface ProcessEntry extends ProcessId {
  start: number;
  parent: number;
  group: number;
  session: number;
  /** The program's name, as the system shortens it. */
  name: string;
  /** The process has ended and waits to be reaped, which in some containers nobody ever does. */
  zombie: boolean;
  stopped: boolean;
}

export interface ProcessTable {
  entries: ProcessEntry[];
  /** False where processes may be missing: a look failed (EMFILE), or the system shows us our own alone (`hidepid`). */
  complete: boolean;
  /** A look failed: even of our own some may be missing. */
  failed: boolean;
  /** One ended while we looked: what it had just started may be missing. */
  ended?: boolean;
}

/** All processes, or, which is far less work, the one of `pid`, or at least those of `session`; from /proc or from ps. */
export function readProcesses(only: { pid?: number; session?: number } = {}): ProcessTable {
  if (process.platform === "linux") return readProc(only);
  const selection = only.pid === undefined ? "-A" : `-p${only.pid}`;
  const entries = readPs(outputNow(["ps", selection, "-o", "pid=,ppid=,pgid=,stat=,lstart=,comm="]) ?? "");
  const complete = entries.some(({ pid }) => pid === process.pid);
  return { entries, complete, failed: !complete };
}

const CLOCK_BOOTTIME = 7;
/** The resolution of that clock in /proc, a hundredth of a second: the same on every Linux. */
const NANOSECONDS_PER_TICK = 10_000_000n;

/** Now, on the scale of {@link ProcessId.start}, and rounded down as that is: what is started between two of these has its start between them. */
export function processTime(): number | undefined {
  if (process.platform !== "linux") return Math.floor(Date.now() / 1000) * 1000;
  // struct timespec.
  const time = new BigInt64Array(2);
  if (libc().clock_gettime?.(CLOCK_BOOTTIME, ptr(time)) !== 0) return undefined;
  const [seconds = 0n, nanoseconds = 0n] = time;
  return Number((seconds * 1_000_000_000n + nanoseconds) / NANOSECONDS_PER_TICK);
}

/** Whether `pid` has ever waited for a child that did anything; undefined where that cannot be seen. */
export function hasHadChildren(pid: number): boolean | undefined {
  return attempt(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The page faults of the children that it has waited for.
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[8]) > 0;
  });
}

function readProc({ pid, session }: { pid?: number; session?: number }): ProcessTable {
  if (view() === "none") return { entries: [], complete: false, failed: true };
  const names = pid === undefined ? (attempt(() => readdirSync("/proc")) ?? []) : [String(pid)];
  const isIn = (name: string) => !session || (libc().getsid?.(Number(name)) ?? session) === session;
  const found = names.flatMap((name) => (/^\d+$/.test(name) && isIn(name) ? [readStat(name)] : []));
  const failed = names.length === 0 || found.includes("unseen");
  return {
    entries: found.filter((entry) => typeof entry === "object"),
    complete: names.includes("1") && !failed && view() === "all",
    failed,
    ended: found.includes("gone"),
  };
}

/** What /proc shows. `none`: it is that of another PID namespace. `own`: our own processes alone (hidepid), and process 1 is no other user's, which would show that nobody is hidden. */
const view = once((): "all" | "own" | "none" => {
  if (attempt(() => readlinkSync("/proc/self")) !== String(process.pid)) return "none";
  const isOwn = attempt(() => statSync("/proc/1").uid) === process.getuid?.() && process.getuid?.() !== 0;
  const mounts = attempt(() => readFileSync("/proc/mounts", "utf8")) ?? "";
  // What is mounted last covers the others.
  const mount = mounts.slice(mounts.lastIndexOf(" /proc proc "));
  return isOwn && /^ \/proc proc \S*hidepid=(?!0|off)/.test(mount) ? "own" : "all";
});

/** `gone`: it ended while we looked. `unseen`: it is there, or may be. */
function readStat(pid: string): ProcessEntry | "gone" | "unseen" {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "latin1"), Number(pid));
  } catch (error) {
    const code = codeOf(error);
    return code === "ENOENT" || code === "ESRCH" ? "gone" : "unseen";
  }
}

/** `pid (comm) state ppid pgrp session … starttime …`, where comm may hold anything, parentheses included. */
function parseStat(stat: string, pid: number): ProcessEntry {
  const end = stat.lastIndexOf(")");
  const [state, parent, group, session, ...fields] = stat.slice(end + 2).split(" ");
  return {
    pid,
    start: Number(fields[15]),
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    name: stat.slice(stat.indexOf("(") + 1, end),
    // Where only its first thread has ended, the others run on.
    zombie: state === "X" || (state === "Z" && Number(fields[13]) <= 1),
    stopped: state === "T",
  };
}

/** What a program of the system says, in English, and times of UTC; undefined where it says nothing, fails, is not there, or takes longer, as behind a directory service that does not answer. */
export function outputNow(argv: string[], limitMs = 10_000): string | undefined {
  return attempt(() => {
    const env = { PATH: "/usr/bin:/bin:/run/current-system/sw/bin", LC_ALL: "C", TZ: "UTC" };
    const limit = { timeout: limitMs, killSignal: "SIGKILL" } as const;
    const { success, stdout } = Bun.spawnSync(argv, { env, stderr: "ignore", ...limit });
    return (success && stdout.toString().trim()) || undefined;
  });
}

/** What `ps -o pid=,ppid=,pgid=,stat=,lstart=,comm=` says. That of macOS knows no sessions: `sessionOf` does, but not of zombies (-1), nor of the kernel (0): there the group stands for it. */
export function readPs(text: string, sessionOf: ((pid: number) => number) | undefined = libc().getsid) {
  return text.split("\n").flatMap((line): ProcessEntry[] => {
    const [, pid, parent, group, stat = "", start = "", name = ""] =
      /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\w+\s+\w+\s+\w+\s+[\d:]+\s+\d+)\s+(.*)$/.exec(line) ?? [];
    if (pid === undefined) return [];
    const session = sessionOf?.(Number(pid)) ?? -1;
    return [
      {
        pid: Number(pid),
        start: Date.parse(`${start} UTC`),
        parent: Number(parent),
        group: Number(group),
        session: session > 0 ? session : Number(group),
        name: basename(name.trim()),
        zombie: stat.startsWith("Z"),
        stopped: stat.startsWith("T"),
      },
    ];
  });
}
