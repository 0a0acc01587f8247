/** What a server writes → frames that are taken a few at a time, so that a flood of them costs neither memory nor the turn of a signal. */

import type { Frame, LineDecoder } from "../jsonrpc/framing.ts";

/** Bytes that are cut into frames before those are taken. */
const SLICE_BYTES = 256 * 1024;
const FRAMES_AT_ONCE = 200;
/** How long frames are taken before it is somebody else's turn, in milliseconds: a signal's, a timer's. */
const TURN_MS = 20;
/** No conversation has so many; they leave more behind than the engine thinks worth collecting. */
const FRAMES_UNCOLLECTED = 10_000;

/** Resolves when all frames that a chunk completes have been taken, in their order. */
export function createIntake(
  decoder: LineDecoder,
  take: (frame: Frame) => Promise<void>,
): (chunk: Uint8Array) => Promise<void> {
  let uncollected = 0;
  let since = performance.now();

  async function takeAll(frames: readonly Frame[]): Promise<void> {
    for (let at = 0; at < frames.length; at += FRAMES_AT_ONCE) {
      await Promise.all(frames.slice(at, at + FRAMES_AT_ONCE).map(take));
      if (performance.now() - since < TURN_MS) continue;
      await new Promise(setImmediate);
      since = performance.now();
    }
    uncollected += frames.length;
    if (uncollected < FRAMES_UNCOLLECTED) return;
    uncollected = 0;
    Bun.gc(true);
  }

  return async (chunk) => {
    since = performance.now();
    for (let start = 0; start < chunk.length; start += SLICE_BYTES)
      await takeAll(decoder.push(chunk.subarray(start, start + SLICE_BYTES)));
  };
}
