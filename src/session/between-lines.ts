/** Lines of our own between those of somebody else, whose bytes are passed on as they are. */

import { INPUT } from "../mcp/extension.ts";
import { createStdioReader } from "../mcp/stdio.ts";
import { encodeUtf8 } from "../text.ts";

/** A line that bytes follow is no longer than this; of a longer one only the end matters. */
const HEAD_MAX = 4096;

export function betweenLines(write: (bytes: Uint8Array) => Promise<void>) {
  const reader = createStdioReader(INPUT, HEAD_MAX);
  let waiting: Uint8Array | undefined;
  async function flush(): Promise<void> {
    const ours = waiting;
    if (ours === undefined || !reader.isBetweenLines()) return;
    waiting = undefined;
    await write(ours);
  }

  return {
    async pass(chunk: Uint8Array): Promise<void> {
      // Read only to know where their lines end.
      for (const _ of reader.push(new Uint8Array(chunk)));
      await write(chunk);
      await flush();
    },
    /** Writes our line, at once or when a chunk of theirs has ended with a line. Of several that wait, the last is written. */
    insert(line: string): Promise<void> {
      waiting = encodeUtf8(`${line}\n`);
      return flush();
    },
  };
}
