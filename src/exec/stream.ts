/** Reading and writing streams of bytes: in order, bounded, and leaving descriptors as they were found. */

import { write, writev } from "node:fs";
import { codeOf } from "../errors.ts";

/** What may wait in memory before a writer makes its callers wait, and what one system call is given at most. */
const HIGH_WATER = 256 * 1024;
/** How long to leave a descriptor alone that somebody else has made non-blocking and that is full. */
const FULL_PAUSE_MS = 2;

/** The read end of a stream. */
export interface Source {
  /** The next bytes, or undefined at the end. */
  read(): Promise<Uint8Array | undefined>;
  /** Stops reading and gives the descriptor back; a read under way ends. */
  close(): Promise<void>;
}

/** Reads `stream`; `release` is called once, when reading is over. */
export function sourceOf(stream: ReadableStream<Uint8Array>, release: () => void = () => {}): Source {
  const reader = stream.getReader();
  let open = true;
  return {
    async read() {
      const { value, done } = await reader.read();
      return done ? undefined : value;
    },
    async close() {
      if (!open) return;
      open = false;
      await reader.cancel().catch(() => {});
      release();
    },
  };
}

export interface ByteWriter {
  /** Takes all of `bytes`, in order; resolves when there is room for more. Rejects for good once a write fails. */
  write(bytes: Uint8Array | string): Promise<void>;
  /** Resolves when everything taken has reached the descriptor. */
  flush(): Promise<void>;
}

/**
 * A writer on `fd`. Small writes made while one is under way are given to one system call. It never sets O_NONBLOCK:
 * the flag belongs to the pipe, not to us, and would break the program that shares it.
 */
export function createFdWriter(fd: number): ByteWriter {
  let queue: Uint8Array[] = [];
  let queued = 0;
  let pumping: Promise<void> | undefined;
  let failed: { error: unknown } | undefined;
  let roomWaiters: (() => void)[] = [];

  function wake(): void {
    const waiters = roomWaiters;
    roomWaiters = [];
    for (const waiter of waiters) waiter();
  }

  async function pump(): Promise<void> {
    try {
      while (queue.length > 0) {
        const batch = takeBatch();
        await writeParts(fd, batch);
        queued -= bytesIn(batch);
        wake();
      }
    } catch (error) {
      failed = { error };
      queue = [];
      queued = 0;
    } finally {
      pumping = undefined;
      wake();
    }
  }

  function takeBatch(): Uint8Array[] {
    let size = 0;
    let count = 0;
    for (const part of queue) {
      if (count > 0 && size + part.length > HIGH_WATER) break;
      size += part.length;
      count++;
    }
    return queue.splice(0, count);
  }

  async function untilRoom(): Promise<void> {
    while (failed === undefined && queued >= HIGH_WATER) {
      await new Promise<void>((resolve) => roomWaiters.push(resolve));
    }
    if (failed !== undefined) throw failed.error;
  }

  return {
    async write(data) {
      if (failed !== undefined) throw failed.error;
      const bytes = typeof data === "string" ? Buffer.from(data) : data;
      if (bytes.length === 0) return;
      queue.push(bytes);
      queued += bytes.length;
      pumping ??= pump();
      await untilRoom();
    },
    async flush() {
      while (pumping !== undefined) await pumping;
      if (failed !== undefined) throw failed.error;
    },
  };
}

/** In one system call where the descriptor takes it all, and without joining the parts first. */
async function writeParts(fd: number, parts: readonly Uint8Array[]): Promise<void> {
  let written = parts.length === 1 ? 0 : await writeVector(fd, parts);
  for (const part of parts) {
    if (written < part.length) await writeAll(fd, part.subarray(written));
    written = Math.max(0, written - part.length);
  }
}

function writeVector(fd: number, parts: readonly Uint8Array[]): Promise<number> {
  return new Promise((resolve, reject) => {
    writev(fd, parts, (error, written) => {
      if (error === null) resolve(written);
      // Full now: whoever writes the parts one by one waits.
      else if (codeOf(error) === "EAGAIN") resolve(0);
      else reject(error);
    });
  });
}

function bytesIn(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

async function writeAll(fd: number, bytes: Uint8Array): Promise<void> {
  let offset = 0;
  while (offset < bytes.length) {
    try {
      offset += await writeSome(fd, bytes, offset);
    } catch (error) {
      if (codeOf(error) !== "EAGAIN") throw error;
      await Bun.sleep(FULL_PAUSE_MS);
    }
  }
}

function writeSome(fd: number, bytes: Uint8Array, offset: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, offset, bytes.length - offset, null, (error, written) => {
      if (error === null) resolve(written);
      else reject(error);
    });
  });
}

/** Whether a write failed because the reader has gone, which ends a program quietly. */
export function isReaderGone(error: unknown): boolean {
  const code = codeOf(error);
  return code === "EPIPE" || code === "ECONNRESET";
}
