/** Reading what a server says, a few messages at a time: a flood of them costs neither memory nor the turn of a signal. */

import { parseLine } from "../jsonrpc/message.ts";
import { OUTPUT } from "../mcp/extension.ts";
import { createStdioReader, type Incoming } from "../mcp/stdio.ts";
import { chunksOf, type Source } from "../process/source.ts";
import { createTurns } from "../process/waiting.ts";
import { decodeLossily } from "../text.ts";

const AT_ONCE = 200;
/** Bytes that are looked at before it is asked whose turn it is: they may hold no message at all. */
const SLICE_BYTES = 128 * 1024;
/** After so many messages the garbage is collected: of a flood, the engine would leave too much lying. */
const UNCOLLECTED = 10_000;

/** Has a server's messages taken, in their order, to the end of what it says; `onChunk` is called before those of each chunk. */
export async function readMessages(
  source: Source,
  onChunk: () => void,
  take: (message: Incoming) => Promise<void>,
): Promise<void> {
  const reader = createStdioReader(OUTPUT);
  const turn = createTurns();
  let uncollected = 0;
  let taking: Promise<void>[] = [];

  async function settle(): Promise<void> {
    await Promise.all(taking);
    uncollected += taking.length;
    taking = [];
    await turn();
  }

  for await (const chunk of chunksOf(source)) {
    onChunk();
    for (let start = 0; start < chunk.length; start += SLICE_BYTES) {
      for (const message of reader.push(chunk.subarray(start, start + SLICE_BYTES)))
        if (taking.push(take(message)) === AT_ONCE) await settle();
      await settle();
    }
    if (uncollected < UNCOLLECTED) continue;
    uncollected = 0;
    Bun.gc(true);
  }
  // A last line without its newline counts, unless it is the beginning of a message: then the server was killed, and half a message tells a person nothing.
  const bytes = reader.end();
  if (bytes !== undefined && (parseLine(bytes) !== undefined || !decodeLossily(bytes).startsWith("{")))
    await take({ kind: "line", bytes });
}
