/** Whether a terminal is at the other end. */

import { libc } from "./libc.ts";

/** What isatty(3) says of `fd`. */
export function isTerminal(fd: number): boolean {
  const { isatty } = libc();
  if (isatty !== undefined) return isatty(fd) === 1;
  const tty: typeof import("node:tty") = require("node:tty");
  return tty.isatty(fd);
}
