/** The processes of this machine, as far as ending a tool needs to know them. */

import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";

export interface ProcessEntry {
  pid: number;
  parent: number;
  group: number;
  session: number;
  /** Of the program, as the system shortens it. */
  name: string;
  /** It has ended and waits to be reaped, which in some containers nobody ever does. */
  zombie: boolean;
}

/** All processes, from /proc or, where there is none, from ps. */
export function listProcesses(): ProcessEntry[] {
  if (process.platform !== "linux") return listWithPs();
  return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? readStat(name) : []));
}

/**
 * The living processes below `leader`, and those that share a session with one of them although their parent has gone.
 * `sessions` are those known from earlier looks, and learns new ones. A session that `leader` has not made but was
 * started in is not searched: it may be that of a terminal.
 */
export function processesBelow(
  leader: number,
  sessions: Set<number>,
  processes: readonly ProcessEntry[] = listProcesses(),
): ProcessEntry[] {
  const children = Map.groupBy(processes, ({ parent }) => parent);
  const around = processes.find(({ pid }) => pid === leader)?.session;
  const below = new Set<ProcessEntry>();
  const visit = (parent: number) => {
    for (const child of children.get(parent) ?? []) {
      below.add(child);
      if (child.session !== around) sessions.add(child.session);
      visit(child.pid);
    }
  };
  visit(leader);
  sessions.add(leader);
  return processes.filter(
    (entry) => !entry.zombie && entry.pid !== leader && (below.has(entry) || sessions.has(entry.session)),
  );
}

/** Whether anything but zombies is left in `group`. */
export function anyAlive(group: number, processes: readonly ProcessEntry[] = listProcesses()): boolean {
  return processes.some((entry) => !entry.zombie && entry.group === group);
}

function readStat(pid: string): ProcessEntry[] {
  try {
    // pid (comm) state ppid pgrp session …, where comm may hold anything, parentheses included.
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const end = stat.lastIndexOf(")");
    const [state, parent, group, session] = stat.slice(end + 2).split(" ");
    return [
      {
        pid: Number(pid),
        parent: Number(parent),
        group: Number(group),
        session: Number(session),
        name: stat.slice(stat.indexOf("(") + 1, end),
        zombie: state === "Z" || state === "X",
      },
    ];
  } catch {
    // It ended while we looked.
    return [];
  }
}

function listWithPs(): ProcessEntry[] {
  const { stdout } = Bun.spawnSync(["ps", "-A", "-o", "pid=,ppid=,pgid=,stat=,comm="], { stderr: "ignore" });
  return readPs(stdout.toString());
}

/** What `ps -A -o pid=,ppid=,pgid=,stat=,comm=` says. Not every ps tells sessions: a group stands for its own. */
export function readPs(text: string): ProcessEntry[] {
  return text.split("\n").flatMap((line) => {
    const [, pid, parent, group, stat = "", name = ""] =
      /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (pid === undefined) return [];
    return [
      {
        pid: Number(pid),
        parent: Number(parent),
        group: Number(group),
        session: Number(group),
        name: basename(name.trim()),
        zombie: stat.startsWith("Z"),
      },
    ];
  });
}
