/** flock(2), which ends with the descriptor and with the process: there is no stale lock. */

import { libc } from "../process/libc.ts";

const LOCK_EX = 2;
const LOCK_NB = 4;
const LONGEST_WAIT_MS = 100;
const STEP_MS = 1;

/**
 * Locks the open file `fd` against everyone else who asks, until it is closed. Waits for at most 100 ms, without giving way to
 * anything else in this process. false: someone holds it for longer, or this system or file system has no such locks.
 */
export function lockFile(fd: number): boolean {
  const { flock } = libc();
  if (flock === undefined) return false;
  for (let waited = 0; flock(fd, LOCK_EX | LOCK_NB) !== 0; waited += STEP_MS) {
    if (waited >= LONGEST_WAIT_MS) return false;
    Bun.sleepSync(STEP_MS);
  }
  return true;
}
