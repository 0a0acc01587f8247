/**
 * One message a line: bytes in arbitrary pieces → whole lines, with a limit on how much of one is held. A line may announce bytes
 * that follow it, which are no lines.
 */

import { concat } from "../text.ts";
import type { JsonObject } from "./message.ts";

const NEWLINE = 0x0a;
const RETURN = 0x0d;
/** Bytes kept of the end of a line that is too long. */
const TAIL_BYTES = 1024;

export type Frame =
  | { kind: "line"; bytes: Uint8Array }
  /** A line over the limit; what was held of it, and no more, is given. The rest is skipped as it arrives. */
  | { kind: "oversized"; head: Uint8Array }
  /** The end of a line that was oversized: the last of its bytes. */
  | { kind: "skipped"; tail: Uint8Array }
  /** The next of the bytes that a notification with these params announced, as many as have come. */
  | { kind: "announced"; params: JsonObject; bytes: Uint8Array };

/** Some programs begin what they write with a byte order mark, on Windows above all. */
function withoutMark(line: Uint8Array): Uint8Array {
  return line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf ? line.subarray(3) : line;
}

/** What a line says of the bytes behind it. */
export interface Announcement {
  params: JsonObject;
  length: number;
}

export interface LineDecoder {
  /** The frames that `chunk` completes, in order. Empty lines are skipped; a `\r` before the `\n` is dropped. */
  push(chunk: Uint8Array): Frame[];
  /** What is left without its newline when the stream ends, or undefined. */
  end(): Uint8Array | undefined;
}

/**
 * Lines are views into the chunks wherever a line arrived whole, so consume them before the chunk is reused. A line for which
 * `announcement` gives one is no frame itself.
 */
export function createLineDecoder(
  maxBytes: number,
  announcement: (line: Uint8Array) => Announcement | undefined,
): LineDecoder {
  let parts: Uint8Array[] = [];
  let held = 0;
  let first = true;
  let skipping = false;
  let last: Uint8Array = new Uint8Array(0);
  let announced: Announcement | undefined;

  function take(tail: Uint8Array): Uint8Array {
    if (parts.length === 0) return tail;
    const line = concat([...parts, tail]);
    parts = [];
    held = 0;
    return line;
  }

  function complete(tail: Uint8Array): Frame | undefined {
    if (skipping) {
      skipping = false;
      return { kind: "skipped", tail: keepLast(tail) };
    }
    const line = first ? withoutMark(take(tail)) : take(tail);
    first = false;
    const bytes = line[line.length - 1] === RETURN ? line.subarray(0, -1) : line;
    announced = announcement(bytes);
    return bytes.length === 0 || announced !== undefined ? undefined : { kind: "line", bytes };
  }

  function keepLast(rest: Uint8Array): Uint8Array {
    last = concat([last, rest.subarray(-TAIL_BYTES)]).slice(-TAIL_BYTES);
    return last;
  }

  function hold(rest: Uint8Array): Frame | undefined {
    if (skipping) {
      keepLast(rest);
      return undefined;
    }
    if (held + rest.length > maxBytes) {
      const room = maxBytes - held;
      const head = take(rest.subarray(0, room));
      skipping = true;
      last = head.slice(-TAIL_BYTES);
      keepLast(rest.subarray(room));
      return { kind: "oversized", head };
    }
    parts.push(rest);
    held += rest.length;
    return undefined;
  }

  /** What `rest` begins with, and how many of its bytes that took. */
  function next(rest: Uint8Array): [Frame | undefined, used: number] {
    if (announced !== undefined) return follow(announced, rest);
    const at = rest.indexOf(NEWLINE);
    const line = at === -1 ? rest : rest.subarray(0, at);
    // The newline of one that has just become too long is left: its end is a frame of its own.
    const tooLong = !skipping && held + line.length > maxBytes;
    return at === -1 || tooLong ? [hold(line), line.length] : [complete(line), at + 1];
  }

  function follow({ params, length }: Announcement, rest: Uint8Array): [Frame, used: number] {
    const bytes = rest.subarray(0, length);
    announced = bytes.length < length ? { params, length: length - bytes.length } : undefined;
    return [{ kind: "announced", params, bytes }, bytes.length];
  }

  return {
    push(chunk) {
      const frames: Frame[] = [];
      for (let start = 0; start < chunk.length; ) {
        const [frame, used] = next(chunk.subarray(start));
        if (frame !== undefined) frames.push(frame);
        start += used;
      }
      return frames;
    },
    end() {
      const rest = take(new Uint8Array(0));
      return skipping || rest.length === 0 ? undefined : rest;
    },
  };
}
