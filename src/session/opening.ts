/** The beginning of what a server says: past what a shell's start-up files have printed, up to its first message. */

import { readLine } from "../mcp/stdio.ts";

const NEWLINE = 0x0a;
/** Pieces of lines that may lie about. */
const UNCOLLECTED = 10_000;
/** Bytes that are searched for lines before what was found is told. */
const SLICE_BYTES = 64 * 1024;
const BREAK = Uint8Array.of(NEWLINE);

export interface Opening {
  /** Everything from the first message on, as it came; undefined: there has been none. */
  take(chunk: Uint8Array): Uint8Array | undefined;
  /** What is left without the end of its line when the stream ends, where that is a message. */
  end(): Uint8Array | undefined;
}

/** `onNoise` takes what is no message, in whole lines: as many at once as there are. */
export function createOpening(onNoise: (line: Uint8Array) => void): Opening {
  let held: Uint8Array[] = [];
  let noises: Uint8Array[] = [];

  function tellNoise(): void {
    if (noises.length > 0) onNoise(Buffer.concat(noises));
    const many = noises.length > UNCOLLECTED;
    noises = [];
    // The engine does not think so much of so many small pieces by itself.
    if (many) Bun.gc(true);
  }

  /** The message that `line` ends with; what is before it is noise. */
  function messageIn(line: Uint8Array): Uint8Array | undefined {
    const { messages, noise } = readLine(line);
    if (noise !== undefined && line.length > 0) noises.push(noise, BREAK);
    return messages.length === 0 ? undefined : line.subarray(noise?.length ?? 0);
  }

  function takeHeld(tail: Uint8Array): Uint8Array {
    const line = held.length === 0 ? tail : Buffer.concat([...held, tail]);
    held = [];
    return line;
  }

  function search(chunk: Uint8Array): Uint8Array | undefined {
    let rest = chunk;
    for (let at = rest.indexOf(NEWLINE); at !== -1; at = rest.indexOf(NEWLINE)) {
      const message = messageIn(takeHeld(rest.subarray(0, at)));
      if (message !== undefined) return Buffer.concat([message, rest.subarray(at)]);
      rest = rest.subarray(at + 1);
    }
    if (rest.length > 0) held.push(rest.slice());
    return undefined;
  }

  return {
    take(chunk) {
      for (let start = 0; start < chunk.length; start += SLICE_BYTES) {
        const end = start + SLICE_BYTES;
        const found = search(chunk.subarray(start, end));
        tellNoise();
        if (found !== undefined)
          return end < chunk.length ? Buffer.concat([found, chunk.subarray(end)]) : found;
      }
      return undefined;
    },
    end() {
      const line = takeHeld(new Uint8Array(0));
      const found = line.length === 0 ? undefined : messageIn(line);
      tellNoise();
      return found;
    },
  };
}
