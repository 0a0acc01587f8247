import { describe, expect, test } from "bun:test";
import { INPUT_WINDOW } from "../../src/mcp/extension.ts";
import { createInputReceiver, createInputSender } from "../../src/mcp/input.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const settle = () => Bun.sleep(0);

function receiver() {
  const told: unknown[] = [];
  const input = createInputReceiver({
    taken: (count) => told.push(count),
    closed: () => told.push("closed"),
  });
  return { input, told };
}

function sink(write: (chunk: Uint8Array) => Promise<void> = async () => {}) {
  const written: string[] = [];
  return {
    written,
    async write(chunk: Uint8Array) {
      await write(chunk);
      written.push(new TextDecoder().decode(chunk));
    },
    async end() {
      written.push("<end>");
    },
  };
}

describe("the receiver", () => {
  test("delivers in order what came before and after the tool was started, then the end", async () => {
    const { input, told } = receiver();
    input.receive({ data: "a" });
    const stdin = sink();
    input.feed(stdin);
    input.receive({ base64: Buffer.of(0x62).toString("base64") });
    input.receive({ data: "c", end: true });
    await settle();
    expect(stdin.written).toEqual(["a", "b", "c", "<end>"]);
    expect(told).toEqual([0, 1, 1, 1]);
  });

  test("takes the bytes that were announced as they come", async () => {
    const { input, told } = receiver();
    const stdin = sink();
    input.feed(stdin);
    input.receive({ bytes: 3 }, bytes("ab"));
    input.receive({ bytes: 3 }, bytes("c"));
    input.receive({ end: true });
    await settle();
    expect(stdin.written).toEqual(["ab", "c", "<end>"]);
    expect(told).toEqual([0, 2, 1]);
  });

  test("takes nothing after the end", async () => {
    const { input } = receiver();
    const stdin = sink();
    input.feed(stdin);
    input.receive({ end: true });
    input.receive({ data: "late" });
    await settle();
    expect(stdin.written).toEqual(["<end>"]);
  });

  test("says so, once, when the tool reads no further", async () => {
    const { input, told } = receiver();
    const stdin = sink(() => Promise.reject(new Error("EPIPE")));
    input.feed(stdin);
    input.receive({ data: "a" });
    await settle();
    input.receive({ data: "b" });
    await settle();
    expect(told).toEqual([0, "closed"]);
    expect(stdin.written).toEqual(["<end>"]);
  });

  test("closes on a client that ignores the window, instead of holding what it sends", () => {
    const { input, told } = receiver();
    const chunk = "x".repeat(INPUT_WINDOW);
    for (let i = 0; i < 10; i++) input.receive({ data: chunk });
    expect(told).toEqual(["closed"]);
  });
});

describe("the sender", () => {
  function sender(raw = false) {
    const sent: string[] = [];
    const post = async (message: string | readonly Uint8Array[]) => {
      sent.push(typeof message === "string" ? message : Buffer.concat(message).toString("latin1"));
    };
    const input = createInputSender(7, post, () => raw);
    return { input, sent };
  }

  test("sends bytes and the end", async () => {
    const { input, sent } = sender();
    await input.send(bytes("ok"));
    await input.end();
    const method = "notifications/runspec/input";
    expect(sent.map((line) => JSON.parse(line))).toEqual([
      { jsonrpc: "2.0", method, params: { requestId: 7, data: "ok" } },
      { jsonrpc: "2.0", method, params: { requestId: 7, end: true } },
    ]);
  });

  test("sends them as they are behind their line, where the server knows that", async () => {
    const { input, sent } = sender(true);
    await input.send(Uint8Array.of(0xff, 0x0a, 0x22));
    await input.end();
    const head = '{"jsonrpc":"2.0","method":"notifications/runspec/input","params":{"requestId":7,';
    expect(sent).toEqual([`${head}"bytes":3}}\n\xff\n"\n`, `${head}"end":true}}\n`]);
  });

  test("is ready when the tool has been started", async () => {
    const { input } = sender();
    input.taken({ bytes: 0 });
    expect(await input.ready).toBe(true);
  });

  test("is never ready for a tool that takes nothing", async () => {
    const { input } = sender();
    input.taken({ closed: true });
    expect(await input.ready).toBe(false);
  });

  test("waits for the tool when the window is full", async () => {
    const { input } = sender();
    let sent = false;
    const sending = input.send(new Uint8Array(INPUT_WINDOW)).then((more) => {
      sent = true;
      return more;
    });
    await settle();
    expect(sent).toBe(false);
    input.taken({ bytes: 1 });
    expect(await sending).toBe(true);
  });

  test("stops when the tool takes no more", async () => {
    const { input } = sender();
    const sending = input.send(new Uint8Array(INPUT_WINDOW));
    input.taken({ closed: true });
    expect(await sending).toBe(false);
    expect(await input.send(bytes("more"))).toBe(false);
  });
});
