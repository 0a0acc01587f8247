/** The beginning of what a server says: past what a shell's start-up files have printed, up to its first message. */

import { readLine } from "../mcp/line.ts";
import { concat } from "../text.ts";

const NEWLINE = 0x0a;

export interface Opening {
  /** Everything from the first message on, as it came; undefined: there has been none. */
  take(chunk: Uint8Array): Uint8Array | undefined;
  /** What is left without the end of its line when the stream ends, where that is a message. */
  end(): Uint8Array | undefined;
}

/** `onNoise` takes what is no message, a line at a time, with its line break. */
export function createOpening(onNoise: (line: Uint8Array) => void): Opening {
  let held: Uint8Array[] = [];

  /** The message that `line` ends with; what is before it is noise. */
  function messageIn(line: Uint8Array): Uint8Array | undefined {
    const { messages, noise } = readLine(line);
    if (noise !== undefined && line.length > 0) onNoise(concat([noise, Uint8Array.of(NEWLINE)]));
    return messages.length === 0 ? undefined : line.subarray(noise?.length ?? 0);
  }

  function takeHeld(tail: Uint8Array): Uint8Array {
    const line = held.length === 0 ? tail : concat([...held, tail]);
    held = [];
    return line;
  }

  return {
    take(chunk) {
      let rest = chunk;
      for (let at = rest.indexOf(NEWLINE); at !== -1; at = rest.indexOf(NEWLINE)) {
        const message = messageIn(takeHeld(rest.subarray(0, at)));
        if (message !== undefined) return concat([message, rest.subarray(at)]);
        rest = rest.subarray(at + 1);
      }
      if (rest.length > 0) held.push(rest.slice());
      return undefined;
    },
    end() {
      const line = takeHeld(new Uint8Array(0));
      return line.length === 0 ? undefined : messageIn(line);
    },
  };
}
