/** Writing to somebody who may never read: what does not fit is dropped and counted, and nobody ever waits for it. */

import { type ByteWriter, partsOf } from "./stream.ts";

/** What may wait for a reader. */
const WAITING_MAX = 256 * 1024;

export interface BestEffort {
  /** Takes `data`, or drops it. */
  write(data: Uint8Array | string): void;
  /** Bytes that were dropped. */
  dropped(): number;
  /** Resolves when what was taken has been written, or after `ms` milliseconds. */
  settle(ms: number): Promise<void>;
}

/** Once a reader reads on, it is told what it has missed. */
export function bestEffort(writer: ByteWriter): BestEffort {
  let waiting = 0;
  let dropped = 0;
  let untold = 0;
  let last: Promise<void> = Promise.resolve();

  function pass(bytes: Uint8Array): void {
    waiting += bytes.length;
    const written = () => {
      waiting -= bytes.length;
    };
    last = writer
      .write(bytes)
      .then(() => writer.flush())
      .then(written, written);
  }

  return {
    write(data) {
      const bytes = Buffer.concat(partsOf(data));
      if (waiting + bytes.length > WAITING_MAX) {
        dropped += bytes.length;
        untold += bytes.length;
        return;
      }
      if (untold > 0) {
        pass(Buffer.from(`[${untold} bytes were dropped here: nobody read them]\n`));
        untold = 0;
      }
      pass(bytes);
    },
    dropped: () => dropped,
    async settle(ms) {
      await Promise.race([last, Bun.sleep(ms)]);
    },
  };
}
