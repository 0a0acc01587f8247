/** A stream of bytes that is kept until it is over: in memory, and from some length on in a file without a name. */

import { tmpdir } from "node:os";
import { RunspecError, reasonOf } from "../errors.ts";
import { openSpoolFile } from "../files/private-files.ts";

/** Whole threes of bytes, as base64 has them. */
const PIECE_BYTES = 3 * 64 * 1024;

export type Spool = ReturnType<typeof createSpool>;

/** `onSpill` is told once, when `limit` bytes are passed and a file takes all. */
export function createSpool(limit: number, onSpill: () => void) {
  const hash = new Bun.CryptoHasher("sha256");
  let held: Uint8Array[] = [];
  let size = 0;
  let file: ReturnType<typeof openSpoolFile> | undefined;
  /** Nothing is kept any more: a part of it would pass for the whole. */
  let broken: RunspecError | undefined;

  function spill(bytes: Uint8Array): void {
    if (file === undefined) onSpill();
    try {
      file ??= openSpoolFile();
      for (const part of [...held, bytes]) file.append(part);
      held = [];
    } catch (error) {
      const what = `its output cannot be kept in a file in ${tmpdir()}: ${reasonOf(error)}`;
      const hint = "set TMPDIR to a directory that has room, and that you may write to";
      broken = new RunspecError(what, { hint, cause: error });
      held = [];
      size = 0;
      throw broken;
    }
  }

  return {
    add(bytes: Uint8Array): void {
      if (broken !== undefined) throw broken;
      if (bytes.length === 0) return;
      hash.update(bytes);
      size += bytes.length;
      // A copy: what it is part of may be large, and belongs to somebody else.
      if (size <= limit) held.push(new Uint8Array(bytes));
      else spill(bytes);
    },
    size: () => size,
    digest: () => `${size} ${hash.copy().digest("hex")}`,
    /** What was added, in pieces of a bounded size. */
    *pieces(): Generator<Uint8Array> {
      if (file === undefined) return yield Buffer.concat(held);
      for (let at = 0; at < size; at += PIECE_BYTES) yield file.read(at, Math.min(PIECE_BYTES, size - at));
    },
    close(): void {
      held = [];
      file?.close();
    },
  };
}
