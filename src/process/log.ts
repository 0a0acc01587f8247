/** A log that holds up nobody: what no reader takes in time is dropped, counted, and told of when one is back. */

import type { ByteWriter } from "./stream.ts";

export interface LogOptions {
  /** Bytes that may wait for the reader. */
  limit: number;
  /** How long a full log is waited for, once, before it counts as one that nobody reads; in milliseconds. */
  patienceMs: number;
  /** The line that tells of so many dropped bytes. */
  notice(dropped: number): string;
  sleep?(ms: number): Promise<unknown>;
}

export interface Log {
  /** Takes `data` whole or not at all. Never rejects, and resolves within `patienceMs`. */
  write(data: Uint8Array | string): Promise<void>;
  /** Resolves when all that was taken has been written, or nobody can read it any more. */
  flush(): Promise<void>;
}

/**
 * A log on `target`. A reader that takes `limit` bytes within `patienceMs` misses nothing, however much there is: whoever writes is
 * slowed down to its pace. Any other is waited for once, and from then on misses what comes until it has caught up.
 */
export function createLog(target: ByteWriter, options: LogOptions): Log {
  const { limit, patienceMs, notice, sleep = Bun.sleep } = options;
  let queue: Uint8Array[] = [];
  let held = 0;
  let dropped = 0;
  /** Between the loss of something and the moment the reader has caught up. */
  let behind = false;
  let atLineStart = true;
  let broken = false;
  let pumping: Promise<void> | undefined;
  let waiting: (() => void)[] = [];

  function wake(): void {
    const waiters = waiting;
    waiting = [];
    for (const waiter of waiters) waiter();
  }

  function enqueue(bytes: Uint8Array): void {
    queue.push(bytes);
    held += bytes.length;
    atLineStart = bytes[bytes.length - 1] === NEWLINE;
    pumping ??= pump();
  }

  async function pump(): Promise<void> {
    // What is written in one go goes out in one go.
    await undefined;
    try {
      while (queue.length > 0) {
        const batch = queue;
        queue = [];
        await target.write(batch);
        await target.flush();
        for (const part of batch) held -= part.length;
        if (queue.length === 0 && behind) catchUp();
        wake();
      }
    } catch {
      // Nobody will ever read it, and there is nobody else to tell.
      broken = true;
      queue = [];
      wake();
    } finally {
      pumping = undefined;
    }
  }

  function catchUp(): void {
    behind = false;
    enqueue(Buffer.from(`${atLineStart ? "" : "\n"}${notice(dropped)}`));
    dropped = 0;
  }

  const isFull = (size: number) => held > 0 && held + size > limit;

  async function untilRoom(size: number): Promise<void> {
    let over = false;
    const patience = sleep(patienceMs).then(() => {
      over = true;
    });
    while (isFull(size) && !over && !broken && !behind) {
      await Promise.race([new Promise<void>((resolve) => waiting.push(resolve)), patience]);
    }
  }

  return {
    async write(data) {
      const bytes = typeof data === "string" ? Buffer.from(data) : data;
      if (!behind && isFull(bytes.length)) await untilRoom(bytes.length);
      if (broken || bytes.length === 0) return;
      if (!behind && !isFull(bytes.length)) return enqueue(bytes);
      behind = true;
      dropped += bytes.length;
      wake();
    },
    async flush() {
      while (pumping !== undefined) await pumping;
    },
  };
}

const NEWLINE = 0x0a;
