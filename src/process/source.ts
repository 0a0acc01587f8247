/** Reading streams of bytes, a piece at a time: no faster than is asked for, or so far ahead as memory allows. */

import { toldElsewhere } from "../errors.ts";

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
      await reader.cancel().catch(toldElsewhere);
      release();
    },
  };
}

/** The same as `source`, read up to `limit` bytes ahead; `heard` is called whenever something has come. */
export function readAhead(source: Source, limit: number, heard: () => void): Source {
  const chunks: Uint8Array[] = [];
  let held = 0;
  let ended = false;
  let failed: { error: unknown } | undefined;
  let wakeReader = () => {};
  let wakePump = () => {};

  async function pump(): Promise<void> {
    try {
      for (let chunk = await source.read(); chunk !== undefined; chunk = await source.read()) {
        heard();
        chunks.push(chunk);
        held += chunk.length;
        wakeReader();
        while (held > limit && !ended) await new Promise<void>((resolve) => (wakePump = resolve));
      }
    } catch (error) {
      failed = { error };
    }
    ended = true;
    wakeReader();
  }
  void pump();

  return {
    async read() {
      while (chunks.length === 0 && !ended) await new Promise<void>((resolve) => (wakeReader = resolve));
      const chunk = chunks.shift();
      if (chunk === undefined && failed !== undefined) throw failed.error;
      held -= chunk?.length ?? 0;
      wakePump();
      return chunk;
    },
    async close() {
      ended = true;
      chunks.length = 0;
      wakePump();
      wakeReader();
      await source.close();
    },
  };
}

/** Reads `source` to its end and keeps `limit` bytes; the rest is read and forgotten. `onChunk` is waited for before it is read on. */
export function collect(
  source: Source | undefined,
  limit: number,
  onChunk: (chunk: Uint8Array) => void | Promise<void> = () => {},
) {
  const kept: Uint8Array[] = [];
  let size = 0;
  async function read(): Promise<void> {
    for (let chunk = await source?.read(); chunk !== undefined; chunk = await source?.read()) {
      if (size < limit) kept.push(new Uint8Array(chunk.subarray(0, limit - size)));
      size += chunk.length;
      await onChunk(chunk);
    }
  }
  return {
    /** Resolves at its end; rejects where it cannot be read, or `onChunk` rejects. */
    ended: read(),
    bytes: () => Buffer.concat(kept),
    /** Bytes in all. */
    size: () => size,
  };
}
