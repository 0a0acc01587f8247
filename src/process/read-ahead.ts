/** Reading on while what was read is still being dealt with, so far as memory allows: whoever writes is heard at once. */

import type { Source } from "./source.ts";

/** The same as `source`, read up to `limit` bytes ahead; `heard` is called whenever something has come. */
export function readAhead(source: Source, limit: number, heard: () => void): Source {
  const chunks: Uint8Array[] = [];
  let held = 0;
  let ended = false;
  let failed: { error: unknown } | undefined;
  let wakeReader = () => {};
  let wakePump = () => {};

  async function pump(): Promise<void> {
    try {
      for (let chunk = await source.read(); chunk !== undefined; chunk = await source.read()) {
        heard();
        chunks.push(chunk);
        held += chunk.length;
        wakeReader();
        while (held > limit && !ended) await new Promise<void>((resolve) => (wakePump = resolve));
      }
    } catch (error) {
      failed = { error };
    }
    ended = true;
    wakeReader();
  }
  void pump();

  return {
    async read() {
      while (chunks.length === 0 && !ended) await new Promise<void>((resolve) => (wakeReader = resolve));
      const chunk = chunks.shift();
      if (chunk === undefined && failed !== undefined) throw failed.error;
      held -= chunk?.length ?? 0;
      wakePump();
      return chunk;
    },
    async close() {
      ended = true;
      chunks.length = 0;
      wakePump();
      wakeReader();
      await source.close();
    },
  };
}
