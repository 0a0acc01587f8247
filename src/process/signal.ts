/** Signals, and waiting for what they do. */

import { codeOf } from "../errors.ts";

const POLL_MS = 20;
/** How long what got KILL is waited for: it may be stuck in the kernel. */
export const KILLED_MS = 1000;

/** Sends a signal to a process, or to a group under its negative number; false when it is not there any more. */
export function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    // EPERM: it is there, and belongs to others.
    return codeOf(error) !== "ESRCH";
  }
}

/** Whether there is a process, or a group under its negative number, whoever it belongs to. */
export function isThere(pid: number): boolean {
  return signal(pid, 0);
}

/** Whether `condition` came true before `deadline`, in the milliseconds of `performance.now()`. */
export async function until(condition: () => boolean, deadline: number): Promise<boolean> {
  while (!condition()) {
    if (performance.now() >= deadline) return false;
    await Bun.sleep(POLL_MS);
  }
  return true;
}
