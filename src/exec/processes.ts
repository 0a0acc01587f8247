/** The processes of this machine, as far as ending a tool needs to know them. */

import { readdirSync, readFileSync } from "node:fs";

export interface ProcessEntry {
  pid: number;
  parent: number;
  group: number;
  /** It has ended and waits to be reaped, which in some containers nobody ever does. */
  zombie: boolean;
}

/** All processes, from /proc or, where there is none, from ps. */
export function listProcesses(): ProcessEntry[] {
  if (process.platform !== "linux") return listWithPs();
  return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? readStat(name) : []));
}

/** The process groups in which a living descendant of `pid` is; that of `pid` itself only if it shares it with one. */
export function groupsBelow(pid: number, processes: readonly ProcessEntry[] = listProcesses()): Set<number> {
  const children = Map.groupBy(processes, ({ parent }) => parent);
  const groups = new Set<number>();
  const visit = (parent: number) => {
    for (const child of children.get(parent) ?? []) {
      if (!child.zombie) groups.add(child.group);
      visit(child.pid);
    }
  };
  visit(pid);
  return groups;
}

/** Whether anything but zombies is left in any of `groups`. */
export function anyAlive(
  groups: ReadonlySet<number>,
  processes: readonly ProcessEntry[] = listProcesses(),
): boolean {
  return processes.some(({ group, zombie }) => !zombie && groups.has(group));
}

function readStat(pid: string): ProcessEntry[] {
  try {
    // pid (comm) state ppid pgrp …, where comm may hold anything, parentheses included.
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const [state, parent, group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return [
      {
        pid: Number(pid),
        parent: Number(parent),
        group: Number(group),
        zombie: state === "Z" || state === "X",
      },
    ];
  } catch {
    // It ended while we looked.
    return [];
  }
}

function listWithPs(): ProcessEntry[] {
  const { stdout } = Bun.spawnSync(["ps", "-A", "-o", "pid=,ppid=,pgid=,stat="], { stderr: "ignore" });
  return stdout
    .toString()
    .split("\n")
    .flatMap((line) => {
      const [pid, parent, group, state = ""] = line.trim().split(/\s+/);
      if (group === undefined) return [];
      return [
        { pid: Number(pid), parent: Number(parent), group: Number(group), zombie: state.startsWith("Z") },
      ];
    });
}
