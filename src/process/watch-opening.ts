/** Noticing that a file is opened: so it is known afterwards that a program was started, however briefly it ran. */

import { closeSync, readSync } from "node:fs";
import { attempt } from "../errors.ts";
import { cString, libc } from "./libc.ts";

const IN_OPEN = 0x20;
const IN_NONBLOCK = 0o4000;
const IN_CLOEXEC = 0o2000000;
const EVENTS_BYTES = 4096;

/** Watches `path` from now on; undefined where that cannot be done: another system, or a file that we may not read. */
export function watchOpening(path: string) {
  const { inotify_init1, inotify_add_watch } = libc();
  if (path.includes("\0")) return undefined;
  const fd = inotify_init1?.(IN_NONBLOCK | IN_CLOEXEC) ?? -1;
  if (fd < 0) return undefined;
  if ((inotify_add_watch?.(fd, cString(path), IN_OPEN) ?? -1) < 0) {
    closeSync(fd);
    return undefined;
  }
  return {
    /** Whether the file has been opened since it was last asked; where there is nothing to read, EAGAIN is thrown. */
    heard: () => (attempt(() => readSync(fd, Buffer.alloc(EVENTS_BYTES))) ?? 0) > 0,
    close: () => closeSync(fd),
  };
}
