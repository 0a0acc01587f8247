/** Whether a terminal is at the other end. */

import { libc } from "./libc.ts";

/** What isatty(3) says of `fd`. */
export function isTerminal(fd: number): boolean {
  const { linux, darwin } = libc();
  const calls = linux ?? darwin;
  // Loaded only where the C library is none that we know: it costs milliseconds.
  if (calls === undefined) return (require("node:tty") as typeof import("node:tty")).isatty(fd);
  return calls.isatty(fd) === 1;
}
