/** One session, thousands of calls that end in every way there is, few files to open and nobody who reads the log: nothing grows. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BIN } from "../harness/binary.ts";
import { childrenOf, waitUntil, within } from "../harness/processes.ts";
import { type Message, type PlainObject, serveClient } from "../harness/serve-client.ts";
import { specDir, tempDir } from "../harness/temp.ts";
import { script, tool, WORDS } from "./site.ts";

setDefaultTimeout(1_200_000);

const FULL = process.env.CHAOS === "full";
const CALLS = FULL ? 20_000 : 60;
/** Calls until caches and heaps have the size that they keep. */
const WARM_UP = 60;
const WIDTH = 6;
const GROWTH_MAX_KIB = 20 * 1024;

const TOOLS = [
  tool("warn", script('echo "$1" >&2; head -c 1000 /dev/zero >&2; echo "$1"'), WORDS),
  tool("hang", script("exec sleep 600")),
  tool("deaf", script("echo deaf")),
  tool("cat", ["cat"]),
].join("\n");

const outcomes: Record<string, (n: number, call: Call) => Promise<unknown>> = {
  warned: (n, { answer }) => answer("warn", { words: [String(n)] }),
  refused: (_n, { answer }) => answer("warn", { nonsense: 1 }),
  unknown: (_n, { answer }) => answer("no-such-tool", {}),
  cancelled: (n, { cancel }) => cancel(`cancel-${n}`),
  // What is sent to one that reads nothing, without an end.
  unread: (n, { answer, send }) => {
    const answered = answer("deaf", {}, `unread-${n}`);
    return send(`unread-${n}`, "x".repeat(300_000), false).then(() => answered);
  },
  read: (n, { answer, send }) => {
    const answered = answer("cat", {}, `read-${n}`);
    return send(`read-${n}`, String(n), true).then(() => answered);
  },
};
const KINDS = Object.keys(outcomes);

interface Call {
  /** What a call says, or why it says nothing; with an `id`, it has input. */
  answer(name: string, args: object, id?: string): Promise<unknown>;
  /** Starts one that would take for ever, and stops it. */
  cancel(id: string): Promise<unknown>;
  send(id: string, data: string, end: boolean): Promise<void>;
}

const expected = (kind: string, n: number): unknown =>
  ({
    warned: `${n}\n`,
    refused: "refused",
    unknown: -32602,
    cancelled: "no answer",
    unread: "deaf\n",
    read: `${n}`,
  })[kind];

test.skipIf(process.platform !== "linux")(
  `${CALLS} calls that end in every way, over 64 descriptors`,
  async () => {
    const cwd = specDir(TOOLS);
    const fifo = join(tempDir(), "stderr");
    if (Bun.spawnSync(["mkfifo", fifo]).exitCode !== 0) throw new Error("no FIFO");
    // Somebody has the log open, and never reads it.
    const reader = openSync(fifo, "r+");
    const { client, call } = start(cwd, fifo);
    await client.open();
    let next = 0;
    const callUntil = async (end: number) => {
      const worker = async () => {
        while (next < end) {
          const n = next++;
          const kind = KINDS[n % KINDS.length] ?? "";
          expect([n, kind, await outcomes[kind]?.(n, call)]).toEqual([n, kind, expected(kind, n)]);
        }
      };
      await Promise.all(Array.from({ length: WIDTH }, worker));
      await waitUntil(() => childrenOf(client.pid).length <= 1, 20_000, "the end of every tool");
    };
    await callUntil(WARM_UP);
    const before = usage(client.pid);
    await callUntil(WARM_UP + CALLS);
    const after = usage(client.pid);
    // Those of the last calls may just be on their way to be closed.
    const opened = () => usage(client.pid).descriptors;
    await waitUntil(
      () => opened() <= before.descriptors,
      20_000,
      () => `${before.descriptors} open files, not ${opened()}`,
    );
    expect(after.kib - before.kib).toBeLessThan(GROWTH_MAX_KIB);
    expect([client.noise, await client.close()]).toEqual([[], { code: 0, signal: null }]);
    closeSync(reader);
  },
);

function start(cwd: string, fifo: string) {
  const unordered = serveClient({
    cwd,
    program: "/bin/sh",
    args: ["-c", 'ulimit -n 64; exec "$0" serve 2>"$1"', BIN, fifo],
    timeoutMs: 60_000,
  });
  // A long message is written in pieces, and nothing may come between them.
  let written: Promise<void> = Promise.resolve();
  const send = (message: object) => {
    written = written.then(() => unordered.send(message));
    return written;
  };
  const client = {
    ...unordered,
    notify: (method: string, params: PlainObject) => send({ jsonrpc: "2.0", method, params }),
    send,
  };
  const answers = new Map<unknown, (message: Message) => void>();
  void (async () => {
    for (;;) {
      const message = await client.next().catch(() => undefined);
      if (message === undefined) return;
      answers.get(message.id)?.(message);
      answers.delete(message.id);
    }
  })();
  let ids = 0;
  const call: Call = {
    async answer(name, args, id = `call-${ids++}`) {
      const answered = new Promise<Message>((resolve) => answers.set(id, resolve));
      const _meta = id.startsWith("call-") ? {} : { "runspec/stdin": true };
      const params = { name, arguments: args, _meta };
      await client.send({ jsonrpc: "2.0", id, method: "tools/call", params });
      const { error, result } = await within(answered, 60_000, () => `the answer to ${id}`);
      return error?.code ?? (result?.isError === true ? "refused" : textOf(result));
    },
    async cancel(id) {
      let answered = "no answer";
      answers.set(id, () => (answered = "an answer"));
      const params = { name: "hang", arguments: {} };
      await client.send({ jsonrpc: "2.0", id, method: "tools/call", params });
      await call.answer("deaf", {});
      await client.notify("notifications/cancelled", { requestId: id });
      await call.answer("deaf", {});
      return answered;
    },
    send: (id, data, end) =>
      client.notify("notifications/runspec/input", { requestId: id, data, ...(end ? { end } : {}) }),
  };
  return { client, call };
}

function textOf(result: PlainObject | undefined): unknown {
  const content = result?.content;
  return Array.isArray(content) ? content[0]?.text : undefined;
}

function usage(pid: number): { kib: number; descriptors: number } {
  const rss = /^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return { kib: Number(rss?.[1]), descriptors: readdirSync(`/proc/${pid}/fd`).length };
}
