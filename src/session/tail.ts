/** The end of what was said. */

export interface Tail {
  add(bytes: Uint8Array): void;
  text(): string;
}

/** Keeps the last `limit` bytes, or a little more. */
export function keepTail(limit: number): Tail {
  let kept = Buffer.alloc(0);
  return {
    add(bytes) {
      kept = Buffer.concat([kept, bytes.subarray(-limit)]).subarray(-limit);
    },
    text: () => kept.toString(),
  };
}
