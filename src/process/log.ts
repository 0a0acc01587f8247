/** A log that holds up nobody: what no reader takes in time is dropped, counted, and told of when one is back. */

import { readerGone } from "../errors.ts";
import { encodeUtf8 } from "../text.ts";
import type { ByteWriter } from "./fd-writer.ts";

interface LogOptions {
  /** Bytes that may wait for the reader. */
  limit: number;
  /** How long a full log is waited for, once, before it counts as one that nobody reads; in milliseconds. */
  patienceMs: number;
  /** The line that tells of so many dropped bytes. */
  notice(dropped: number): string;
  sleep?(ms: number): Promise<unknown>;
}

/** A log on `target`, slowed down to a reader that takes `limit` bytes within `patienceMs`. Any other is waited for once; until it catches up, it misses what comes. */
export function createLog(target: ByteWriter, { limit, patienceMs, notice, sleep = Bun.sleep }: LogOptions) {
  /** Bytes that `target` has no room for yet. */
  let held = 0;
  /** Bytes lost since the reader had last caught up. */
  let dropped = 0;
  let atLineStart = true;
  let broken = false;
  let change = Promise.withResolvers<void>();

  function wake(): void {
    change.resolve();
    change = Promise.withResolvers();
  }

  async function forward(bytes: Uint8Array): Promise<void> {
    held += bytes.length;
    atLineStart = bytes[bytes.length - 1] === NEWLINE;
    // Where nobody will ever read it, there is nobody else to tell.
    await target.write(bytes).catch(() => {
      broken = true;
    });
    held -= bytes.length;
    if (held === 0 && dropped > 0) {
      const text = `${atLineStart ? "" : "\n"}${notice(dropped)}`;
      dropped = 0;
      void forward(encodeUtf8(text));
    }
    wake();
  }

  const isFull = (size: number) => held > 0 && held + size > limit;

  async function untilRoom(size: number): Promise<void> {
    const over = sleep(patienceMs).then(() => true);
    while (isFull(size) && !broken && dropped === 0) if (await Promise.race([change.promise, over])) return;
  }

  return {
    /** Takes `data` whole or not at all. Never rejects, and resolves within `patienceMs`. */
    async write(data: Uint8Array | string) {
      const bytes = typeof data === "string" ? encodeUtf8(data) : data;
      if (dropped === 0 && isFull(bytes.length)) await untilRoom(bytes.length);
      if (broken || bytes.length === 0) return;
      if (dropped === 0 && !isFull(bytes.length)) void forward(bytes);
      else {
        dropped += bytes.length;
        wake();
      }
    },
    /** Resolves when all that was taken has been written, or nobody can read it any more. */
    async flush() {
      while (held > 0) await change.promise;
      await target.flush().catch(readerGone);
    },
  };
}

const NEWLINE = 0x0a;
