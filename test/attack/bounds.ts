/** What an attacked process may take. */

import { readFileSync } from "node:fs";

/**
 * The most memory that `pid` has held so far, in bytes; without the pages of the program file, which are the system's to keep, and of
 * which more or less are mapped at once.
 */
export function peakMemory(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kilobytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]);
  return (kilobytes("VmHWM") - kilobytes("RssFile")) * 1024;
}
