/** Keeping the head and the tail of a stream whose length nobody knows. */

import { counted, decodeLossily, withoutCutEnd, withoutCutStart } from "../../text.ts";

export interface Captured {
  text: string;
  /** Bytes left out between head and tail. */
  omitted: number;
}

const SMALLEST_BUFFER = 4096;

export type Capture = ReturnType<typeof createCapture>;

/** Holds at most `limit` bytes in a buffer that grows with what comes: the first half as it came, the rest a ring of the latest. */
export function createCapture(limit: number) {
  const half = Math.floor(limit / 2);
  const ring = limit - half;
  let held = new Uint8Array(0);
  let total = 0;

  /** Where the byte number `index` of the stream lies, if it is still held. */
  const place = (index: number) => (index < limit ? index : half + ((index - half) % ring));

  function grow(wanted: number): void {
    const size = Math.min(limit, wanted);
    if (size <= held.length) return;
    const larger = new Uint8Array(Math.min(limit, Math.max(size, 2 * held.length, SMALLEST_BUFFER)));
    larger.set(held);
    held = larger;
  }

  /** The tail of a stream that has not been held whole, oldest byte first. */
  function tail(): Uint8Array {
    const oldest = place(total);
    return Buffer.concat([held.subarray(oldest), held.subarray(half, oldest)]);
  }

  return {
    add(bytes: Uint8Array): void {
      grow(total + bytes.length);
      for (let taken = 0; taken < bytes.length; ) {
        const start = place(total);
        const count = Math.min(bytes.length - taken, limit - start);
        held.set(bytes.subarray(taken, taken + count), start);
        taken += count;
        total += count;
      }
    },
    /** At most `wanted` bytes of it, head and tail, as text; no more than was held. `isPart`: what came had been cut before. */
    take(wanted = limit, isPart = false): Captured {
      const shown = Math.min(wanted, limit);
      if (total <= shown) return { text: decodeLossily(held.subarray(0, total)), omitted: 0 };
      const share = Math.floor(shown / 2);
      const latest = total <= limit ? held.subarray(0, total) : tail();
      const start = withoutCutEnd(held.subarray(0, share));
      const end = withoutCutStart(latest.subarray(Math.max(0, latest.length - share)));
      const omitted = total - start.length - end.length;
      const many = `${isPart ? "at least " : ""}${counted(omitted, "byte")}`;
      return { text: `${decodeLossily(start)}\n[… ${many} left out …]\n${decodeLossily(end)}`, omitted };
    },
  };
}
