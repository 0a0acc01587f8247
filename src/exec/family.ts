/** A become program and what runs under it. */

import { listProcesses, type ProcessEntry, processesBelow } from "./processes.ts";

export interface Family {
  /** Of the become program. */
  leader: "running" | "stopped" | "gone";
  /** The living processes of the tool. */
  members: ProcessEntry[];
}

/**
 * Looks at the processes under `pid`, which was started as the become program `method`, each time it is called. Where it is none,
 * and where it has turned into the tool instead of starting it, the leader is a member: the first.
 */
export function createFamily(pid: number, method?: string): () => Family {
  const seen = new Map<number, number>();
  return () => {
    const processes = listProcesses();
    const entry = processes.find((process) => process.pid === pid && !process.zombie);
    const below = processesBelow(pid, seen, processes);
    if (entry === undefined || entry.name === method) {
      const leader = entry === undefined ? "gone" : entry.stopped ? "stopped" : "running";
      return { leader, members: below };
    }
    return { leader: "gone", members: [entry, ...below] };
  };
}

/**
 * How to signal `members` with as few words as can be, as `kill` takes them: a group, negative, where it is the family's own, else
 * the process. `spared` is a process that is not to be reached by way of its group.
 */
export function addressesOf(members: readonly ProcessEntry[], leader: number, spared?: number): number[] {
  const own = new Set([leader, ...members.map(({ pid }) => pid)]);
  const addresses = members.map(({ pid, group }) => (own.has(group) && group !== spared ? -group : pid));
  return [...new Set(addresses)];
}
