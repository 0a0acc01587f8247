/** Writing without waiting. */

import { ptr } from "bun:ffi";
import { libc } from "./libc.ts";

const RWF_NOWAIT = 8;

/**
 * Writes as many bytes of `parts`, in order, as `fd` takes at once: how many. None, too, where the system cannot tell beforehand
 * whether it would wait.
 */
export function writeNow(fd: number, parts: readonly Uint8Array[]): number {
  const { recent } = libc();
  if (recent === undefined) return 0;
  const vector = new BigUint64Array(parts.length * 2);
  let at = 0;
  for (const part of parts) {
    vector[at++] = BigInt(ptr(part));
    vector[at++] = BigInt(part.length);
  }
  return Math.max(0, Number(recent.pwritev2(fd, ptr(vector), parts.length, -1, RWF_NOWAIT)));
}
