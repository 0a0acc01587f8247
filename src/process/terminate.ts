/** Ending a tool for certain, whatever it has started and whoever it runs as, and saying what could not be ended. */

import type { KillAs } from "../become/argv.ts";
import { type ProcessEntry, readProcesses } from "./processes.ts";
import { isThere, KILLED_MS, signal, until } from "./signal.ts";

export interface Target {
  /** The process that was started; it leads a group of its own. */
  pid: number;
  /** When it was; undefined where the system does not say. */
  start?: number | undefined;
  /** Set where that process is a become program and the tool runs under it, as another user. */
  become?: KillAs;
}

export interface TerminateOptions {
  /** For the become program, where one is needed. */
  env: Record<string, string>;
  /** How long the tool has between TERM and KILL, in milliseconds. */
  graceMs: number;
  /** Whether our child's exit has been seen; not given where it is not ours. */
  exited?: (() => boolean) | undefined;
  /** As for a {@link createFamily} under a become program. */
  adopter?: number | undefined;
}

/** How an end went. */
export interface Ending {
  /** KILL was sent: whatever it did about TERM was not over. */
  killed: boolean;
  /** What still runs, as far as it can be seen. */
  remaining: Pick<ProcessEntry, "pid" | "name">[];
  /** Something still runs that the system does not show, or may. */
  unseen: boolean;
  /** The user that it runs as, where sending signals as that user was refused. */
  refusedAs?: string;
}

/** A group of our own: TERM to all of it, KILL to what is left after its grace. */
export async function terminateGroup(target: Target, options: TerminateOptions): Promise<Ending> {
  const { pid } = target;
  const send = (name: NodeJS.Signals) => !lookAtGroup(target).gone && signal(-pid, name);
  const gone = () => lookAtGroup(target).gone;
  send("SIGTERM");
  // A stopped process takes TERM only once it runs again.
  send("SIGCONT");
  if (await until(gone, performance.now() + options.graceMs))
    return { killed: false, remaining: [], unseen: false };
  send("SIGKILL");
  await until(gone, performance.now() + KILLED_MS);
  const left = lookAtGroup(target);
  return { killed: true, remaining: left.alive, unseen: !left.gone && left.alive.length === 0 };
}

/** A group keeps its number until the last of it has gone; then another may get it, whose leader was started later. */
function lookAtGroup({ pid, start }: Target): { gone: boolean; alive: ProcessEntry[] } {
  const { entries, complete } = readProcesses();
  const leader = entries.find((entry) => entry.pid === pid);
  if (leader !== undefined && start !== undefined && leader.start !== start) return { gone: true, alive: [] };
  const alive = entries.filter((entry) => !entry.zombie && entry.group === pid);
  return { gone: alive.length === 0 && (complete || !isThere(-pid)), alive };
}
