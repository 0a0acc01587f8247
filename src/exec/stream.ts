/** Writing streams of bytes: in order, bounded, and leaving descriptors as they were found. */

import { codeOf, RunspecError, reasonOf } from "../errors.ts";
import { nodeFs } from "../system/files.ts";
import { writeNow } from "../system/write.ts";
import { encodeUtf8 } from "../text.ts";

/** What may wait in memory before a writer makes its callers wait; one system call is given no more parts than reach it. */
const HIGH_WATER = 256 * 1024;
/** How long to leave a descriptor alone that somebody else has made non-blocking and that is full. */
const FULL_PAUSE_MS = 2;

export interface ByteWriter {
  /**
   * Takes all of `data`, in order and with nothing between its parts; resolves when there is room for more. Rejects for good once
   * a write fails.
   */
  write(data: Uint8Array | string | readonly Uint8Array[]): Promise<void>;
  /** Resolves when everything taken has reached the descriptor. */
  flush(): Promise<void>;
}

export interface FdWriter extends ByteWriter {
  /** From now on a reader that takes nothing for `ms` milliseconds has gone: writes fail as on a closed pipe. */
  expectReader(ms: number): void;
}

/**
 * A writer on `fd`. Small writes made while one is under way are given to one system call. It never sets O_NONBLOCK:
 * the flag belongs to the pipe, not to us, and would break the program that shares it. What fails is told by `name`.
 */
export function createFdWriter(fd: number, name?: string): FdWriter {
  let queue: Uint8Array[] = [];
  let queued = 0;
  let pumping: Promise<void> | undefined;
  let failed: { error: unknown } | undefined;
  let roomWaiters: (() => void)[] = [];
  let batches = 0;
  let giveUp: ((error: unknown) => void) | undefined;

  function wake(): void {
    const waiters = roomWaiters;
    roomWaiters = [];
    for (const waiter of waiters) waiter();
  }

  async function pump(): Promise<void> {
    // What is written in one go goes out in one go.
    await undefined;
    try {
      while (queue.length > 0) {
        const { batch, size } = takeBatch();
        // At once where the descriptor takes it all: a thread that may wait for it costs more than the writing.
        const left = after(writeNow(fd, batch), batch);
        if (left.length > 0) await writeSlowly(left);
        batches++;
        queued -= size;
        wake();
      }
    } catch (error) {
      failed = { error: name === undefined || isReaderGone(error) ? error : cannotWrite(name, error) };
      queue = [];
      queued = 0;
    } finally {
      pumping = undefined;
      wake();
    }
  }

  function writeSlowly(parts: readonly Uint8Array[]): Promise<void> {
    return new Promise((resolve, reject) => {
      giveUp = reject;
      writeParts(fd, parts).then(resolve, reject);
    });
  }

  function takeBatch(): { batch: Uint8Array[]; size: number } {
    let size = 0;
    let count = 0;
    for (const part of queue) {
      if (size >= HIGH_WATER) break;
      size += part.length;
      count++;
    }
    return { batch: queue.splice(0, count), size };
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
      for (const part of partsOf(data)) {
        if (part.length === 0) continue;
        queue.push(part);
        queued += part.length;
      }
      if (queue.length > 0) pumping ??= pump();
      await untilRoom();
    },
    async flush() {
      while (pumping !== undefined) await pumping;
      if (failed !== undefined) throw failed.error;
    },
    expectReader(ms) {
      let seen = batches;
      let since = performance.now();
      const timer = setInterval(() => {
        const now = performance.now();
        if (queued === 0 || batches !== seen) {
          seen = batches;
          since = now;
        } else if (now - since >= ms) {
          clearInterval(timer);
          giveUp?.(Object.assign(new Error("nobody reads any more"), { code: "EPIPE" }));
        }
      }, ms / 8);
    },
  };
}

/** What a {@link ByteWriter} is given, as parts. */
export function partsOf(data: Uint8Array | string | readonly Uint8Array[]): readonly Uint8Array[] {
  if (typeof data === "string") return [encodeUtf8(data)];
  return data instanceof Uint8Array ? [data] : data;
}

/** Without joining the parts first. */
async function writeParts(fd: number, parts: readonly Uint8Array[]): Promise<void> {
  const left = parts.length > 1 ? after(await writeVector(fd, parts), parts) : parts;
  for (const part of left) await writeAll(fd, part);
}

/** `parts` without their first `written` bytes. */
function after(written: number, parts: readonly Uint8Array[]): readonly Uint8Array[] {
  let skipped = 0;
  let index = 0;
  for (const part of parts) {
    if (skipped + part.length > written) break;
    skipped += part.length;
    index++;
  }
  const [cut, ...rest] = parts.slice(index);
  if (cut === undefined) return [];
  return skipped === written ? [cut, ...rest] : [cut.subarray(written - skipped), ...rest];
}

function writeVector(fd: number, parts: readonly Uint8Array[]): Promise<number> {
  return new Promise((resolve, reject) => {
    nodeFs().writev(fd, parts, (error, written) => {
      if (error === null) resolve(written);
      // Full now: whoever writes the parts one by one waits.
      else if (codeOf(error) === "EAGAIN") resolve(0);
      else reject(error);
    });
  });
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
    nodeFs().write(fd, bytes, offset, bytes.length - offset, null, (error, written) => {
      if (error === null) resolve(written);
      else reject(error);
    });
  });
}

function cannotWrite(name: string, error: unknown): RunspecError {
  // "ENOSPC: no space left on device, write" is for programs.
  const why = reasonOf(error).replace(/^[A-Z0-9]+: (.*), \w+$/, "$1");
  return new RunspecError(`cannot write to ${name}: ${why}`, { cause: error });
}

/** Whether a write failed because the reader has gone, which ends a program quietly. */
export function isReaderGone(error: unknown): boolean {
  const code = codeOf(error);
  return code === "EPIPE" || code === "ECONNRESET";
}
