/** The processes of this machine, as far as ending a tool needs to know them. */

import { basename } from "../paths.ts";
import { nodeFs } from "../system/files.ts";

export interface ProcessEntry {
  pid: number;
  parent: number;
  group: number;
  session: number;
  /** Of the program, as the system shortens it. */
  name: string;
  /** It has ended and waits to be reaped, which in some containers nobody ever does. */
  zombie: boolean;
  stopped: boolean;
}

/** All processes, from /proc or, where there is none, from ps. */
export function listProcesses(): ProcessEntry[] {
  if (process.platform !== "linux") return listWithPs();
  return nodeFs()
    .readdirSync("/proc")
    .flatMap((name) => (/^\d+$/.test(name) ? readStat(name) : []));
}

/**
 * The living processes below `leader`, those seen there earlier, and those in a session that one of them has made, although
 * their parents have gone. `seen` is what earlier looks have found, by pid with the session, and learns what this one
 * does. The session that `leader` was started in, which may be that of a terminal, is not searched.
 */
export function processesBelow(
  leader: number,
  seen: Map<number, number>,
  processes: readonly ProcessEntry[] = listProcesses(),
): ProcessEntry[] {
  const children = Map.groupBy(processes, ({ parent }) => parent);
  const below = new Set<ProcessEntry>();
  const visit = (parent: number) => {
    for (const child of children.get(parent) ?? []) {
      below.add(child);
      visit(child.pid);
    }
  };
  visit(leader);
  for (const entry of processes) {
    // A pid that has been given to another process since is not likely to be in the same session.
    if (below.has(entry) || seen.get(entry.pid) !== entry.session) continue;
    below.add(entry);
    visit(entry.pid);
  }
  const family = new Set([leader, ...seen.keys(), ...[...below].map(({ pid }) => pid)]);
  const found = processes.filter(
    (entry) => !entry.zombie && entry.pid !== leader && (below.has(entry) || family.has(entry.session)),
  );
  for (const { pid, session } of found) seen.set(pid, session);
  return found;
}

/** Whether anything but zombies is left in `group`. */
export function anyAlive(group: number, processes: readonly ProcessEntry[] = listProcesses()): boolean {
  return processes.some((entry) => !entry.zombie && entry.group === group);
}

function readStat(pid: string): ProcessEntry[] {
  try {
    // pid (comm) state ppid pgrp session …, where comm may hold anything, parentheses included.
    const stat = nodeFs().readFileSync(`/proc/${pid}/stat`, "latin1");
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
        stopped: state === "T",
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
        stopped: stat.startsWith("T"),
      },
    ];
  });
}
