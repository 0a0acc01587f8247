/** Lines of our own between those of somebody else, whose bytes are passed on as they are. */

import { announcedByClient } from "../mcp/server.ts";
import { concat, encodeUtf8 } from "../text.ts";

const NEWLINE = 0x0a;
/** A line that announces bytes is no longer than this. */
const HEAD_MAX = 4096;

export interface BetweenLines {
  /** Passes somebody else's bytes on. */
  pass(chunk: Uint8Array): Promise<void>;
  /** Writes our line, at once or when theirs has ended. Of several that wait, the last is written. */
  insert(line: string): Promise<void>;
}

export function betweenLines(write: (bytes: Uint8Array) => Promise<void>): BetweenLines {
  /** What came of the line that has not ended, as much as may announce something. */
  let head: Uint8Array = new Uint8Array(0);
  let inLine = false;
  /** Bytes still to come that are no lines of theirs. */
  let announced = 0;
  let waiting: Uint8Array | undefined;

  /** Goes over `chunk`; where in it a line of ours may stand first, or -1. */
  function scan(chunk: Uint8Array): number {
    let first = -1;
    for (let at = 0; at < chunk.length; ) {
      if (announced > 0) {
        const bytes = Math.min(announced, chunk.length - at);
        announced -= bytes;
        at += bytes;
        continue;
      }
      const end = chunk.indexOf(NEWLINE, at);
      const piece = chunk.subarray(at, end === -1 ? chunk.length : end);
      if (head.length <= HEAD_MAX) head = concat([head, piece.subarray(0, HEAD_MAX + 1)]);
      inLine = end === -1;
      if (inLine) break;
      const bytes = head.length <= HEAD_MAX ? announcedByClient(head)?.length : undefined;
      // Behind them is a line feed, which is not one of them.
      announced = bytes === undefined ? 0 : bytes + 1;
      head = new Uint8Array(0);
      at = end + 1;
      if (announced === 0 && first === -1) first = at;
    }
    return first;
  }

  return {
    pass(chunk) {
      const at = scan(chunk);
      if (waiting === undefined || at === -1) return write(chunk);
      const ours = waiting;
      waiting = undefined;
      return write(concat([chunk.subarray(0, at), ours, chunk.subarray(at)]));
    },
    async insert(line) {
      const ours = encodeUtf8(`${line}\n`);
      if (inLine || announced > 0) waiting = ours;
      else await write(ours);
    },
  };
}
