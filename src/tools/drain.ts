/** Reading what a tool writes to its end, and no longer than that takes. */

import type { Source } from "../process/source.ts";
import type { Exit } from "../process/spawn.ts";

/** How long a background child may keep the output open after the tool itself has exited. */
const LINGER_MS = 1000;
/** No pipe and no read-ahead of ours holds more than this, so what is read past it was written after the tool's end. */
const PIPE_MAX_BYTES = 32 * 1024 * 1024;

/**
 * Passes one stream on until its end, or until only a lingering background child can still write to it. Time counts only while a read is
 * pending, so a slow sink never costs output that the tool has written; a child that never stops writing is cut off by bytes.
 */
export async function drain(
  source: Source,
  exited: Promise<Exit>,
  forward: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  let reading = false;
  let hasExited = false;
  let leftMs = LINGER_MS;
  let leftBytes = PIPE_MAX_BYTES;
  let since = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const linger = () => {
    since = performance.now();
    timer = setTimeout(() => void source.close(), leftMs);
  };
  void exited.then(() => {
    hasExited = true;
    if (reading) linger();
  });
  try {
    while (leftMs > 0 && leftBytes > 0) {
      reading = true;
      if (hasExited) linger();
      const chunk = await source.read();
      reading = false;
      clearTimeout(timer);
      if (chunk === undefined) return;
      if (hasExited) {
        leftMs -= performance.now() - since;
        leftBytes -= chunk.length;
      }
      await forward(chunk);
    }
  } finally {
    await source.close();
  }
}
