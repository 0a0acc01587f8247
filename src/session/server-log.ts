/** What a program that serves a client writes: many clients never read its stderr, and nothing may wait for them for ever. */

import type { Context } from "../context.ts";
import { EXIT, messageText, readerGone } from "../errors.ts";
import type { ByteWriter } from "../process/fd-writer.ts";

/** How long a client that has left in the middle of a call, or that we leave, may take nothing of what it is sent. */
export const READER_GONE_MS = 4000;
/** The same for one that has left between calls, or says no more: the answers may go to a pager. */
export const PATIENT_READER_GONE_MS = 10_000;
/** How long the log may take in the end. */
const LOG_LEAVING_MS = 1000;

const USUAL = {
  /** Bytes that may wait for the reader. */
  limit: 1024 * 1024,
  /** How long a full log is waited for, once, before it counts as one that nobody reads; in milliseconds. */
  patienceMs: 250,
  sleep: (ms: number): Promise<unknown> => Bun.sleep(ms),
};

/** Does `work`, to the exit code, with a stderr that drops and counts what nobody reads; at the end what is held is written, if it is read. */
export async function withServerLog(
  given: Context,
  work: (context: Context) => Promise<void>,
): Promise<number> {
  const log = createLog(given.stderr);
  try {
    await work({ ...given, stderr: { ...given.stderr, ...log } });
    await Promise.race([log.flush(), Bun.sleep(LOG_LEAVING_MS)]);
    await given.stderr.abandon();
    return EXIT.OK;
  } catch (error) {
    given.stderr.expectReader(LOG_LEAVING_MS);
    throw error;
  }
}

/** A log on `target`, slowed down to a reader that takes `limit` bytes within `patienceMs`. Any other is waited for once; until it catches up, it misses what comes, and is told how much. */
export function createLog(target: ByteWriter, { limit, patienceMs, sleep } = USUAL) {
  /** Bytes that `target` has no room for yet. */
  let held = 0;
  /** Bytes lost since the reader had last caught up. */
  let dropped = 0;
  let broken = false;
  let change = Promise.withResolvers<void>();

  function wake(): void {
    change.resolve();
    change = Promise.withResolvers();
  }

  async function forward(data: Uint8Array | string): Promise<void> {
    const size = Buffer.byteLength(data);
    held += size;
    // Where nobody will ever read it, there is nobody else to tell.
    await target.write(data).catch(() => {
      broken = true;
    });
    held -= size;
    if (held === 0 && dropped > 0) {
      const notice = messageText(`${dropped} bytes were dropped here, because nobody read them`);
      dropped = 0;
      void forward(notice);
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
      const size = Buffer.byteLength(data);
      if (dropped === 0 && isFull(size)) await untilRoom(size);
      if (broken) return;
      if (dropped === 0 && !isFull(size)) void forward(data);
      else {
        dropped += size;
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
