/** What an attacked process may take. */

import { existsSync, readFileSync } from "node:fs";

/** The most memory that `pid` has held so far, in bytes; NaN where it has ended, 0 where the system does not tell. */
export function peakMemory(pid: number): number {
  if (!existsSync("/proc/self/status")) return 0;
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

/** The most memory that `pid` has held until `ended`, in bytes. */
export async function peakUntil(pid: number, ended: Promise<unknown>): Promise<number> {
  let peak = 0;
  let over = false;
  void ended.then(() => {
    over = true;
  });
  while (!over) {
    peak = peakMemory(pid) || peak;
    await Bun.sleep(5);
  }
  return peak;
}
