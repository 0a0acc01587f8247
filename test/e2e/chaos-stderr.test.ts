/** Who reads the stderr of a server has no say in anything else: calls, cancellations and the end go on without a reader. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { closeSync, constants, existsSync, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { BIN } from "../harness/binary.ts";
import { waitUntil } from "../harness/processes.ts";
import { serveClient } from "../harness/serve-client.ts";
import { specDir, tempDir } from "../harness/temp.ts";
import { gone } from "./processes.ts";
import { pidsIn, script, tool, WORDS } from "./site.ts";

setDefaultTimeout(60_000);

const MIB = 1024 * 1024;
const TOOLS = [
  tool("warn", script('head -c "$1" /dev/zero | tr "\\0" w >&2; echo done'), WORDS),
  tool("stuck", script('head -c 200000 /dev/zero >&2 & echo $$ >"$1"; exec sleep 600'), WORDS),
].join("\n");

interface Reader {
  /** Everything that it has read. */
  read(): string;
  stop(): void;
}

/** Takes up to `bytes` every 5 ms from what is written to `fifo`, which it opens; 0: nothing, ever. */
function reader(fifo: string, bytes: number): Reader & { start(bytes: number): void } {
  const fd = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
  let text = "";
  let timer: ReturnType<typeof setInterval> | undefined;
  const start = (bytes: number) => {
    const buffer = Buffer.alloc(bytes);
    timer = setInterval(() => {
      try {
        text += buffer.toString("latin1", 0, readSync(fd, buffer));
      } catch {
        // Nothing there.
      }
    }, 5);
  };
  if (bytes > 0) start(bytes);
  return {
    read: () => text,
    start,
    stop() {
      clearInterval(timer);
      closeSync(fd);
    },
  };
}

async function served(bytesRead: number) {
  const fifo = join(tempDir(), "stderr");
  if (Bun.spawnSync(["mkfifo", fifo]).exitCode !== 0) throw new Error("no FIFO");
  const log = reader(fifo, bytesRead);
  const cwd = specDir(TOOLS);
  const client = serveClient({
    cwd,
    program: "/bin/sh",
    args: ["-c", 'exec "$0" serve 2>"$1"', BIN, fifo],
    timeoutMs: 20_000,
  });
  await client.open();
  const warn = async (bytes: number) =>
    (await client.request("tools/call", { name: "warn", arguments: { words: [String(bytes)] } })).result
      ?.content;
  return { client, log, warn };
}

const DONE = [{ type: "text", text: "done\n" }];

/** What a reader does that nobody may notice. */
const READERS: [name: string, bytes: number, leaves: boolean][] = [
  ["absent", 0, false],
  ["slow", 1024, false],
  ["gone", 0, true],
];
const ENDS = ["EOF", "TERM"] as const;

test.concurrent.each(READERS.flatMap((reader) => ENDS.map((end) => [...reader, end] as const)))(
  "a reader that is %s",
  async (name, bytes, leaves, end) => {
    const { client, log, warn } = await served(bytes);
    if (leaves) log.stop();
    // More than all buffers on the way; then small ones.
    expect(await warn(4 * MIB)).toEqual(DONE);
    for (let n = 0; n < 2; n++) expect(await warn(1024)).toEqual(DONE);

    // More calls than may run at once, each cancelled while it writes; how the server ends then makes no difference to that, nor
    // does how little is read.
    const dir = tempDir();
    const many = end === "EOF" && name === "absent";
    const files = Array.from({ length: many ? 70 : 4 }, (_, n) => join(dir, String(n)));
    const stuck = async (file: string) => {
      const params = { name: "stuck", arguments: { words: [file] } };
      await client.send({ jsonrpc: "2.0", id: file, method: "tools/call", params });
      const pids = await pidsIn(file);
      await client.notify("notifications/cancelled", { requestId: file });
      await gone(pids);
    };
    for (let n = 0; n < files.length; n += 10) await Promise.all(files.slice(n, n + 10).map(stuck));
    expect(await warn(10)).toEqual(DONE);

    // In the middle of one.
    const last = join(dir, "last");
    const params = { name: "stuck", arguments: { words: [last] } };
    await client.send({ jsonrpc: "2.0", id: "last", method: "tools/call", params });
    const pids = await pidsIn(last);
    if (end === "TERM") client.kill("SIGTERM");
    expect(await client.close()).toEqual({ code: 0, signal: null });
    await gone(pids);
    expect(client.noise).toEqual([]);
    if (!leaves) log.stop();
  },
);

test.concurrent("a reader that comes back is told how much it has missed, and misses no more", async () => {
  const { client, log, warn } = await served(0);
  expect(await warn(8 * MIB)).toEqual(DONE);
  log.start(MIB);
  await waitUntil(() => log.read().includes("dropped"), 10_000, "the notice");
  expect(await warn(100_000)).toEqual(DONE);
  expect(await client.close()).toEqual({ code: 0, signal: null });
  await waitUntil(() => log.read().endsWith("w".repeat(100_000)), 10_000, "the rest");
  const [, before, dropped, after] =
    /^(w+)\nrunspec: (\d+) bytes were dropped here, because nobody read them\n(w+)$/.exec(log.read()) ?? [];
  expect((before?.length ?? 0) + Number(dropped)).toBe(8 * MIB);
  expect(after?.length).toBe(100_000);
  log.stop();
});

test.concurrent("a reader that keeps reading gets every byte, however much there is", async () => {
  const cwd = specDir(TOOLS);
  const file = join(tempDir(), "read");
  const client = serveClient({
    cwd,
    program: "/bin/bash",
    args: ["-c", 'exec "$0" serve 2> >(cat >"$1.part"; mv "$1.part" "$1")', BIN, file],
    timeoutMs: 20_000,
  });
  await client.open();
  const words = [String(12 * MIB)];
  const { result } = await client.request("tools/call", { name: "warn", arguments: { words } });
  expect(result?.content).toEqual(DONE);
  expect(await client.close()).toEqual({ code: 0, signal: null });
  await waitUntil(() => existsSync(file), 20_000, "the end of the reader");
  expect(readFileSync(file, "latin1") === "w".repeat(12 * MIB)).toBe(true);
});

test.concurrent("a server whose file is broken ends although nobody reads why", async () => {
  const fifo = join(tempDir(), "stderr");
  if (Bun.spawnSync(["mkfifo", fifo]).exitCode !== 0) throw new Error("no FIFO");
  const log = reader(fifo, 0);
  const cwd = specDir(`[t]\nautonomy = "maybe"\n`);
  const full =
    '{ yes | dd bs=64k count=1 iflag=fullblock; } >"$1" 2>/dev/null & sleep 0.3; exec "$0" serve 2>"$1"';
  const client = serveClient({ cwd, program: "/bin/sh", args: ["-c", full, BIN, fifo] });
  expect(await client.close()).toEqual({ code: 125, signal: null });
  log.stop();
});
