/** The way of a client's bytes to its server: until that has spoken, only what no shell acts on; then as they came, with lines of ours in between. */

import { readerGone } from "../errors.ts";
import type { Ssh } from "../hosts/ssh-process.ts";
import { createKeepAlive, leaseIn } from "../mcp/client/keep-alive.ts";
import { ALIVE, INPUT } from "../mcp/extension.ts";
import { createStdioReader } from "../mcp/stdio.ts";
import { createLatch } from "../process/once.ts";
import { encodeUtf8 } from "../text.ts";
import { createEarlyMessages } from "./early-messages.ts";

/** How long what is kept waits for a server that has been asked nothing, once the client has gone. */
const HELD_MS = 2000;
/** Bytes of a line that are held until its end: a client that stalls within one would keep our lines away, and so end its lease. */
const UNENDED_MAX = 64 * 1024;

export function createWayToServer(stdin: Ssh["stdin"]) {
  const early = createEarlyMessages();
  // Where ssh takes no more, its end says why.
  const lines = betweenLines((bytes) => stdin.write(bytes).catch(readerGone));
  const keepAlive = createKeepAlive((params) =>
    lines.insert(JSON.stringify({ jsonrpc: "2.0", method: ALIVE, params })),
  );
  /** The server has said its first message. */
  const spoken = createLatch();
  const clientGone = createLatch();

  /** What was kept until the server would speak; and a line without its end. */
  async function passRest(): Promise<void> {
    const wait = early.hasSent() ? [] : [Bun.sleep(HELD_MS)];
    if (early.holds()) await Promise.race([spoken.promise, ...wait]);
    await lines.pass(early.harmlessRest());
    await lines.end();
  }

  return {
    spoken,
    clientGone,
    isEcho: early.isEcho,
    async pass(chunk: Uint8Array): Promise<void> {
      await lines.pass(spoken.isSet ? chunk : early.take(chunk));
      if (early.isFull()) await spoken.promise;
    },
    /** Told the server's first message. */
    begin(first: Uint8Array): void {
      spoken.set();
      void lines.pass(early.rest());
      // By the shortest lease of the server's tools: which calls there are is between it and the client.
      keepAlive.every(clientGone.isSet ? undefined : leaseIn(first));
      if (keepAlive.isOn()) void keepAlive.say();
    },
    /** The client says no more. */
    end(): void {
      keepAlive.every(undefined);
      clientGone.set();
      void passRest().finally(stdin.end);
    },
    async suspend(suspended: boolean): Promise<void> {
      if (keepAlive.isOn()) await keepAlive.say(suspended);
    },
    stop: () => keepAlive.every(undefined),
  };
}

/** Passes somebody else's bytes on as they are, and puts lines of ours between their lines. */
export function betweenLines(write: (bytes: Uint8Array) => Promise<void>) {
  const reader = createStdioReader(INPUT, UNENDED_MAX);
  let waiting: Uint8Array | undefined;
  let unended = Buffer.alloc(0);
  async function flush(): Promise<void> {
    const ours = waiting;
    if (ours === undefined || (unended.length === 0 && !reader.isBetweenLines())) return;
    waiting = undefined;
    await write(ours);
  }

  return {
    async pass(chunk: Uint8Array): Promise<void> {
      // Read only to know where their lines end. Bytes that a line announced are not held: their tool may be waited for.
      for (const _ of reader.push(new Uint8Array(chunk)));
      const all = Buffer.concat([unended, chunk]);
      const passed = all.subarray(0, all.length - reader.heldBytes());
      unended = all.subarray(passed.length);
      await write(passed);
      await flush();
    },
    /** Writes what is held of a line without its end. */
    end: () => write(unended),
    /** Writes our line, at once or when a chunk of theirs has ended with a line. Of several that wait, the last is written. */
    insert(line: string): Promise<void> {
      waiting = encodeUtf8(`${line}\n`);
      return flush();
    },
  };
}
