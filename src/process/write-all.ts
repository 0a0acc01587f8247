/** Writing to a descriptor that others may share and that nobody may read. */

import { write, writev } from "node:fs";
import { codeOf } from "../errors.ts";
import { hasRoom, IOV_MAX, PIPE_BUF, writeNow } from "./descriptor.ts";
import { MOST_ROOM_BYTES, widenPipe } from "./pipe.ts";
import { hasOtherEnd } from "./terminal.ts";

/** The system calls of a writer, which here looks again and again whether there is room. Tests stand for another system. */
export const BY_LOOKING = {
  writeNow,
  hasRoom,
  pause: (ms: number) => Bun.sleep(ms),
  /** A thread may be given more than there is room for: it may wait for its reader, or cannot wait. */
  waits: false,
  /** The descriptor is never closed, so who gives up need not wait for such a thread. */
  stays: false,
};
export type WriteCalls = typeof BY_LOOKING;

/** The same for stderr: a terminal may say that it has room and have too little, and then writing waits for its reader. */
export const ON_STDERR: WriteCalls = { ...BY_LOOKING, stays: true };

/**
 * Lets a thread wait for room, which is faster where there is much to write. Bun has two threads for all work with files, and nobody
 * can call one back: so only for a single descriptor of the process, which is never closed.
 */
export const BY_THREAD: WriteCalls = { ...BY_LOOKING, hasRoom: () => true, waits: true, stays: true };

/** For a pipe that was opened non-blocking. When it is full it is given more room, so that its reader does not run dry during a pause. */
export const ON_PIPE: WriteCalls = {
  ...BY_LOOKING,
  writeNow(fd, parts) {
    const written = writeNow(fd, parts, 0);
    if (written === 0) widenPipe(fd, MOST_ROOM_BYTES);
    return written;
  },
  waits: true,
};

/** Between looks at a descriptor that is full, in milliseconds: more each time, for nobody may ever read it. */
const SHORTEST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 16;

/** Writes all of `parts` to `fd`. `progress` is told of every step, and ends it by false. */
export async function writeAll(
  fd: number,
  parts: readonly Uint8Array[],
  progress: (written: number) => boolean,
  calls: WriteCalls,
): Promise<void> {
  const { writeNow, hasRoom, pause } = calls;
  let left = parts;
  let pauseMs = SHORTEST_PAUSE_MS;
  while (left.length > 0) {
    const written = writeNow(fd, left) || (hasRoom(fd) ? await writeByThread(fd, left, calls) : 0);
    if (!progress(written)) return;
    if (written > 0) {
      left = after(written, left);
      pauseMs = SHORTEST_PAUSE_MS;
      continue;
    }
    await pause(pauseMs);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

/** Where the system does not write without waiting, and to learn why it does not. */
function writeByThread(fd: number, parts: readonly Uint8Array[], { waits }: WriteCalls): Promise<number> {
  return new Promise((resolve, reject) => {
    const done = (error: NodeJS.ErrnoException | null, written: number) => {
      if (error === null) resolve(written);
      // Somebody else made it non-blocking, and filled it since we looked.
      else if (codeOf(error) === "EAGAIN") resolve(0);
      else reject(error);
    };
    // No more than there is room for, or the thread would wait for a reader. A file is simply written to.
    if (!waits && hasOtherEnd(fd)) {
      const piece = beginning(parts);
      write(fd, piece, 0, piece.length, null, done);
    } else writev(fd, parts.slice(0, IOV_MAX), done);
  });
}

/** Of `parts`, which may be small, as many bytes as a descriptor with room takes. */
function beginning(parts: readonly Uint8Array[]): Uint8Array {
  const some = parts.slice(0, PIPE_BUF).map((part) => part.subarray(0, PIPE_BUF));
  return Buffer.concat(some).subarray(0, PIPE_BUF);
}

/** `parts` without their first `written` bytes. */
function after(written: number, parts: readonly Uint8Array[]): readonly Uint8Array[] {
  let skip = written;
  let index = 0;
  for (const part of parts) {
    if (part.length > skip) break;
    skip -= part.length;
    index++;
  }
  const [cut, ...rest] = parts.slice(index);
  return cut === undefined ? [] : [cut.subarray(skip), ...rest];
}
