/** What a server writes is taken a few messages at a time, so that a flood of them costs neither memory nor the turn of a signal. */

import type { Incoming, StdioReader } from "../mcp/stdio.ts";

const AT_ONCE = 200;
/** How long messages are taken before it is somebody else's turn, in milliseconds: a signal's, a timer's. */
const TURN_MS = 20;
/** No conversation has so many; they leave more behind than the engine thinks worth collecting. */
const UNCOLLECTED = 10_000;

/** Resolves when all that a chunk completes has been taken, in its order. */
export function takeInTurns(
  reader: Pick<StdioReader, "push">,
  take: (incoming: Incoming) => Promise<void>,
): (chunk: Uint8Array) => Promise<void> {
  let uncollected = 0;
  return async (chunk) => {
    let since = performance.now();
    let taking: Promise<void>[] = [];
    for (const incoming of reader.push(chunk)) {
      taking.push(take(incoming));
      uncollected++;
      if (taking.length < AT_ONCE) continue;
      await Promise.all(taking);
      taking = [];
      if (performance.now() - since < TURN_MS) continue;
      await new Promise(setImmediate);
      since = performance.now();
    }
    await Promise.all(taking);
    if (uncollected < UNCOLLECTED) return;
    uncollected = 0;
    Bun.gc(true);
  };
}
