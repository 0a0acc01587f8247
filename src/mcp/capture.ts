/** Keeping the head and the tail of a stream whose length nobody knows. */

export interface Captured {
  text: string;
  /** Bytes left out between head and tail. */
  omitted: number;
}

export interface Capture {
  add(bytes: Uint8Array): void;
  /** At most `limit` bytes of it, head and tail, as text; no more than was held. */
  take(limit?: number): Captured;
}

/** Holds at most `limit` bytes: the first half as they came, and the last half in a ring. */
export function createCapture(limit: number): Capture {
  const half = Math.floor(limit / 2);
  const head: Uint8Array[] = [];
  let headBytes = 0;
  let tail: Uint8Array[] = [];
  let tailBytes = 0;
  let total = 0;

  function addTail(bytes: Uint8Array): void {
    tail.push(bytes.slice());
    tailBytes += bytes.length;
    let dropped = 0;
    for (const part of tail) {
      if (tailBytes - part.length < half) break;
      tailBytes -= part.length;
      dropped++;
    }
    if (dropped > 0) tail = tail.slice(dropped);
  }

  return {
    add(bytes) {
      total += bytes.length;
      const room = half - headBytes;
      const first = bytes.subarray(0, room);
      if (first.length > 0) {
        head.push(first.slice());
        headBytes += first.length;
      }
      if (bytes.length > room) addTail(bytes.subarray(Math.max(0, room)));
    },
    take(wanted = limit) {
      const share = Math.min(half, Math.floor(wanted / 2));
      const first = Buffer.concat(head);
      const last = Buffer.concat(tail).subarray(-half);
      if (first.length + last.length === total && total <= 2 * share) {
        return { text: decode(Buffer.concat([first, last])), omitted: 0 };
      }
      const end =
        last.length >= share
          ? last.subarray(last.length - share)
          : Buffer.concat([first, last]).subarray(-share);
      const start = first.subarray(0, share);
      const omitted = total - start.length - end.length;
      return { text: `${decode(start)}\n[… ${omitted} bytes left out …]\n${decode(end)}`, omitted };
    },
  };
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
