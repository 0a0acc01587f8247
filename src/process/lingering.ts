/** Reading what a program writes to its end, and no longer than that takes: what it has started may keep its output open. */

import type { Source } from "./source.ts";

/** How long a background child may keep the output open after the program itself has exited. */
const LINGER_MS = 1000;
/** No pipe and no read-ahead of ours holds more than this, so what is read past it was written after the program's end. */
const PIPE_MAX_BYTES = 32 * 1024 * 1024;

/**
 * `source` up to its end, or until only a lingering background child can still write to it. Time counts only while a read is
 * pending, so a slow reader never loses output that the program has written; a child that never stops writing is cut off by bytes.
 */
export function withoutLingering(source: Source, exited: Promise<unknown>): Source {
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
  return {
    async read() {
      if (leftMs <= 0 || leftBytes <= 0) return undefined;
      reading = true;
      if (hasExited) linger();
      const chunk = await source.read();
      reading = false;
      clearTimeout(timer);
      if (hasExited && chunk !== undefined) {
        leftMs -= performance.now() - since;
        leftBytes -= chunk.length;
      }
      return chunk;
    },
    close: source.close,
  };
}
