/** Reading and writing a descriptor, and asking about it, without holding up anything else. */

import { ptr } from "bun:ffi";
import { closeSync, fstatSync, read } from "node:fs";
import { codeOf } from "../errors.ts";
import { libc } from "./libc.ts";

const RWF_NOWAIT = 8;
/** Parts in one call at most, on every Linux. */
export const IOV_MAX = 1024;

/** Writes as much of `parts` as `fd` takes without waiting, and gives the number of bytes; 0, too, where the system cannot do that. */
export function writeNow(fd: number, parts: readonly Uint8Array[], flags = RWF_NOWAIT): number {
  const { pwritev2 } = libc();
  if (pwritev2 === undefined) return 0;
  const some = parts.slice(0, IOV_MAX);
  // An array of struct iovec.
  const vector = new BigUint64Array(some.flatMap((part) => [BigInt(ptr(part)), BigInt(part.length)]));
  return Math.max(0, Number(pwritev2(fd, ptr(vector), some.length, -1, flags)));
}

const POLLIN = 1;
const POLLOUT = 4;
const POLLHUP = 0x10;
/** Linux: the other end of a socket will send no more. */
const POLLRDHUP = process.platform === "linux" ? 0x2000 : 0;
/** Both are asked for: macOS looks at no descriptor of which nothing is asked. */
const HUNG_UP = POLLHUP | POLLRDHUP;

/** Whether `fd` takes {@link PIPE_BUF} bytes now, or would say at once why it takes none. True, too, where that cannot be asked. */
export const hasRoom = (fd: number): boolean => poll(fd, POLLOUT) !== 0;

/** Whether the other end of `fd`, a pipe or a socket, is closed, also while there is something left to be read. */
export const isHungUp = (fd: number): boolean => ((poll(fd, HUNG_UP) ?? 0) & HUNG_UP) !== 0;

/** Whether there is something left to be read from `fd`, a pipe or a socket. Of a socket whose other end is closed that is not known: false. */
export function hasUnread(fd: number): boolean {
  // There, poll counts the end of the input as something to read; the size is that of what is left.
  if (process.platform === "darwin") return fstatSync(fd).size > 0;
  return ((poll(fd, POLLIN | POLLRDHUP) ?? 0) & (POLLIN | POLLRDHUP)) === POLLIN;
}

/** Which of the events `asked` hold, and of those that are always told; 0: none. undefined: it cannot be asked. */
function poll(fd: number, asked: number): number | undefined {
  // struct pollfd: an int, a short for what is asked and one for the answer.
  const entry = new Int32Array([fd, asked]);
  const ready = libc().poll?.(ptr(entry), 1, 0);
  if (ready === undefined || ready < 0) return undefined;
  return (entry[1] ?? 0) >>> 16;
}

/** What a pipe, a socket or a terminal with room takes without waiting, on every system. */
export const PIPE_BUF = process.platform === "linux" ? 4096 : 512;

/** `fd`, which is closed at the end of the block: `using file = closing(openSync(path))`. */
export const closing = (fd: number) => ({ fd, [Symbol.dispose]: () => closeSync(fd) });

/** How often it is looked for what is typed where a thread cannot wait for it. */
const LOOK_MS = 20;

/** The next bytes of `fd`, `limit` at most, from where it stands; none at its end. A thread waits for them. */
export function readFrom(fd: number, limit: number): Promise<Buffer> {
  const buffer = Buffer.alloc(limit);
  return new Promise((resolve, reject) => {
    read(fd, buffer, 0, limit, null, (error, count) => {
      if (error === null) resolve(buffer.subarray(0, count));
      // Somebody else has made it non-blocking.
      else if (codeOf(error) === "EAGAIN") resolve(Bun.sleep(LOOK_MS).then(() => readFrom(fd, limit)));
      else reject(error);
    });
  });
}
