/** Hearing that a file is opened, by whomever: so it is known afterwards that a program was started, however short it lived. */

import { ptr } from "bun:ffi";
import { encodeUtf8 } from "../text.ts";
import { attempt, closeFile, nodeFs } from "./files.ts";
import { libc } from "./libc.ts";

export interface OpeningWatch {
  /** Whether the file has been opened since it was last asked. */
  heard(): boolean;
  close(): void;
}

const IN_OPEN = 0x20;
const IN_NONBLOCK = 0o4000;
const IN_CLOEXEC = 0o2000000;
const EVENTS_BYTES = 4096;

/** Watches `path` from now on; undefined where that cannot be done: another system, or a file that we may not read. */
export function watchOpening(path: string): OpeningWatch | undefined {
  const { linux } = libc();
  if (linux === undefined || path.includes("\0")) return undefined;
  const fd = linux.inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd < 0) return undefined;
  if (linux.inotify_add_watch(fd, ptr(encodeUtf8(`${path}\0`)), IN_OPEN) < 0) {
    closeFile(fd);
    return undefined;
  }
  return {
    // Where there is nothing to read it throws EAGAIN.
    heard: () => (attempt(() => nodeFs().readSync(fd, Buffer.alloc(EVENTS_BYTES))) ?? 0) > 0,
    close: () => closeFile(fd),
  };
}
