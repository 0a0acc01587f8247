/** Reading streams of bytes, a piece at a time and no faster than is asked for. */

import { closeSync } from "node:fs";

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

/** A read that gives as much as this is one of many: more is on its way. */
const BULK_BYTES = 16 * 1024;
/** A read that gives as much as this need not become larger. */
const LARGE_BYTES = 128 * 1024;
/** How long such a stream is left to gather before it is read on. */
const GATHER_MS = 1;

/**
 * Reads `fd`, one of a socketpair, and closes it in the end. What arrives in many small pieces is left alone for a moment between
 * reads, and then read in one: waking up for each would cost more than all else that is done with them.
 */
export function sourceOfSocket(fd: number): Source {
  const chunks: Uint8Array[] = [];
  let latest = 0;
  let ended = false;
  let failed: { error: unknown } | undefined;
  let wake = () => {};
  const end = () => {
    ended = true;
    wake();
  };
  // What was not read to its end has none.
  const fail = (error: unknown) => {
    failed ??= { error };
    end();
  };
  const handlers: Bun.SocketHandler = {
    data(socket, chunk) {
      socket.pause();
      chunks.push(chunk);
      wake();
    },
    end,
    close: end,
    error: (_socket, error) => fail(error),
  };
  // Bun.FdSocketOptions says what it takes; the overloads of `connect` do not yet.
  const connecting = Bun.connect({ fd, socket: handlers } as unknown as Bun.UnixSocketOptions);
  const connected = connecting.catch((error: unknown) => {
    closeSync(fd);
    fail(error);
    return undefined;
  });
  return {
    async read() {
      if (chunks.length === 0 && !ended) {
        if (latest >= BULK_BYTES && latest < LARGE_BYTES) await Bun.sleep(GATHER_MS);
        (await connected)?.resume();
        while (chunks.length === 0 && !ended) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
      if (chunks.length === 0 && failed !== undefined) throw failed.error;
      const chunk = chunks.shift();
      latest = chunk?.length ?? 0;
      return chunk;
    },
    async close() {
      end();
      (await connected)?.terminate();
    },
  };
}
