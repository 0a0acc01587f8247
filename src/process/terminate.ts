/** Ending for certain what we have started, and saying what could not be ended. */

import { type StartedProcess, trackDescendants } from "./descendants.ts";
import { type ProcessEntry, type ProcessTable, readProcesses } from "./processes.ts";
import { exists, KILLED_MS, sendSignal } from "./signals.ts";
import { until } from "./waiting.ts";
import { endJob } from "./windows-job.ts";

export interface Ending {
  /** KILL was sent: whatever it did about TERM was not over. */
  killed: boolean;
  /** What still runs, as far as it can be seen. */
  remaining: Pick<ProcessEntry, "pid" | "name">[];
  /** Something still runs that the system does not show, or may. */
  unseen: boolean;
  /** The user that it runs as, where sending signals as that user was refused. */
  refusedAs?: string | undefined;
}

/** Whether something runs on, or may. */
export const mayRunOn = ({ remaining, unseen }: Ending): boolean => remaining.length > 0 || unseen;

interface GentleEnd {
  pid: number;
  send(...names: NodeJS.Signals[]): void;
  isGone(): boolean;
  remaining(): ProcessEntry[];
}

async function endGently({ pid, send, isGone, remaining }: GentleEnd, graceMs: number): Promise<Ending> {
  if (process.platform === "win32") return endJob(pid);
  // What is stopped takes TERM only once it runs again.
  send("SIGTERM", "SIGCONT");
  if (await until(isGone, graceMs)) return { killed: false, remaining: [], unseen: false };
  // Again and again: what is started meanwhile may have made a group of its own.
  const isKilled = () => {
    send("SIGKILL");
    return isGone();
  };
  const survivors = (await until(isKilled, KILLED_MS)) ? [] : remaining();
  return { killed: true, remaining: survivors, unseen: survivors.length === 0 && !isGone() };
}

/** Ends the session that `pid` leads, whatever has made a group of its own there, as `timeout` does and a shell with job control. */
export function terminateSession(
  { pid, start, hasExited }: StartedProcess,
  graceMs: number,
  read = readProcesses,
): Promise<Ending> {
  // A session keeps its number until the last of it has gone; then another may get it, whose leader was started later.
  const isOther = (entry: ProcessEntry) =>
    entry.pid === pid && (hasExited?.() ?? (start !== undefined && entry.start !== start));
  const membersIn = ({ entries }: ProcessTable) =>
    entries.some(isOther) ? [] : entries.filter((entry) => !entry.zombie && entry.session === pid);
  const isGone = () => {
    if (hasExited?.() === false) return false;
    const top = read({ pid }).entries.find((entry) => entry.pid === pid);
    if (top !== undefined && (!top.zombie || isOther(top))) return isOther(top);
    const table = read({ session: pid });
    if (membersIn(table).length > 0) return false;
    // A process that ends while it starts another may be missed together with that: only a zombie explains why the group is still there.
    return !exists(-pid) || (table.complete && table.entries.some(({ group }) => group === pid));
  };
  const send = (...names: NodeJS.Signals[]) => {
    const groups = new Set(membersIn(read({ session: pid })).map(({ group }) => group));
    if (!isGone()) groups.add(pid);
    for (const name of names) for (const group of groups) sendSignal(-group, name);
  };
  return endGently({ pid, send, isGone, remaining: () => membersIn(read({ session: pid })) }, graceMs);
}

/** A tool in our own process group, where the group cannot be signalled without us: it and everything below it. */
export function createOwnTree(leader: StartedProcess, read = readProcesses) {
  const readTree = trackDescendants(leader, read);
  /** Our child, until its exit has been seen: until then its pid is its own, whatever the system shows. */
  const isThere = () => leader.hasExited?.() === false;
  /** The session of ourselves and of the leader when that was started. */
  let session: number | undefined;
  const members = (): ProcessEntry[] => {
    const sessionOf = (pid: number) => read({ pid }).entries.find((entry) => entry.pid === pid)?.session;
    // An emulated system shows 0 of ourselves alone; in a container 0 may be the true one, whose leader is outside.
    session ??= sessionOf(process.pid) || sessionOf(leader.pid);
    const below = readTree().members;
    // As behind serve, what has made a session of its own is its own affair: a daemon, or the master of ssh connections.
    return session === undefined ? below : below.filter((member) => member.session === session);
  };
  const send = (...names: NodeJS.Signals[]) => {
    const pids = new Set(members().map(({ pid }) => pid));
    if (isThere()) pids.add(leader.pid);
    for (const name of names) for (const pid of pids) sendSignal(pid, name);
  };
  // A look that failed says nothing.
  const isGone = () => !isThere() && members().length === 0 && !read().failed;
  return {
    /** Learns what there is of it now, and finds that again when its parents have gone. */
    remember: () => void members(),
    /** TERM to what there is of it, KILL to what is left after `graceMs`. */
    terminate: (graceMs: number) => endGently({ pid: leader.pid, send, isGone, remaining: members }, graceMs),
  };
}
