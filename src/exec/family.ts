/** A become program and what runs under it. */

import { listProcesses, type ProcessEntry, processesBelow } from "./processes.ts";

export interface Family {
  /** The become program runs. */
  leaderAlive: boolean;
  /** The living processes of the tool. */
  members: ProcessEntry[];
}

/**
 * Looks at the processes under `leader`, which was started as the program `method`, each time it is called. Some become
 * programs turn into the tool instead of starting it: then the leader is a member.
 */
export function createFamily(leader: number, method: string): () => Family {
  const sessions = new Set<number>();
  return () => {
    const processes = listProcesses();
    const entry = processes.find(({ pid, zombie }) => pid === leader && !zombie);
    const below = processesBelow(leader, sessions, processes);
    if (entry === undefined || entry.name === method) {
      return { leaderAlive: entry !== undefined, members: below };
    }
    return { leaderAlive: false, members: [entry, ...below] };
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
