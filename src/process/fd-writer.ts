/** Writing streams of bytes: in order, bounded, and leaving descriptors as they were found. */

import { fstatSync } from "node:fs";
import { attempt, codeOf, RunspecError, reasonOf } from "../errors.ts";
import { encodeUtf8 } from "../text.ts";
import { unlessAborted, whenAborted } from "./waiting.ts";
import { POLLING, type WriteCalls, writeAll } from "./write-all.ts";

/** What may wait in memory before a writer makes its callers wait. */
const HIGH_WATER = 256 * 1024;
/** A reader has gone after so many looks in a row at which it had taken nothing. */
const IDLE_LOOKS = 8;

export interface ByteWriter {
  /** Takes all of `data`, in order and in one piece; resolves when there is room for more. Rejects for good once a write fails. */
  write(data: Uint8Array | string | readonly Uint8Array[]): Promise<void>;
  /** Resolves when everything taken has reached the descriptor. */
  flush(): Promise<void>;
}

export interface FdWriter extends ByteWriter {
  /** Resolves with the reason once a write has failed. Its own caller found room, and would learn of it by the next write. */
  failure: Promise<unknown>;
  /** From now on a reader that takes nothing for `ms` milliseconds has gone: writes fail as on a closed pipe. */
  expectReader(ms: number): void;
  /** Gives up what has not been written; writes fail from now on. Resolves when `fd` is touched no more. */
  abandon(): Promise<void>;
}

/** A writer on `fd`, told by `name` where it fails; writes made while one is under way become one. It never sets O_NONBLOCK, which is the pipe's, not ours. */
export function createFdWriter(fd: number, name?: string, calls: WriteCalls = POLLING): FdWriter {
  let queue: Uint8Array[] = [];
  let queued = 0;
  let pumping: Promise<void> | undefined;
  /** Aborts once a write has failed, with why. */
  const failure = new AbortController();
  const failed = failure.signal;
  let room = Promise.withResolvers<void>();
  /** System calls that have written something. */
  let steps = 0;

  function wake(): void {
    room.resolve();
    room = Promise.withResolvers();
  }

  function fail(error: unknown): void {
    failure.abort(error);
    queue = [];
    queued = 0;
    wake();
  }

  function progress(written: number): boolean {
    if (written > 0) steps++;
    return !failed.aborted;
  }

  async function pump(): Promise<void> {
    // What is written in one go goes out in one go.
    await undefined;
    try {
      while (queue.length > 0) {
        const batch = queue;
        const size = queued;
        queue = [];
        const writing = writeAll(fd, batch, progress, calls);
        // Its thread may wait for a reader, whom we need not wait for.
        await (calls.neverCloses ? unlessAborted(writing, failed) : writing);
        if (failed.aborted) break;
        queued -= size;
        wake();
      }
    } catch (error) {
      const isHungUp = codeOf(error) === "EIO" && attempt(() => fstatSync(fd).isCharacterDevice());
      const cause = isHungUp ? goneReader() : error;
      const asIs = name === undefined || isReaderGone(cause);
      fail(asIs ? cause : new RunspecError(`cannot write to ${name}: ${reasonOf(cause)}`, { cause }));
    } finally {
      pumping = undefined;
    }
  }

  return {
    failure: new Promise((resolve) => whenAborted(failed, resolve)),
    async write(data) {
      failed.throwIfAborted();
      for (const part of partsOf(data)) {
        if (part.length === 0) continue;
        queue.push(part);
        queued += part.length;
      }
      if (queue.length > 0) pumping ??= pump();
      while (queued >= HIGH_WATER) await room.promise;
      failed.throwIfAborted();
    },
    async flush() {
      while (pumping !== undefined) await pumping;
      failed.throwIfAborted();
    },
    expectReader(ms) {
      let stepsBefore = steps;
      let idle = 0;
      // Looks are counted, not the time: while we are stopped nobody can read.
      const timer = setInterval(() => {
        idle = queued === 0 || steps !== stepsBefore ? 0 : idle + 1;
        stepsBefore = steps;
        if (idle < IDLE_LOOKS) return;
        clearInterval(timer);
        fail(goneReader());
      }, ms / IDLE_LOOKS);
    },
    async abandon() {
      fail(goneReader());
      await pumping;
    },
  };
}

const goneReader = (): Error => Object.assign(new Error("nobody reads any more"), { code: "EPIPE" });

/** What a {@link ByteWriter} is given, as parts. */
export function partsOf(data: Uint8Array | string | readonly Uint8Array[]): readonly Uint8Array[] {
  if (typeof data === "string") return [encodeUtf8(data)];
  return data instanceof Uint8Array ? [data] : data;
}

/** Whether a write failed because the reader has gone, which ends a program quietly. */
export const isReaderGone = (error: unknown) => ["EPIPE", "ECONNRESET"].includes(codeOf(error) ?? "");

/** A catch handler for a write whose reader may have gone, and for a read of what such a one has left. */
export function unlessReaderGone(error: unknown): void {
  if (!isReaderGone(error)) throw error;
}
