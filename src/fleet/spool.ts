/** A stream of bytes that is kept until it is over: in memory, and from some length on in a file without a name. */

import { openSpoolFile } from "../files/private-files.ts";

export interface Spool {
  add(bytes: Uint8Array): void;
  size(): number;
  /** The same for equal contents. */
  digest(): string;
  /** What was added, in pieces of a bounded size, each but the last of whole threes of bytes, as base64 has them. */
  pieces(): Generator<Uint8Array>;
  close(): void;
}

const PIECE_BYTES = 3 * 64 * 1024;

/** `onSpill` is told once, when `limit` bytes are passed and a file takes all. */
export function createSpool(limit: number, onSpill: () => void): Spool {
  const hash = new Bun.CryptoHasher("sha256");
  let held: Uint8Array[] = [];
  let size = 0;
  let file: ReturnType<typeof openSpoolFile> | undefined;

  return {
    add(bytes) {
      if (bytes.length === 0) return;
      hash.update(bytes);
      size += bytes.length;
      if (file === undefined && size > limit) {
        file = openSpoolFile();
        for (const part of held) file.append(part);
        held = [];
        onSpill();
      }
      // A copy: what it is part of may be large, and belongs to somebody else.
      if (file === undefined) held.push(bytes.slice());
      else file.append(bytes);
    },
    size: () => size,
    digest: () => `${size} ${hash.copy().digest("hex")}`,
    *pieces() {
      if (file === undefined) return yield Buffer.concat(held);
      for (let at = 0; at < size; at += PIECE_BYTES) yield file.read(at, Math.min(PIECE_BYTES, size - at));
    },
    close() {
      held = [];
      file?.close();
    },
  };
}
