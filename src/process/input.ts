/** Our own standard input, whatever it is open on, read from where it stands. */

import { fstatSync, statSync } from "node:fs";
import { attempt, RunspecError, reasonOf } from "../errors.ts";
import { hasUnread, readFrom } from "./descriptor.ts";
import { EMPTY, readAhead, type Source, sourceOf } from "./source.ts";
import { hasOtherEnd, isTerminal } from "./terminal.ts";

const CHUNK_BYTES = 256 * 1024;

/** Does what `Context.hasInput` says. */
export function hasInput(fd: number): boolean {
  // Undefined: it is closed.
  const stats = attempt(() => fstatSync(fd));
  if (stats?.isDirectory())
    throw new RunspecError("stdin is a directory", { hint: "redirect it from a file, or from /dev/null" });
  const isNull = stats?.isCharacterDevice() && stats.rdev === attempt(() => statSync("/dev/null").rdev);
  return stats !== undefined && !isNull && !isTerminal(fd);
}

/** Does what `Context.inputWaits` says. */
export function inputWaits(fd: number): boolean {
  if (attempt(() => hasInput(fd)) !== true) return false;
  return hasOtherEnd(fd) ? hasUnread(fd) : fstatSync(fd).size > 0;
}

/** Does what `Context.openStdin` says; `fd` is not closed in the end: it is the process's own. */
export function openInput(fd: number): Source {
  if (!hasInput(fd) && !isTerminal(fd)) return EMPTY;
  // Bun reads a file from its beginning, and cannot wait under Wine, where a thread has to.
  const waiting = hasOtherEnd(fd) ? attempt(() => sourceOf(Bun.stdin.stream())) : undefined;
  const source = waiting ?? sourceOfFile(fd);
  return {
    ...source,
    read: () =>
      source.read().catch((error: unknown) => {
        throw new RunspecError(`stdin cannot be read: ${reasonOf(error)}`, { cause: error });
      }),
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
