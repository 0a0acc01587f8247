/** The beginning of what a server says: past what a shell's start-up files have printed, up to its first message. */

import { createLineDecoder } from "../jsonrpc/framing.ts";
import { readLine } from "../mcp/stdio.ts";

const LINE_FEED = Uint8Array.of(0x0a);

export function createOpening(
  lineMax: number,
  events: {
    /** Takes what is no message, in whole lines: as many at once as there are. */
    noise(lines: Uint8Array): void;
    /** The first message, which is given out next. */
    message(line: Uint8Array): void;
    /** Whether its client has said it: a shell's terminal may echo what it reads. */
    isEcho(line: Uint8Array): boolean;
    /** A line has become longer than any start-up noise. */
    tooLong(): void;
  },
): { take(chunk: Uint8Array): Uint8Array[]; end(): Uint8Array[] } {
  const decoder = createLineDecoder(lineMax);
  let noises: Uint8Array[] = [];

  /** The message that `line` ends with; what stands before it is noise. */
  function messageIn(line: Uint8Array): Uint8Array | undefined {
    const { messages, noise } = readLine(line);
    const message = messages.length === 0 ? undefined : line.subarray(noise?.length);
    const isServer = message !== undefined && !events.isEcho(message);
    const before = isServer ? noise : line;
    if (before !== undefined && line.length > 0) noises.push(before, LINE_FEED);
    return isServer ? message : undefined;
  }

  function tellNoise(): void {
    if (noises.length > 0) events.noise(Buffer.concat(noises));
    noises = [];
  }

  return {
    /** What of `chunk` is the server's: everything from the first message on, as it came. */
    take(chunk: Uint8Array): Uint8Array[] {
      const parts: Uint8Array[] = [];
      for (const frame of decoder.push(chunk)) {
        if (frame.kind === "raw") parts.push(frame.bytes);
        if (frame.kind === "oversized") events.tooLong();
        const message = frame.kind === "line" ? messageIn(frame.bytes) : undefined;
        if (message === undefined) continue;
        decoder.expectRaw(Infinity);
        parts.push(message, LINE_FEED);
        events.message(message);
      }
      tellNoise();
      return parts;
    },
    /** What is the server's of a last line without its end, when the stream ends. */
    end(): Uint8Array[] {
      const line = decoder.end();
      const message = line && messageIn(line);
      tellNoise();
      return message === undefined ? [] : [message];
    },
  };
}
