/**
 * A process that we started, the leader, and what runs under it. Parents end and leave orphans, and pids are given out again. So a process, known by pid
 * and start, belongs to it where it did at an earlier look, where its parent or the session that it is in does, or where it was inherited.
 */

import { type ProcessEntry, type ProcessId, readProcesses } from "./processes.ts";
import { exists } from "./signals.ts";

/** A process that we started. Where its start is not known, it is learned from the first look. */
export interface StartedProcess extends ProcessId {
  /** The process that adopts what is below and has lost its parents; what it has adopted in its own session belongs to the tool. */
  adopter?: number | undefined;
  /** Whether its exit has been seen: until then nobody else can have its pid. Not given where it is no child of ours. */
  hasExited?: (() => boolean) | undefined;
}

export interface Descendants {
  /** What the become program does. `unseen`: it is there, and the system does not show it to us. */
  leader: "running" | "stopped" | "gone" | "unseen";
  /** The living processes of the tool, as far as they can be seen. */
  members: ProcessEntry[];
  /** False where some may be missing. */
  complete: boolean;
}

/**
 * Looks at the processes under `leader` each time it is called. What is in a session of its own, or made below it, belongs to it also when the parents
 * have gone; not what is in the session that it was started in, which may be that of a terminal. `method`: the become program that it was started as,
 * which is a member once it has turned into the tool; left out: it is the tool from its start.
 */
export function trackDescendants(
  { method, ...leader }: StartedProcess & { method?: string | undefined },
  read = readProcesses,
): () => Descendants {
  let { start } = leader;
  let isGone = false;
  /** The session that the leader was started in. */
  let startedIn: number | undefined;
  /** Who belonged at an earlier look: by pid, the start. */
  const known = new Map<number, number>();
  /** Sessions that belong: by number, the start of the process that made it; undefined where that had gone before it was seen. */
  const sessions = new Map<number, number | undefined>();

  /** The leader, where it is shown; learns whether it has gone. */
  function findLeader(entry: ProcessEntry | undefined, complete: boolean): ProcessEntry | undefined {
    if (leader.hasExited?.()) isGone = true;
    if (!isGone) start ??= entry?.start;
    if (entry !== undefined && entry.start === start) {
      startedIn ??= entry.session;
      sessions.set(leader.pid, start);
      return entry;
    }
    // Another process has its pid, or none has; of a child of others only a complete list, or the system, can say the latter.
    const missing = entry !== undefined || complete || !exists(leader.pid);
    if (leader.hasExited === undefined && missing) isGone = true;
    return undefined;
  }

  /** All that belong, `top` with them. */
  function relatives(top: ProcessEntry | undefined, byPid: ReadonlyMap<number, ProcessEntry>) {
    const adopter = leader.adopter === undefined ? undefined : byPid.get(leader.adopter);
    const found = new Set<ProcessEntry>();
    const belongs = (entry: ProcessEntry): boolean => {
      const { pid, parent, session } = entry;
      if (entry === top || known.get(pid) === entry.start) return true;
      const above = byPid.get(parent);
      // The list is not read in one moment, so that pid may be another's by now: nobody is older than its parent.
      if (above !== undefined && found.has(above) && above.start <= entry.start) return true;
      const maker = byPid.get(session);
      if (sessions.has(session) && (maker === undefined || maker.start === sessions.get(session)))
        return true;
      return adopter?.pid === parent && adopter.session === session && pid !== leader.pid;
    };
    for (let size = -1; size !== found.size; ) {
      size = found.size;
      for (const entry of byPid.values()) {
        if (!belongs(entry)) continue;
        found.add(entry);
        const { pid, session } = entry;
        const madeBelow = startedIn === undefined ? session === pid : session !== startedIn;
        if (madeBelow && !sessions.has(session)) sessions.set(session, byPid.get(session)?.start);
      }
    }
    return found;
  }

  return () => {
    const { entries, complete, ended = false } = read();
    const byPid = new Map(entries.map((entry) => [entry.pid, entry]));
    const inUse = new Set(entries.map(({ session }) => session));
    // The number of a session is free again once nobody is left in it.
    if (complete && !ended)
      for (const number of sessions.keys()) if (!inUse.has(number)) sessions.delete(number);
    const top = findLeader(byPid.get(leader.pid), complete);
    const isTool = top !== undefined && !top.zombie && top.name !== method;
    const members = [...relatives(top, byPid)].filter((entry) => !entry.zombie && (entry !== top || isTool));
    for (const member of members) known.set(member.pid, member.start);
    if (top === undefined)
      return { leader: isGone ? "gone" : "unseen", members, complete: complete && isGone };
    const state = isTool || top.zombie ? "gone" : top.stopped ? "stopped" : "running";
    return { leader: state, members, complete };
  };
}

/** `members` as `kill` takes them: the groups that are the tool's own, negative, else the processes; never the group `spared`. */
export function addressesOf(members: readonly ProcessEntry[], leader: number, spared?: number): number[] {
  const known = new Set([leader, ...members.map(({ pid }) => pid)]);
  return [...new Set(members.map(({ pid, group }) => (known.has(group) && group !== spared ? -group : pid)))];
}
