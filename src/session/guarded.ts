/** A client's lines on their way to what has not yet shown that it is a server: in a form that no shell can act on, or not yet. */

import { parseLine } from "../jsonrpc/message.ts";
import { shellSafe } from "../mcp/stdio.ts";
import { decodeLossily } from "../text.ts";

export interface Guarded {
  /** What may be sent of what came so far: whole messages. A line that is none, or long, is kept, with all that comes behind it. */
  take(chunk: Uint8Array): Uint8Array;
  /** Whether so much is kept that no more should be taken. */
  isFull(): boolean;
  /** Whether something is kept but for the beginning of a line. */
  holds(): boolean;
  /** All that has been kept, as it came. */
  rest(): Uint8Array;
  /** The same, made of nothing but plain characters: no server could have read it, and has the same to say of this. */
  plain(): Uint8Array;
}

const NEWLINE = 0x0a;
const KEPT_MAX = 16 * 1024 * 1024;
/** Bytes of a message that is put into another form: what is longer waits until there is a server. */
const EARLY_MAX = 1024 * 1024;
/** A blank outside of a text would end a word, and `{` alone is one to a shell. */
const BLANKS = /("(?:[^"\\]|\\.)*")|\s+/gs;

export function createGuarded(): Guarded {
  let kept: Uint8Array[] = [];
  let holding = false;
  let bytes = 0;

  function rest(): Uint8Array {
    const all = Buffer.concat(kept);
    kept = [];
    holding = false;
    bytes = 0;
    return all;
  }

  return {
    take(chunk) {
      kept.push(Uint8Array.from(chunk));
      bytes += chunk.length;
      if (holding || !chunk.includes(NEWLINE)) return new Uint8Array(0);
      const all = rest();
      const messages: string[] = [];
      let start = 0;
      for (let end = all.indexOf(NEWLINE); end !== -1; end = all.indexOf(NEWLINE, start)) {
        const message = guarded(all.subarray(start, end));
        holding = message === undefined;
        if (message === undefined) break;
        messages.push(`${message}\n`);
        start = end + 1;
      }
      if (start < all.length) kept.push(all.subarray(start));
      bytes = all.length - start;
      return Buffer.from(messages.join(""));
    },
    isFull: () => bytes > KEPT_MAX,
    holds: () => holding,
    rest,
    plain: () =>
      Buffer.from(
        decodeLossily(rest())
          .split("\n")
          .slice(0, -1)
          .map((line) => `{${line.replace(/[^A-Za-z0-9_.,:/=@%+-]/g, "_")}\n`)
          .join(""),
      ),
  };
}

/** undefined for what is no message, or too long a one. */
function guarded(line: Uint8Array): string | undefined {
  if (line.length > EARLY_MAX) return undefined;
  const text = decodeLossily(line).replace(/^\ufeff/, "");
  if (text.trim() === "") return "";
  if (parseLine(Buffer.from(text)) === undefined) return undefined;
  return shellSafe(text.replace(BLANKS, "$1"));
}
