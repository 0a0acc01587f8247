/** Writing without waiting. */

import { ptr } from "bun:ffi";
import { libc } from "./libc.ts";

const RWF_NOWAIT = 8;
/** Parts in one call at most, on every Linux. */
export const IOV_MAX = 1024;

/**
 * Writes as many bytes of `parts`, in order, as `fd` takes at once: how many. None, too, where the system cannot tell beforehand
 * whether it would wait.
 */
export function writeNow(fd: number, parts: readonly Uint8Array[]): number {
  const { recent } = libc();
  if (recent === undefined) return 0;
  const count = Math.min(parts.length, IOV_MAX);
  const vector = new BigUint64Array(count * 2);
  let at = 0;
  for (const part of parts) {
    if (at === vector.length) break;
    vector[at++] = BigInt(ptr(part));
    vector[at++] = BigInt(part.length);
  }
  return Math.max(0, Number(recent.pwritev2(fd, ptr(vector), count, -1, RWF_NOWAIT)));
}

const POLLOUT = 4;

/**
 * Whether `fd` takes some bytes now, or would say at once why it takes none. True, too, where that cannot be asked. What has room at
 * all has it for {@link PIPE_BUF} bytes.
 */
export function hasRoom(fd: number): boolean {
  const { linux, darwin } = libc();
  // struct pollfd: an int, a short for what is asked and one for the answer.
  const asked = new Int32Array([fd, POLLOUT]);
  const ready = (linux ?? darwin)?.poll(ptr(asked), 1, 0);
  return ready !== 0;
}

/** What a pipe, a socket or a terminal with room takes without waiting, on every system. */
export const PIPE_BUF = process.platform === "linux" ? 4096 : 512;
