/** Hostile clients of `serve`: whatever they send, it goes on answering others, ends when it is told to, and keeps its trail. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BIN } from "../harness/binary.ts";
import { childrenOf, look, within } from "../harness/processes.ts";
import { type ServeClient, serveClient } from "../harness/serve-client.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";
import { peakMemory } from "./bounds.ts";

/** An answer to somebody else, while the hostile message is dealt with. */
const PATIENCE_MS = 30_000;

const MB = 1024 * 1024;
const request = (id: unknown, method: string, params: object) =>
  JSON.stringify({ jsonrpc: "2.0", id, method, params });
const call = (args: object, more: object = {}) =>
  request("hostile", "tools/call", { name: "t", arguments: args, ...more });
const callOf = (args: string) => call({ here: 0 }).replace('{"here":0}', () => args);
const words = (list: string[]) => request("hostile", "runspec/run", { name: "t", words: list });
const many = <T>(count: number, make: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n));
/** Arguments of so many names, as JSON. */
const names = (count: number) => `{${many(count, (n) => `"x${n}":1`).join(",")}}`;

/** What is sent in one go, after `initialize`, of 5 MB at most. */
const SMALL: Record<string, () => string> = {
  "an argument that nearly is one, 4 MB": () => call({ [`word${"d".repeat(4 * MB)}`]: 1 }),
  "a quarter of a million unknown arguments": () => callOf(names(250_000)),
  "a tool with a name of 4 MB": () =>
    request("hostile", "tools/call", { name: "t".repeat(4 * MB), arguments: {} }),
  "words of a tool with a name of 4 MB": () =>
    request("hostile", "runspec/run", { name: "t".repeat(4 * MB), words: [] }),
  "a value of 4 MB of escapes": () => call({ n: "\\u001b".repeat(MB / 2) }),
  "a list of wrong values": () => call({ list: many(50_000, () => "x") }),
  "a list of many values": () => call({ list: many(200_000, () => 1) }),
  "a text of two million items": () => call({ apart: "1,".repeat(2 * MB) }),
  "numbers of many digits": () =>
    `{"jsonrpc":"2.0","id":"hostile","method":"tools/call","params":{"name":"t","arguments":{"n":1${"0".repeat(4 * MB)}}}}`,
  "digits in a text": () => call({ n: "1".repeat(4 * MB) }),
  "arguments nested a million times": () =>
    `{"jsonrpc":"2.0","id":"hostile","method":"tools/call","params":{"name":"t","arguments":{"a":${"[".repeat(100_000)}1.10${"]".repeat(100_000)}}}}`,
  "thirty thousand words": () => words(many(30_000, (n) => `--x${n}`)),
  "thirty thousand places": () => words(many(30_000, (n) => `w${n}`)),
  "a word of 4 MB": () => words([`--${"x".repeat(4 * MB)}`]),
  "a cluster of 4 MB": () => words([`-${"v".repeat(4 * MB)}`]),
  "an unknown method of 4 MB": () => request("hostile", "m".repeat(4 * MB), {}),
  "a progress token of 4 MB": () => call({}, { _meta: { progressToken: "p".repeat(4 * MB) } }),
  "a client's name of 4 MB": () =>
    request("hostile", "initialize", {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "c".repeat(4 * MB), version: "1" },
    }),
  "a revision of 4 MB": () => request("hostile", "initialize", { protocolVersion: "9".repeat(4 * MB) }),
  "a cursor of 4 MB": () => request("hostile", "tools/list", { cursor: "c".repeat(4 * MB) }),
  "a batch of a thousand calls": () =>
    `[${many(1000, (n) => request(`b${n}`, "tools/call", { name: "t", arguments: { x: 1 } })).join(",")}]`,
  "ten thousand small messages": () => many(10_000, () => '{"jsonrpc":"2.0","method":"m"}').join("\n"),
  "five hundred unknown tools": () =>
    many(500, (n) => request(`u${n}`, "tools/call", { name: `u${n}` })).join("\n"),
  "two hundred thousand empty lines": () => "\n".repeat(200_000),
  "input for nobody": () =>
    `{"jsonrpc":"2.0","method":"notifications/runspec/input","params":{"requestId":7,"bytes":1048576}}\n${"x".repeat(MB)}`,
  "no UTF-8": () => "\udfff\ud800".repeat(1000),
};

/** What is nearly too large shows the most that is held of a message. */
const LARGE: Record<string, () => string> = {
  "a value of 15 MB": () => call({ word: "v".repeat(15 * MB) }),
  "a list in a text": () => call({ list: `[${"1.10,".repeat(2 * MB)}1]` }),
  "a list in a text, nested": () => call({ list: "[".repeat(5 * MB) }),
  "four million objects": () => `[${"{},".repeat(4_000_000)}{}]`,
  "live output under an id of 8 MB": () =>
    request("i".repeat(8 * MB), "tools/call", {
      name: "t",
      arguments: {},
      _meta: { "runspec/stream": true },
    }),
  "half a message": () => "x".repeat(17 * MB),
};

const TOOLS = `[t]
autonomy = "autonomous"
command = ["/bin/echo", "ran"]
args.word = { type = "str", required = false }
args.n = { type = "int", required = false }
args.list = { type = "int", multiple = true, required = false }
args.apart = { type = "int", delimiter = ",", required = false }
args.v = { default = false, short = "v" }
[slow]
autonomy = "autonomous"
timeout = "100ms"
command = ["/bin/sleep", "60"]
`;

async function connect(cwd: string, options: Parameters<typeof serveClient>[0] = {}): Promise<ServeClient> {
  const client = serveClient({ cwd, timeoutMs: PATIENCE_MS, ...options });
  await client.open();
  return client;
}

const site = () => {
  const cwd = tempDir();
  writeSpec(
    cwd,
    `[config.logging]\ndir = ${JSON.stringify(join(cwd, "log"))}\nrotate = "1 MB"\nkeep = 1\n${TOOLS}`,
  );
  return cwd;
};

// One server for all of a size: what it held of each would add up.
test.each([
  ["small", SMALL, 125 * MB],
  ["large", LARGE, 150 * MB],
] as const)(
  "after each of the %s messages the next one is answered, in bounded memory, and TERM ends it",
  async (_size, messages, limit) => {
    const client = await connect(site());
    for (const [what, make] of Object.entries(messages)) {
      await client.send(make());
      const { result } = await client.request("tools/call", { name: "t", arguments: { word: "w" } });
      expect([what, result?.content]).toEqual([what, [{ type: "text", text: "ran --word w\n" }]]);
      expect([what, Math.max(peakMemory(client.pid), limit)]).toEqual([what, limit]);
    }
    client.kill("SIGTERM");
    await within(client.close(), PATIENCE_MS, "the end of serve");
    expect(client.noise).toEqual([]);
  },
);

/** Passes on what a client sends until it says `flood`; then there is no end of `$1`. */
const FLOODED = `{ while read -r line && [ "$line" != flood ]; do printf '%s\\n' "$line"; done; exec yes "$1"; } | '${BIN}' serve`;
test.each(["", '{"jsonrpc":"2.0","id":0,"method":"ping"}'])(
  "a flood of %j keeps no tool from its timeout, and serve from no TERM",
  async (line) => {
    const client = await connect(site(), { program: "/bin/sh", args: ["-c", FLOODED, "sh", line] });
    const ended = client.request("tools/call", { name: "slow" });
    await client.send("flood");
    expect((await ended).result?.isError).toBe(true);
    for (const pid of childrenOf(client.pid)) if (look(pid)?.name === "runspec") process.kill(pid, "SIGTERM");
    await within(client.close(), PATIENCE_MS, "the end of serve");
  },
);

describe("the trail", () => {
  const read = (cwd: string) => readFileSync(join(cwd, "log/audit.jsonl"), "utf8").trimEnd().split("\n");

  test("keeps the lines of others, whatever is sent", async () => {
    const cwd = site();
    const client = await connect(cwd);
    await client.request("tools/call", { name: "t", arguments: { word: "honest" } });
    for (const message of [
      ...many(2, () => call({ ["x".repeat(600_000)]: 1 })),
      ...many(2, () => request("hostile", "tools/call", { name: "x".repeat(600_000) })),
      ...many(2, () => call({ word: "x".repeat(600_000) })),
      ...many(2, () => call({ word: "\u0000".repeat(100_000) })),
      callOf(names(1000)),
    ]) {
      await client.send(message);
      await client.next();
    }
    await client.close();
    const lines = read(cwd);
    expect([lines.length, lines[0]]).toEqual([10, expect.stringContaining('"honest"')]);
    for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(16 * 1024);
  });

  test("counts what is not declared, and has unknown tools", async () => {
    const cwd = site();
    const client = await connect(cwd);
    await client.request("tools/call", { name: "t", arguments: { a: 1, b: 2, word: "w" } });
    await client.request("tools/call", { name: "nobody", arguments: { a: 1 } });
    await client.request("runspec/run", { name: "nothing", words: ["--a"] });
    await client.request("tools/call", { name: ["t"], arguments: { word: "w" } });
    await client.close();
    const lines: Record<string, unknown>[] = read(cwd).map((line) => JSON.parse(line));
    expect(
      lines.map(({ tool, outcome, arguments: given, undeclared_arguments: others }) => [
        tool,
        outcome,
        given,
        others,
      ]),
    ).toEqual([
      ["t", "refused", { word: "w" }, 2],
      ["nobody", "refused", null, undefined],
      ["nothing", "refused", null, undefined],
      // Its name was no text.
      ["", "refused", null, undefined],
    ]);
  });
});
