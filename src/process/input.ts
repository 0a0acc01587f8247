/** Our own standard input, whatever it is open on, read from where it stands. */

import { fstatSync, statSync } from "node:fs";
import { attempt, RunspecError, reasonOf } from "../errors.ts";
import { hasUnread, isHungUp, readFrom } from "./descriptor.ts";
import { EMPTY, readAhead, type Source, sourceOf } from "./source.ts";
import { hasOtherEnd, isTerminal } from "./terminal.ts";

const CHUNK_BYTES = 256 * 1024;

export type StandardInput = ReturnType<typeof standardInput>;

/** `fd` is another one in tests. */
export function standardInput(fd = 0) {
  /** Whether it may hold what nobody types: it is no terminal, not the null device, not closed. @throws RunspecError for a directory */
  function hasInput(): boolean {
    // Undefined: it is closed.
    const stats = attempt(() => fstatSync(fd));
    if (stats?.isDirectory())
      throw new RunspecError("stdin is a directory", { hint: "redirect it from a file, or from /dev/null" });
    const isNull = stats?.isCharacterDevice() && stats.rdev === attempt(() => statSync("/dev/null").rdev);
    return stats !== undefined && !isNull && !isTerminal(fd);
  }

  return {
    isTerminal: () => isTerminal(fd),
    hasInput,
    /** Whether it holds something that was not read: what is in a pipe by now, or a file that is not empty. */
    hasUnread(): boolean {
      if (attempt(hasInput) !== true) return false;
      return hasOtherEnd(fd) ? hasUnread(fd) : fstatSync(fd).size > 0;
    },
    /** Whether its other end is closed; there may still be something left to read. */
    isHungUp: () => isHungUp(fd),
    /** To be called once; reads reject with a RunspecError. It is not closed in the end: it is the process's own. @throws RunspecError where it is a directory */
    open(): Source {
      if (!hasInput() && !isTerminal(fd)) return EMPTY;
      // Bun reads a file from its beginning, and cannot wait under Wine, where a thread has to.
      const waiting = hasOtherEnd(fd) ? attempt(() => sourceOf(Bun.stdin.stream())) : undefined;
      const source = waiting ?? sourceOfFile(fd);
      const read = () =>
        source.read().catch((error: unknown) => {
          throw new RunspecError(`stdin cannot be read: ${reasonOf(error)}`, { cause: error });
        });
      return { ...source, read };
    },
  };
}

/** Moves the position of `fd` no further than is read: others may read on from there. Closing it ends a read that waits. */
function sourceOfFile(fd: number): Source {
  const read = async () => {
    const bytes = await readFrom(fd, CHUNK_BYTES);
    return bytes.length === 0 ? undefined : bytes;
  };
  return readAhead({ read, async close() {} }, 0, () => {});
}
