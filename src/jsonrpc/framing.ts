/** One message a line: bytes in arbitrary pieces → whole lines, with a limit on how much of one is held. */

const NEWLINE = 0x0a;
const RETURN = 0x0d;

export type Frame =
  | { kind: "line"; bytes: Uint8Array }
  /** A line over the limit; what was held of it, and no more, is given. The rest is skipped as it arrives. */
  | { kind: "oversized"; head: Uint8Array };

export interface LineDecoder {
  /** The frames that `chunk` completes, in order. Empty lines are skipped; a `\r` before the `\n` is dropped. */
  push(chunk: Uint8Array): Frame[];
  /** What is left without its newline when the stream ends, or undefined. */
  end(): Uint8Array | undefined;
}

/** Lines are views into the chunks wherever a line arrived whole, so consume them before the chunk is reused. */
export function createLineDecoder(maxBytes: number): LineDecoder {
  let parts: Uint8Array[] = [];
  let held = 0;
  let skipping = false;

  function take(tail: Uint8Array): Uint8Array {
    if (parts.length === 0) return tail;
    const line = Buffer.concat([...parts, tail]);
    parts = [];
    held = 0;
    return line;
  }

  function complete(tail: Uint8Array): Frame | undefined {
    if (skipping) {
      skipping = false;
      return undefined;
    }
    if (held + tail.length > maxBytes)
      return { kind: "oversized", head: take(tail.subarray(0, maxBytes - held)) };
    const line = take(tail);
    const bytes = line.at(-1) === RETURN ? line.subarray(0, -1) : line;
    return bytes.length === 0 ? undefined : { kind: "line", bytes };
  }

  function hold(rest: Uint8Array): Frame | undefined {
    if (skipping || rest.length === 0) return undefined;
    if (held + rest.length > maxBytes) {
      const head = take(rest.subarray(0, maxBytes - held));
      skipping = true;
      return { kind: "oversized", head };
    }
    parts.push(rest);
    held += rest.length;
    return undefined;
  }

  return {
    push(chunk) {
      const frames: Frame[] = [];
      let start = 0;
      for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, start)) {
        const frame = complete(chunk.subarray(start, at));
        if (frame !== undefined) frames.push(frame);
        start = at + 1;
      }
      const frame = hold(chunk.subarray(start));
      if (frame !== undefined) frames.push(frame);
      return frames;
    },
    end() {
      const rest = take(new Uint8Array(0));
      return skipping || rest.length === 0 ? undefined : rest;
    },
  };
}
