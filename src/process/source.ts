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
