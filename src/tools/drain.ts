/** Reading what a tool writes to its end, and no longer than that takes. */

import type { Source } from "../process/source.ts";
import type { Exit } from "../process/spawn.ts";

/** How long a background child may keep the output open after the tool itself has exited. */
const LINGER_MS = 1000;
/** No pipe and no read-ahead of ours holds more than this, so what is read past it was written after the tool's end. */
const PIPE_MAX_BYTES = 32 * 1024 * 1024;

/** Passes one stream on until its end, or until only a lingering background child can still write to it. */
export async function drain(
  source: Source | undefined,
  exited: Promise<Exit>,
  pass: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  if (source === undefined) return;
  const linger = createLinger(exited, () => void source.close());
  try {
    while (linger.mayRead()) {
      const chunk = await source.read();
      linger.didRead(chunk?.length ?? 0);
      if (chunk === undefined) return;
      await pass(chunk);
    }
  } finally {
    await source.close();
  }
}

/**
 * Decides when to stop listening. Time counts only while a read is pending, so a slow sink never costs output that the
 * tool has written; a background child that never stops writing is cut off by bytes.
 */
function createLinger(exited: Promise<Exit>, giveUp: () => void) {
  let over = false;
  let leftMs = LINGER_MS;
  let leftBytes = PIPE_MAX_BYTES;
  let readingSince: number | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const arm = () => {
    readingSince = performance.now();
    timer = setTimeout(giveUp, leftMs);
  };
  let reading = false;
  void exited.then(() => {
    over = true;
    if (reading) arm();
  });
  return {
    mayRead(): boolean {
      reading = true;
      if (over) arm();
      return leftMs > 0 && leftBytes > 0;
    },
    didRead(bytes: number): void {
      reading = false;
      clearTimeout(timer);
      if (readingSince === undefined) return;
      leftMs = Math.max(0, leftMs - (performance.now() - readingSince));
      leftBytes -= bytes;
    },
  };
}
