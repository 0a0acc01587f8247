/** Ending a process group for certain. */

import { readdirSync, readFileSync } from "node:fs";
import { codeOf } from "../errors.ts";

/** How long a group has between TERM and KILL, in milliseconds. */
export const GRACE_MS = 5000;
const POLL_MS = 20;

/**
 * TERM to every process of the group that `pid` leads, KILL to what is left of it after {@link GRACE_MS}. Resolves when
 * the group is empty, or a short while after KILL for what is stuck in the kernel.
 */
export async function terminateGroup(pid: number, graceMs = GRACE_MS): Promise<void> {
  if (!signalGroup(pid, "SIGTERM")) return;
  // A stopped process takes TERM only once it runs again.
  signalGroup(pid, "SIGCONT");
  if (await groupGone(pid, graceMs)) return;
  signalGroup(pid, "SIGKILL");
  await groupGone(pid, 1000);
}

/** Sends `signal` to the group; false when there is no such group any more. */
export function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch (error) {
    // EPERM: the group is there and all of it belongs to others.
    return codeOf(error) !== "ESRCH";
  }
}

async function groupGone(pid: number, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (signalGroup(pid, 0) && hasLivingMember(pid)) {
    if (performance.now() >= deadline) return false;
    await Bun.sleep(POLL_MS);
  }
  return true;
}

/**
 * Whether any member of the group is more than a zombie. In a container whose first process does not reap orphans,
 * zombies keep a group in being for ever; only Linux tells them apart cheaply.
 */
function hasLivingMember(group: number): boolean {
  if (process.platform !== "linux") return true;
  return readdirSync("/proc").some((name) => /^\d+$/.test(name) && isLivingMember(name, group));
}

function isLivingMember(pid: string, group: number): boolean {
  try {
    // pid (comm) state ppid pgrp …, where comm may hold anything, parentheses included.
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const [state, , pgrp] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(pgrp) === group && state !== "Z" && state !== "X";
  } catch {
    return false;
  }
}
