/** Processes whose parents have ended: as process 1, and where we ask for it, they become our children. */

import { ptr } from "bun:ffi";
import { libc } from "./libc.ts";
import { type ProcessEntry, readProcesses } from "./processes.ts";

const PR_SET_CHILD_SUBREAPER = 36;
const P_ALL = 0;
const WNOHANG = 1;
const WEXITED = 4;
const WNOWAIT = 0x01000000;
const SIGINFO_BYTES = 128;
/** Which of the words of 32 bits of `siginfo_t` is `si_pid`, on every 64-bit Linux. */
const SI_PID = 4;

/** Makes us the parent of what loses its own below us. false: this system does not know that. */
export const adoptOrphans = (): boolean => libc().prctl?.(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) === 0;

/** The system calls of a reaper; injected for tests. */
const SYSTEM = {
  /** Whether a child has ended and nobody has asked for it yet: far less work than a look at all processes. */
  anyEnded() {
    const info = new Int32Array(SIGINFO_BYTES / 4);
    return libc().waitid?.(P_ALL, 0, ptr(info), WEXITED | WNOHANG | WNOWAIT) === 0 && info[SI_PID] !== 0;
  },
  processes: (): readonly ProcessEntry[] => readProcesses().entries,
  reap(pid: number): void {
    libc().waitpid?.(pid, null, WNOHANG);
  },
  self: process.pid,
};

/** A look for ended children that nobody waits for. The runtime waits for ours at once; what is still there at the next look is an orphan, and is reaped. */
export function createReaper(calls = SYSTEM): () => void {
  let waiting = new Map<number, number>();
  const isEnded = ({ parent, zombie }: ProcessEntry) => zombie && parent === calls.self;
  return () => {
    const ended = calls.anyEnded() ? calls.processes().filter(isEnded) : [];
    for (const { pid, start } of ended) if (waiting.get(pid) === start) calls.reap(pid);
    waiting = new Map(ended.map(({ pid, start }) => [pid, start]));
  };
}

const LOOK_MS = 1000;

export function reapOrphans(): void {
  // Never twice in a row, even after a pause: the runtime has its turn in between.
  setInterval(createReaper(), LOOK_MS).unref();
}
