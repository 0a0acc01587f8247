import { describe, expect, test } from "bun:test";
import { createInputSender } from "../../../src/mcp/client/input.ts";
import { INPUT_WINDOW } from "../../../src/mcp/extension.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const settle = () => Bun.sleep(0);

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
    await input.send(bytes("é").subarray(0, 1));
    await input.end();
    const method = "notifications/runspec/input";
    expect(sent.map((line) => JSON.parse(line))).toEqual([
      { jsonrpc: "2.0", method, params: { requestId: 7, data: "ok" } },
      { jsonrpc: "2.0", method, params: { requestId: 7, base64: "ww==" } },
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

  test("waits again when it is full again", async () => {
    const { input } = sender();
    for (let i = 0; i < 2; i++) {
      const sending = input.send(new Uint8Array(INPUT_WINDOW));
      expect(await Promise.race([sending, settle().then(() => "waits")])).toBe("waits");
      input.taken({ bytes: INPUT_WINDOW });
      expect(await sending).toBe(true);
    }
  });

  test("stops when the tool takes no more", async () => {
    const { input, sent } = sender();
    const sending = input.send(new Uint8Array(INPUT_WINDOW));
    input.taken({ closed: true });
    expect(await sending).toBe(false);
    const before = sent.length;
    expect([await input.send(bytes("more")), sent.length]).toEqual([false, before]);
  });
});
