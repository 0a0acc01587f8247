/** What the other end writes is taken a few messages at a time, so that a flood of them costs neither memory nor the turn of a signal. */

import type { Incoming } from "../mcp/stdio.ts";

const AT_ONCE = 200;
/** Bytes that are looked at before it is asked whose turn it is: they may hold no message at all. */
const SLICE_BYTES = 128 * 1024;
/** How long messages are taken before it is somebody else's turn, in milliseconds: a signal's, a timer's. */
const TURN_MS = 20;
/** After so many messages the garbage is collected: of a flood, the engine would leave too much lying. */
const UNCOLLECTED = 10_000;

/** To be awaited between messages, and once for a chunk, which may hold none: lets others have their turn, for reading what is there waits for nothing. */
export function createTurns(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < TURN_MS) return;
    await new Promise(setImmediate);
    since = performance.now();
  };
}

/** Resolves when all that a chunk completes has been taken, in its order. */
export function takeInTurns(
  reader: { push(chunk: Uint8Array): Iterable<Incoming> },
  take: (incoming: Incoming) => Promise<void>,
): (chunk: Uint8Array) => Promise<void> {
  const turn = createTurns();
  let uncollected = 0;
  let taking: Promise<void>[] = [];

  async function settle(): Promise<void> {
    await Promise.all(taking);
    uncollected += taking.length;
    taking = [];
    await turn();
  }

  return async (chunk) => {
    for (let start = 0; start < chunk.length; start += SLICE_BYTES) {
      for (const incoming of reader.push(chunk.subarray(start, start + SLICE_BYTES)))
        if (taking.push(take(incoming)) === AT_ONCE) await settle();
      await settle();
    }
    if (uncollected < UNCOLLECTED) return;
    uncollected = 0;
    Bun.gc(true);
  };
}
