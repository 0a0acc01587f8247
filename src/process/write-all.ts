/** Writing to a descriptor that others may share and that nobody may read. */

import { fstatSync, write, writev } from "node:fs";
import { attempt, codeOf } from "../errors.ts";
import { hasRoom, IOV_MAX, PIPE_BUF, writeNow } from "./descriptor.ts";
import { widenPipe } from "./pipe.ts";
import { hasOtherEnd } from "./terminal.ts";

/** The system calls of a writer, which here looks again and again whether there is room. Tests stand for another system. */
export const POLLING = {
  writeNow,
  /** How many bytes a thread may be given, after so many pauses. Here no more than there is room for, or it would wait for a reader. */
  forThread: (fd: number, _pauses: number) => (!hasRoom(fd) ? 0 : hasOtherEnd(fd) ? PIPE_BUF : Infinity),
  pause: (ms: number) => Bun.sleep(ms),
  /** The descriptor is never closed, so who gives up need not wait for such a thread. */
  neverCloses: false,
};
export type WriteCalls = typeof POLLING;

/** {@link POLLING} for stderr: a terminal may say that it has room and have too little, and then writing waits for its reader. */
export const ON_STDERR: WriteCalls = { ...POLLING, neverCloses: true };

/**
 * Lets a thread wait for room, which is faster where there is much to write. Bun has two threads for all work with files, and nobody
 * can call one back: so only for a single descriptor of the process, which is never closed. `opened` is the same pipe, non-blocking: there
 * a pause is faster than a thread, unless the pipe is so small that its reader runs dry; one pause, for the reader may be slow.
 */
export function byThread(opened?: number, widen = widenPipe): WriteCalls {
  return {
    ...POLLING,
    writeNow: (fd, parts) => (opened === undefined ? writeNow(fd, parts) : writeNow(opened, parts, 0)),
    forThread(fd, pauses) {
      if (!widen(fd) || opened === undefined) return Infinity;
      return pauses > 0 || hasRoom(fd) ? PIPE_BUF : 0;
    },
    // Time enough for its reader to take half of it.
    pause: () => Bun.sleep(2),
    neverCloses: true,
  };
}

/** The calls for a pipe that was opened non-blocking. When it is full it is given more room, so that its reader does not run dry during a pause. */
export const ON_PIPE: WriteCalls = {
  ...POLLING,
  writeNow: (fd, parts) => writeNow(fd, parts, 0),
  forThread(fd) {
    widenPipe(fd);
    return hasRoom(fd) ? Infinity : 0;
  },
};

/** The longest time between looks at a descriptor that is full, in milliseconds, after 1, 2, 4 and 8: nobody may ever read it. */
const LONGEST_PAUSE_MS = 16;

/** Writes all of `parts` to `fd`. `progress` is told of every step, and ends it by false. */
export async function writeAll(
  fd: number,
  parts: readonly Uint8Array[],
  progress: (written: number) => boolean,
  calls: WriteCalls,
): Promise<void> {
  let unwritten = parts;
  let pauses = 0;
  while (unwritten.length > 0) {
    const written =
      calls.writeNow(fd, unwritten) || (await writeByThread(fd, unwritten, calls.forThread(fd, pauses)));
    if (!progress(written)) return;
    if (written > 0) {
      unwritten = after(written, unwritten);
      pauses = 0;
    } else await calls.pause(Math.min(2 ** pauses++, LONGEST_PAUSE_MS));
  }
}

/** Writes by a thread, at most `most` bytes, where the system does not write without waiting; and so learns why it does not. */
function writeByThread(fd: number, parts: readonly Uint8Array[], most: number): Promise<number> | number {
  if (most === 0) return 0;
  // In a file nothing waits; where it is that of stdout and of stderr, the words stand in their order.
  const inFile = attempt(() => fstatSync(fd))?.isFile() ? writeNow(fd, parts, 0) : 0;
  if (inFile > 0) return inFile;
  return new Promise((resolve, reject) => {
    const done = (error: NodeJS.ErrnoException | null, written: number) => {
      if (error === null) resolve(written);
      // Somebody else made it non-blocking, and filled it since we looked.
      else if (codeOf(error) === "EAGAIN") resolve(0);
      else reject(error);
    };
    if (most === Infinity) return writev(fd, parts.slice(0, IOV_MAX), done);
    const piece = Buffer.concat(parts.slice(0, most).map((part) => part.subarray(0, most)));
    write(fd, piece, 0, Math.min(piece.length, most), null, done);
  });
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
