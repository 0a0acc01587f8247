import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { peakMemory } from "../attack/bounds.ts";
import { connect, envelope, facts, type McpClient, texts } from "./mcp-site.ts";
import { fixture, script, tool } from "./site.ts";

setDefaultTimeout(180_000);

const MIB = 1024 * 1024;
/** The longest message that serve takes. */
const MESSAGE_MAX = 16 * MIB;
/** A line of 10 MiB ends the connection of the official TypeScript client. */
const CLIENT_MAX = 10 * MIB;

const TOOLS = [
  tool("greet", ["echo", "hello"]),
  tool(
    "flood",
    [fixture("flood")],
    'max-output = "none"\n[flood.args]\nbytes = { type = "int", position = 1 }\nto = { default = "stdout", position = 2 }',
  ),
  tool(
    "noise",
    script("ff() { head -c $1 /dev/zero | tr '\\0' '\\377'; }; ff 3200000; ff 200000 >&2; exit 1"),
    'max-output = "none"',
  ),
  tool("drops", script("i=0; while [ $i -lt 3000 ]; do printf x; i=$((i+1)); done; exit 1")),
].join("\n");

const CUT = /^(.*)\n\[… (\d+) bytes left out …\]\n(.*)$/s;

const size = (message: unknown) => Buffer.byteLength(JSON.stringify(message));

describe("a message", () => {
  const ping = (length: number) => {
    const head = '{"jsonrpc":"2.0","id":"big","method":"ping","params":{"filler":"';
    return `${head}${"x".repeat(length - head.length - 3)}"}}`;
  };

  test.concurrent("over 16 MiB is refused without being held, the next is taken", async () => {
    const client = await connect(TOOLS);
    await client.ask("tools/list");
    for (const length of [MESSAGE_MAX + 1, 20 * MIB]) {
      await client.send(ping(length));
      const { error, id } = await client.next();
      expect([id, error]).toEqual(["big", { code: -32600, message: "the message is too long" }]);
    }
    expect(texts(await client.call("greet"))).toEqual(["hello\n"]);
    expect((await client.close()).code).toBe(0);
  });

  test.concurrent("with more values than a call can mean is refused under its id, wherever that stands", async () => {
    await using client = await connect(TOOLS);
    const words = JSON.stringify(Array.from({ length: 250_001 }, () => ""));
    const call = `"method":"runspec/run","params":{"name":"greet","words":${words}}`;
    for (const message of [`"id":"many",${call}`, `${call},"id":"many"`]) {
      await client.send(`{"jsonrpc":"2.0",${message}}`);
      const { error, id } = await client.next();
      expect([id, error]).toEqual(["many", { code: -32600, message: "the message holds too many values" }]);
    }
  });

  test.concurrent("of exactly 16 MiB is taken", async () => {
    await using client = await connect(TOOLS);
    await client.send(ping(MESSAGE_MAX));
    expect(await client.next()).toEqual({ jsonrpc: "2.0", id: "big", result: {} });
  });

  test.concurrent("in a thousand pieces is one message", async () => {
    await using client = await connect(TOOLS);
    for (const character of '{"jsonrpc":"2.0","id":"p","method":"ping"}\n') await client.write(character);
    expect(await client.next()).toEqual({ jsonrpc: "2.0", id: "p", result: {} });
  });

  test.concurrent("what an error quotes of it is short and readable for strict parsers", async () => {
    await using client = await connect(TOOLS);
    const long = "m".repeat(MIB);
    for (const [method, params] of [
      [long, {}],
      ["tools/call", { name: long }],
      ["tools/list", { _meta: envelope({}, long) }],
      ["tools/call", { name: "\ud800" }],
      ["\udfff", {}],
      ["tools/call", { name: "greet", arguments: { [long]: 1, "\ud800": 2 } }],
    ] as const) {
      const answer = await client.request(method, params);
      expect(size(answer)).toBeLessThan(20_000);
      expect(JSON.stringify(answer)).not.toMatch(/(?<!\\)\\ud[89a-f]/);
    }
  });

  test.concurrent("with arguments nested past reason is refused in words", async () => {
    await using client = await connect(TOOLS);
    const nested = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    await client.send(
      `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"greet","arguments":{"a":${nested}}}}`,
    );
    expect((await client.next()).error).toEqual({ code: -32602, message: "arguments are nested too deeply" });
  });

  test.concurrent("that is a batch of more than 1000 is refused", async () => {
    await using client = await connect(TOOLS, "2025-03-26");
    await client.send(Array.from({ length: 1001 }, (_, id) => client.draft(id, "ping")));
    expect((await client.next()).error).toEqual({
      code: -32600,
      message: "a batch has at most 1000 messages, this one 1001",
    });
    await client.send(Array.from({ length: 1000 }, (_, id) => client.draft(id, "ping")));
    const answers = await client.next();
    expect(answers).toEqual(
      Array.from({ length: 1000 }, (_, id) => ({ jsonrpc: "2.0", id, result: {} })) as object,
    );
  });
});

test("an agent is shown the head and the tail of a stream, as much as max-output says", async () => {
  const rows = [
    ["", 64 * 1024],
    ['max-output = "2 KiB"', 2048],
    ["max-output = 1001", 1000],
    ['max-output = "1 MiB"', MIB],
  ] as const;
  const flood = [fixture("flood"), "1500000", "both"];
  await using client = await connect(
    rows.map(([declared], at) => tool(`flood-${at}`, flood, declared)).join("\n"),
  );
  for (const [at, [declared, shown]] of rows.entries()) {
    const { result } = await client.call(`flood-${at}`);
    const [{ text = "" } = {}] = Array.isArray(result?.content) ? result.content : [];
    const [, head = "", omitted, tail = ""] = CUT.exec(text) ?? [];
    expect([declared, head.length, tail.length, Number(omitted)]).toEqual([
      declared,
      shown / 2,
      shown / 2,
      1_500_000 - shown,
    ]);
  }
});

describe("captured output", () => {
  async function flood(client: McpClient, args: object): Promise<string[]> {
    const answer = await client.call("flood", { ...args });
    expect(size(answer)).toBeLessThan(CLIENT_MAX);
    expect(facts(answer)).toEqual({ tool: "flood", exit_code: 0, truncated: true });
    return texts(answer).map(String);
  }

  test.concurrent("of 120 MB keeps its head and its tail, says what was left out, and takes no more memory for it", async () => {
    await using client = await connect(TOOLS);
    await client.call("greet");
    const before = peakMemory(client.pid);
    const [text = ""] = await flood(client, { bytes: 120_000_000 });
    const [, head = "", omitted, tail = ""] = CUT.exec(text) ?? [];
    const line = "o0123456789abcdefghijklmnopqrstuvwxyz 0123456789\n";
    const all = (from: number, length: number) =>
      line.repeat(length / line.length + 2).slice(from % line.length, (from % line.length) + length);
    expect(head.length + Number(omitted) + tail.length).toBe(120_000_000);
    expect(head).toBe(all(0, head.length));
    expect(tail).toBe(all(120_000_000 - tail.length, tail.length));
    expect(head.length + tail.length).toBe(8 * MIB);
    expect(peakMemory(client.pid) - before).toBeLessThan(170 * MIB);
  });

  // What else JSON makes longer is in test/mcp/server/output.
  test.concurrent("bytes that are not UTF-8, three bytes each: the answer is under 10 MiB and the server goes on", async () => {
    await using client = await connect(TOOLS, "2025-11-25", { timeoutMs: 120_000 });
    const before = peakMemory(client.pid);
    const answer = await client.call("noise");
    expect(size(answer)).toBeLessThan(CLIENT_MAX);
    expect(facts(answer)).toEqual({ tool: "noise", exit_code: 1, truncated: true });
    expect(texts(answer)).toEqual([expect.stringMatching(/^exit_code: 1\n/)]);
    expect(texts(await client.call("greet"))).toEqual(["hello\n"]);
    expect(peakMemory(client.pid) - before).toBeLessThan(250 * MIB);
  });

  test.concurrent("in many small pieces is all there", async () => {
    await using client = await connect(TOOLS);
    expect(texts(await client.call("drops"))).toEqual([`exit_code: 1\nstdout:\n${"x".repeat(3000)}`]);
  });
});
