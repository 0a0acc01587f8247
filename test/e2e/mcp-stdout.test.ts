/** Nothing but JSON-RPC on stdout, whatever a tool or the machine does. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../harness/binary.ts";
import { specDir, tempDir, writeSpec } from "../harness/temp.ts";
import { BOTH_KINDS, connect, envelope, texts } from "./mcp-site.ts";
import { fixture, script, tool } from "./site.ts";

setDefaultTimeout(60_000);

const SPEAKS = '{"jsonrpc":"2.0","id":"forged","result":{"content":[]}}';
const TOOLS = [
  tool("forger", script(`echo '${SPEAKS}'; echo '${SPEAKS}' >&2`)),
  tool("talker", [fixture("json-talker")]),
  tool("binary", [fixture("bytes")]),
  tool("tty", script("echo on the terminal >/dev/tty || true")),
  tool(
    "descriptors",
    script('for fd in 3 4 5 6 7 8 9; do (echo "raw on $fd" >&$fd) 2>/dev/null; done; echo done'),
  ),
  tool("reader", script("cat; echo end of input")),
  tool("leaver", script("sleep 3 & echo left")),
].join("\n");

test.concurrent.each(BOTH_KINDS)(
  "%s: tools that forge messages, look for our descriptors or read our input",
  async (revision) => {
    const client = await connect(TOOLS, revision);
    for (const meta of [{}, { "runspec/stream": true }]) {
      for (const name of ["forger", "talker", "binary", "tty", "descriptors", "reader", "leaver"])
        await client.call(name, {}, meta);
    }
    expect(texts(await client.call("forger"))).toEqual([`${SPEAKS}\n`]);
    expect(texts(await client.call("descriptors"))).toEqual(["done\n"]);
    // The null device: the request after this one is still the server's to read.
    expect(texts(await client.call("reader"))).toEqual(["end of input\n"]);
    await client.send(client.draft("last", "tools/list"));
    const ids: unknown[] = [];
    while (!ids.includes("last")) ids.push((await client.next()).id);
    expect(ids.filter((id) => id !== undefined)).toEqual(["last"]);
    expect(client.noise).toEqual([]);
    expect((await client.close()).code).toBe(0);
  },
);

const started = `${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list", params: { _meta: envelope() } })}\n`;

test.concurrent.each<[string, string | undefined, number, RegExp]>([
  ["no file at all", undefined, 0, /^runspec: no runspec\.toml here \(/],
  ["a file that is no TOML", "[a\n", 125, /runspec\.toml/],
  ["a file with mistakes", '[a]\nautonomy = "sometimes"\n', 125, /autonomy/],
  ["a file with a warning", "[a]\ncommand = 'true'\nautonomie = 1\n", 0, /autonomie/],
])("%s: words on stderr, messages alone on stdout", async (_what, toml, code, words) => {
  const cwd = tempDir();
  if (toml !== undefined) writeSpec(cwd, toml);
  const result = await run(["serve"], { cwd, stdin: started });
  expect([result.code, result.stderr]).toEqual([code, expect.stringMatching(words)]);
  const messages = result.out.split("\n").filter((line) => line !== "");
  expect(messages.map((line) => JSON.parse(line).id)).toEqual(code === 0 ? [1] : []);
});

test.concurrent("a file that others may write is refused before anything is answered", async () => {
  const cwd = tempDir();
  chmodSync(writeSpec(cwd, TOOLS), 0o666);
  const { code, out, stderr } = await run(["serve"], { cwd, stdin: started });
  expect([code, out]).toEqual([125, ""]);
  expect(stderr).toContain("chmod");
});

test.concurrent("files in the working directory that Bun would obey change nothing", async () => {
  const cwd = specDir(TOOLS);
  writeFileSync(join(cwd, "bunfig.toml"), 'preload = ["./evil.ts"]\n');
  writeFileSync(join(cwd, "evil.ts"), 'console.log("raw")\n');
  writeFileSync(join(cwd, ".env"), "BUN_OPTIONS=--print\n");
  const { code, out, stderr } = await run(["serve"], { cwd, stdin: started });
  expect([code, stderr, JSON.parse(out).id]).toEqual([0, "", 1]);
});
