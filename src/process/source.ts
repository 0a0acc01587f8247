/** Reading streams of bytes, a piece at a time: no faster than is asked for, or so far ahead as memory allows. */

import { handledElsewhere } from "../errors.ts";

export interface Source {
  /** The next bytes, or undefined at the end. */
  read(): Promise<Uint8Array | undefined>;
  /** Stops reading and gives the descriptor back; a read under way ends. */
  close(): Promise<void>;
}

export const EMPTY: Source = { read: async () => undefined, async close() {} };

export async function* chunksOf(source: Source): AsyncGenerator<Uint8Array> {
  for (let chunk = await source.read(); chunk !== undefined; chunk = await source.read()) yield chunk;
}

export function sourceOf(stream: ReadableStream<Uint8Array>): Source {
  const reader = stream.getReader();
  const read = async () => (await reader.read()).value;
  return { read, close: () => reader.cancel().catch(handledElsewhere) };
}

/** `source`, read up to `limit` bytes ahead; `heard` is called whenever something has come. */
export function readAhead(source: Source, limit: number, heard: () => void): Source {
  let closed = false;
  // A stream that is told of a failure forgets what it still has, so it is told of an end.
  let failed: { error: unknown } | undefined;
  const ahead = sourceOf(
    new ReadableStream<Uint8Array>(
      {
        async pull(stream) {
          const chunk = await source.read().catch((error: unknown) => {
            failed = { error };
            return undefined;
          });
          if (closed) return;
          if (chunk === undefined) return stream.close();
          heard();
          stream.enqueue(chunk);
        },
        cancel() {
          closed = true;
          return source.close();
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: limit }),
    ),
  );
  return {
    async read() {
      const chunk = await ahead.read();
      if (chunk === undefined && failed !== undefined && !closed) throw failed.error;
      return chunk;
    },
    close: ahead.close,
  };
}

/** Reads `source` to its end and keeps `limit` bytes; the rest is read and forgotten. `onChunk` is waited for before it is read on. */
export function collect(
  source: Source,
  limit: number,
  onChunk: (chunk: Uint8Array) => void | Promise<void> = () => {},
): { ended: Promise<void>; bytes(): Buffer; size(): number } {
  const kept: Uint8Array[] = [];
  let size = 0;
  async function read(): Promise<void> {
    for await (const chunk of chunksOf(source)) {
      if (size < limit) kept.push(new Uint8Array(chunk.subarray(0, limit - size)));
      size += chunk.length;
      await onChunk(chunk);
    }
  }
  return {
    /** Resolves at its end; rejects where it cannot be read, or `onChunk` rejects. */
    ended: read(),
    bytes: () => Buffer.concat(kept),
    size: () => size,
  };
}
