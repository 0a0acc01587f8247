/** Reading streams of bytes, a piece at a time and no faster than is asked for. */

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
  let wake = () => {};
  const end = () => {
    ended = true;
    wake();
  };
  const handlers: Bun.SocketHandler = {
    data(socket, chunk) {
      socket.pause();
      chunks.push(chunk);
      wake();
    },
    end,
    close: end,
    error: end,
    connectError: end,
  };
  // Bun.FdSocketOptions says what it takes; the overloads of `connect` do not yet.
  const connected = Bun.connect({ fd, socket: handlers } as unknown as Bun.UnixSocketOptions);
  connected.catch(end);
  return {
    async read() {
      if (chunks.length === 0 && !ended) {
        if (latest >= BULK_BYTES && latest < LARGE_BYTES) await Bun.sleep(GATHER_MS);
        const socket = await connected.catch(() => undefined);
        socket?.resume();
        while (chunks.length === 0 && !ended) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
      const chunk = chunks.shift();
      latest = chunk?.length ?? 0;
      return chunk;
    },
    async close() {
      end();
      const socket = await connected.catch(() => undefined);
      socket?.terminate();
    },
  };
}
