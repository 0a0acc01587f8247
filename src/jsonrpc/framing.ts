/** One message a line: bytes in arbitrary pieces → whole lines, with a limit on how much of one is held. */

import { NEWLINE } from "../text.ts";

/** Bytes kept of the end of a line that is too long. */
const TAIL_BYTES = 1024;

export type Frame =
  | { kind: "line"; bytes: Uint8Array }
  /** A line over the limit; what was held of it, and no more, is given. The rest is skipped as it arrives. */
  | { kind: "oversized"; head: Uint8Array }
  /** The end of a line that was oversized: the last of its bytes. */
  | { kind: "skipped"; tail: Uint8Array }
  /** Some of the bytes that were taken, as many as have come. */
  | { kind: "raw"; bytes: Uint8Array };

export function createLineDecoder(maxBytes: number) {
  let parts: Uint8Array[] = [];
  let heldBytes = 0;
  /** The last bytes of a line that is being skipped. */
  let skipped: Uint8Array | undefined;
  let rawBytes = 0;

  function release(tail: Uint8Array): Uint8Array {
    const line = parts.length === 0 ? tail : Buffer.concat([...parts, tail]);
    parts = [];
    heldBytes = 0;
    return line;
  }

  /** The frames that `chunk` completes, each made when it is asked for: its reader may call `expectRaw` first. Lines may be views into the chunk: use them before it is reused. */
  function* push(chunk: Uint8Array): Generator<Frame> {
    for (let rest = chunk; rest.length > 0; ) {
      if (rawBytes > 0) {
        const bytes = rest.subarray(0, rawBytes);
        rest = rest.subarray(bytes.length);
        rawBytes -= bytes.length;
        yield { kind: "raw", bytes };
        continue;
      }
      const at = rest.indexOf(NEWLINE);
      const piece = at === -1 ? rest : rest.subarray(0, at);
      // The newline of a line that has just become too long is left: its end is a frame of its own.
      const tooLong = skipped === undefined && heldBytes + piece.length > maxBytes;
      rest = rest.subarray(at === -1 || tooLong ? piece.length : at + 1);
      if (skipped !== undefined) {
        const tail = lastOf(skipped, piece);
        skipped = at === -1 ? tail : undefined;
        if (at !== -1) yield { kind: "skipped", tail };
      } else if (tooLong) {
        const room = maxBytes - heldBytes;
        const head = release(piece.subarray(0, room));
        skipped = lastOf(head, piece.subarray(room));
        yield { kind: "oversized", head };
      } else if (at === -1) {
        parts.push(piece);
        heldBytes += piece.length;
      } else {
        yield { kind: "line", bytes: withoutMark(release(piece)) };
      }
    }
  }

  return {
    push,
    /** The next `bytes` bytes, behind the frame that was given last, are no lines. */
    expectRaw(bytes: number): void {
      rawBytes = bytes;
    },
    /** Of a line that has not ended, and is not too long. */
    heldBytes: () => heldBytes,
    /** Nothing of a line has come that has not ended, and no bytes are to come. */
    isBetweenLines: () => heldBytes === 0 && skipped === undefined && rawBytes === 0,
    /** What is left without its newline when the stream ends, or undefined. */
    end(): Uint8Array | undefined {
      const rest = release(new Uint8Array(0));
      return rest.length === 0 ? undefined : rest;
    },
  };
}

const lastOf = (before: Uint8Array, rest: Uint8Array): Uint8Array =>
  Buffer.concat([before.subarray(-TAIL_BYTES), rest.subarray(-TAIL_BYTES)]).slice(-TAIL_BYTES);

/** Some programs begin what they write with a byte order mark, and some each line: on Windows above all. */
const withoutMark = (line: Uint8Array): Uint8Array =>
  line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf ? line.subarray(3) : line;
