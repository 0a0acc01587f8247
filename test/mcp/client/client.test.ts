import { describe, expect, test } from "bun:test";
import { isObject, type PlainObject } from "../../../src/json.ts";
import { RpcFailure } from "../../../src/jsonrpc/peer.ts";
import { createMcpClient } from "../../../src/mcp/client/client.ts";
import { askForTools, readPages } from "../../../src/mcp/client/tool-list.ts";

const settle = () => Bun.sleep(0);
const bytes = (value: unknown) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value));

/** A client, what it sends, and the means to say something to it. */
function conversation() {
  const sent: PlainObject[] = [];
  const noise: string[] = [];
  const lengths: number[] = [];
  const output: string[] = [];
  const client = createMcpClient({
    client: { name: "test", version: "1" },
    async post(message) {
      sent.push(JSON.parse(typeof message === "string" ? message : Buffer.concat(message).toString()));
    },
    async onOutput({ bytes, stream }) {
      output.push(`${stream}: ${Buffer.from(bytes)}`);
    },
    onTooMuch: () => void noise.push("(too much)"),
    onNoise(line, bytes) {
      noise.push(Buffer.from(line).toString());
      lengths.push(bytes);
    },
  });
  const say = (value: unknown) => client.receive({ kind: "line", bytes: bytes(value) });
  const answer = (result: unknown) =>
    say({ jsonrpc: "2.0", id: sent.findLast(({ id }) => id !== undefined)?.id, result });
  /** With the handshake done. */
  const open = async (capabilities: unknown = {}) => {
    const info = client.initialize();
    await say({ jsonrpc: "2.0", id: 1, result: { protocolVersion: "2025-11-25", capabilities } });
    return info;
  };
  return { client, sent, noise, lengths, output, say, answer, open };
}

const HOW = { last: false, sendsInput: false };
const meta = (runspec: object) => ({ _meta: { runspec } });
const CALL = { name: "t", human: false };

const caught = (promise: Promise<unknown>) => promise.then(() => "no error", String);

describe("initialize", () => {
  test("asks for the newest handshake and does not wait before it goes on", async () => {
    const { client, sent } = conversation();
    void client.initialize();
    void client.listTools();
    await settle();
    expect(sent.map(({ method }) => method)).toEqual([
      "initialize",
      "notifications/initialized",
      "tools/list",
    ]);
    expect(sent[0]?.params).toEqual({
      protocolVersion: "2025-11-25",
      capabilities: { experimental: { "runspec/lease": {} } },
      clientInfo: { name: "test", version: "1" },
    });
  });

  const NONE = { server: undefined, streams: false, takesInput: false, raw: false };
  test.each<[string, unknown, object]>([
    [
      "a server of ours",
      {
        protocolVersion: "2025-11-25",
        capabilities: { experimental: { "runspec/stream": {}, "runspec/stdin": {}, "runspec/raw": {} } },
        serverInfo: { name: "runspec", version: "2" },
      },
      { server: { name: "runspec", version: "2" }, streams: true, takesInput: true, raw: true },
    ],
    ["an old one", { protocolVersion: "2024-11-05" }, NONE],
    ["one that says it oddly", { protocolVersion: "2025-06-18", capabilities: 7, serverInfo: "me" }, NONE],
  ])("%s", async (_what, result, expected) => {
    const { client, answer } = conversation();
    const info = client.initialize();
    await answer(result);
    expect(await info).toEqual({ ...expected, keepsLeases: false, runsWords: false } as never);
  });

  test.each<[string, unknown, string]>([
    [
      "a revision from before the first",
      { protocolVersion: "2024-10-07" },
      'speaks MCP "2024-10-07", which runspec does not',
    ],
    ["no revision", {}, "answer to initialize is not valid MCP"],
    ["no object", "hello", "the server's answer to initialize is not valid MCP"],
  ])("%s is told in words", async (_what, result, words) => {
    const { client, answer } = conversation();
    const info = caught(client.initialize());
    await answer(result);
    expect(await info).toContain(words);
  });
});

describe("listTools", () => {
  test("follows the cursors, and keeps what it knows of each tool", async () => {
    const { client, sent, answer } = conversation();
    const list = client.listTools();
    const first = {
      name: "a",
      title: "A",
      description: "d",
      inputSchema: { type: "object" },
      "x-autonomy": "manual",
    };
    await answer({ tools: [first, { title: "nameless" }, 5], nextCursor: "more" });
    await settle();
    expect(sent.at(-1)?.params).toEqual({ cursor: "more", _meta: { "runspec/caller": "human" } });
    const second = { name: "b", _meta: { "runspec/autonomy": "confirm" } };
    // Some servers write an empty one for none.
    await answer({ tools: [second], nextCursor: "" });
    expect(await list).toEqual([
      {
        name: "a",
        title: "A",
        description: "d",
        inputSchema: { type: "object" },
        autonomy: "manual",
        meta: { "x-autonomy": "manual" },
        raw: first,
      },
      {
        name: "b",
        inputSchema: {},
        autonomy: "confirm",
        meta: { "runspec/autonomy": "confirm" },
        raw: second,
      },
    ]);
  });

  test("is kept when its last page has come", async () => {
    const { client, answer, open } = conversation();
    const info = Promise.resolve(await open());
    const kept: string[] = [];
    askForTools(client, "person", info, (tools) => void kept.push(...tools.map(({ name }) => name)));
    await answer({ tools: [{ name: "a" }], nextCursor: "more" });
    await settle();
    expect(kept).toEqual([]);
    await answer({ tools: [{ name: "b" }] });
    await settle();
    expect(kept).toEqual(["a", "b"]);
  });

  test.each<[string, answers: (number | string)[], expected: unknown]>([
    ["that comes at once", ["a"], ["ask", "a"]],
    ["refused before the handshake, once more behind it", [-32002, "a"], ["ask", "initialized", "ask", "a"]],
    ["not known behind it either: there are none", [-32601, -32601], ["ask", "initialized", "ask", ""]],
    ["refused behind it as well", [-32603, -32603], ["ask", "initialized", "ask", "Error: -32603"]],
  ])("a list %s", async (_what, answers, expected) => {
    const events: string[] = [];
    const client: Parameters<typeof askForTools>[0] = {
      async listTools() {
        events.push("ask");
        const name = answers.shift();
        if (typeof name !== "string") throw new RpcFailure(name ?? 0, `${name}`);
        return [{ name, inputSchema: {}, meta: {}, raw: {} }];
      },
      initialized: async () => void events.push("initialized"),
    };
    const info = Promise.resolve(await conversation().open());
    const list = askForTools(client, "person", info, () => {});
    const names = await list().then((tools) => tools.map(({ name }) => name).join(), String);
    expect<unknown>([...events, names]).toEqual(expected);
  });

  test("gives up on a list without an end", async () => {
    const { client, answer } = conversation();
    const list = caught(client.listTools());
    for (let page = 0; page < 1000; page++) {
      await answer({ tools: [], nextCursor: "again" });
      await settle();
    }
    expect(await list).toContain("list of tools is too long: over 1000 pages");
  });

  test.each<[string, bytes: number, tools: number, isTooLong: boolean]>([
    ["of so many bytes", 16 * 1024 * 1024, 1, false],
    ["of more bytes", 16 * 1024 * 1024 + 1, 1, true],
    ["of so many tools", 0, 25_000, false],
    ["of more tools", 0, 25_001, true],
  ])("a list %s", async (_what, bytes, count, isTooLong) => {
    const page = { tools: Array.from({ length: count }, () => ({ name: "t" })) };
    const read = readPages(
      "person",
      async () => page,
      () => bytes,
    );
    expect((await caught(read)).includes("list of tools is too long")).toBe(isTooLong);
  });

  test("an answer without tools makes no sense", async () => {
    const { client, answer } = conversation();
    const list = caught(client.listTools());
    await answer({ tools: "none" });
    expect(await list).toContain("the server's answer to tools/list is not valid MCP");
  });
});

describe("callTool", () => {
  test("passes on how far the call is, by what is said of it or by its amounts", async () => {
    const { client, sent, say, open } = conversation();
    await open();
    const told: string[] = [];
    const onProgress = (message: string) => void told.push(message);
    client.callTool(CALL, { ...HOW, collected: { onProgress } }).result.catch(() => {});
    await settle();
    const meta = sent.at(-1)?.params;
    const token = isObject(meta) && isObject(meta._meta) ? meta._meta.progressToken : undefined;
    const odd = { toString: 1 };
    for (const params of [
      { progress: 1, message: "one" },
      { progress: 2, total: 5 },
      { progress: 0.5 },
      { progress: odd, total: odd },
      { progress: 3, message: odd },
    ])
      await say({
        jsonrpc: "2.0",
        method: "notifications/progress",
        params: { progressToken: token, ...params },
      });
    expect(told).toEqual(["one", "2 of 5", "0.5", ""]);
  });

  const text = (...texts: unknown[]) => texts.map((one) => ({ type: "text", text: one }));

  const END = { kind: "ended", exitCode: 0, timedOut: false, cancelled: false, durationMs: 0 };
  const ended = (more: object) => ({ ...END, ...more });
  const refused = (more: object) => ({
    ...{ kind: "refused", objections: [], reasons: [], exitCode: 125 },
    ...more,
  });
  const out = (said: string) => ({ output: { stream: "stdout", text: said } });
  const err = (said: string) => ({ output: { stream: "stderr", text: said } });

  test.each<[string, PlainObject, object]>([
    ["success without _meta.runspec", { content: text("out") }, ended(out("out"))],
    [
      "failure without _meta.runspec",
      { content: text("bad"), isError: true },
      ended({ exitCode: 1, ...err("bad") }),
    ],
    [
      "failure in no boolean",
      { content: text("bad"), isError: "true" },
      ended({ exitCode: 1, ...err("bad") }),
    ],
    [
      "an exit code",
      { content: [], isError: true, ...meta({ exit_code: 7, duration_ms: 12 }) },
      ended({ exitCode: 7, durationMs: 12 }),
    ],
    [
      "an exit code that is none",
      { content: [], isError: true, ...meta({ exit_code: null }) },
      ended({ exitCode: 1 }),
    ],
    ...[-1, 256, 3221225477, 0.5, "0", true, {}].flatMap((exit_code) =>
      [true, false].map((isError): [string, PlainObject, object] => [
        `no exit code: ${exit_code}, isError ${isError}`,
        { content: text("out"), isError, ...meta({ exit_code, notes: ["noted"] }) },
        ended({
          exitCode: 125,
          ...(isError ? err("out") : out("out")),
          notes: ["noted"],
          remark: `the server says that the tool ended with ${JSON.stringify(exit_code)}, which is not an exit code`,
        }),
      ]),
    ),
    ["refused in no boolean", { content: [], ...meta({ refused: "true", exit_code: 0 }) }, refused({})],
    ...[0, 1, 124, 128, 137, 255, -1, 256, 0.5, "0", null, undefined].map(
      (exit_code): [string, PlainObject, object] => [
        `refused with ${exit_code}`,
        { content: [], ...meta({ refused: true, exit_code }) },
        refused({}),
      ],
    ),
    ["a failure with 0", { content: [], isError: true, ...meta({ exit_code: 0 }) }, ended({ exitCode: 1 })],
    [
      "a signal with 0",
      { content: [], ...meta({ exit_code: 0, signal: "SIGTERM" }) },
      ended({ exitCode: 1, signal: "SIGTERM" }),
    ],
    [
      "a signal alone",
      { content: [], ...meta({ signal: "SIGKILL" }) },
      ended({ exitCode: 1, signal: "SIGKILL" }),
    ],
    [
      "refused",
      {
        content: text("no\nnot at all"),
        isError: true,
        ...meta({ exit_code: 126, refused: true, refused_for: ["words", 5] }),
      },
      refused({ exitCode: 126, objections: ["words"], reasons: ["no", "not at all"] }),
    ],
    [
      "refused, but not to a person, or for a secret",
      {
        content: [],
        isError: true,
        _meta: {
          runspec: { exit_code: 125, refused: true, manual: true, missing_secrets: ["a-b", "$(c)", 5] },
        },
      },
      refused({ manual: true, missingSecrets: ["a-b"] }),
    ],
    [
      "timed out",
      { content: [], isError: true, ...meta({ exit_code: 124, timed_out: true }) },
      ended({ exitCode: 124, timedOut: true }),
    ],
    [
      "timed out with 0",
      { content: [], ...meta({ exit_code: 0, timed_out: true }) },
      ended({ exitCode: 124, timedOut: true }),
    ],
    [
      "cancelled, and ended by a signal",
      { content: [], isError: true, ...meta({ exit_code: 143, signal: "SIGTERM", cancelled: true }) },
      ended({ exitCode: 143, signal: "SIGTERM", cancelled: true }),
    ],
    [
      "all kinds of content",
      {
        content: [
          ...text("a", 5),
          { type: "image", data: "AAAA" },
          ...[{}, { type: {} }, { type: null }],
          { type: "resource", resource: { uri: "file:///b", text: "b" } },
          { type: "resource", resource: { uri: "file:///c", blob: "AAAA" } },
          { type: "resource_link", uri: "file:///d", name: "d" },
          "nothing",
        ],
      },
      ended({
        ...out("a\nb\nfile:///d"),
        remark: "the server's answer holds what is not shown here: image, something without a type, resource",
      }),
    ],
    ["a value alone", { content: [], structuredContent: { a: [1] } }, ended(out('{"a":[1]}'))],
    ["a number alone", { content: [], structuredContent: 0 }, ended(out("0"))],
    ["no alone", { content: [], structuredContent: false }, ended(out("false"))],
    ["a value that is a text", { content: [], structuredContent: "a" }, ended(out('"a"'))],
    ["null, which some servers write for no value", { content: [], structuredContent: null }, ended({})],
    ["a value beside its text", { content: text("a"), structuredContent: { a: 1 } }, ended(out("a"))],
    ["no content", {}, ended({})],
  ])("%s", async (_what, result, expected) => {
    const { client, answer } = conversation();
    const call = client.callTool(CALL, HOW);
    await answer(result);
    expect(await call.result).toEqual(expected as never);
  });

  test("an answer that asks for something first is none: nothing was run", async () => {
    const { client, answer } = conversation();
    const call = caught(client.callTool(CALL, HOW).result);
    await answer({ resultType: "input_required", inputRequests: {} });
    expect(await call).toContain("the server's answer to the call is not valid MCP");
  });

  test.each([
    ["a failure's text is its explanation", { isError: true }, { exitCode: 1, explanation: "why" }],
    ["a success's text is output", {}, out("why")],
    [
      "the text is that of the end where it was stopped, also with 0",
      { ...meta({ exit_code: 0, cancelled: true }) },
      { cancelled: true, explanation: "why" },
    ],
  ])("of a server that streams, %s", async (_what, given, expected) => {
    const { client, answer, open } = conversation();
    await open({ experimental: { "runspec/stream": {} } });
    const call = client.callTool(CALL, HOW);
    await answer({ content: text("why"), ...given });
    expect(await call.result).toEqual(ended(expected) as never);
  });

  test("says who asks, what is last and what will be sent", async () => {
    const { client, sent } = conversation();
    void client.callTool({ ...CALL, arguments: { a: 1 }, human: true }, { last: true, sendsInput: true });
    await settle();
    expect(sent.at(-1)).toMatchObject({
      method: "tools/call",
      params: {
        name: "t",
        arguments: { a: 1 },
        _meta: {
          "runspec/stream": true,
          "runspec/raw": true,
          "runspec/caller": "human",
          "runspec/last": true,
          "runspec/stdin": true,
        },
      },
    });
  });

  test("whoever waits to send input is let go when the call is over", async () => {
    const { client, answer } = conversation();
    const { input, result } = client.callTool(CALL, { ...HOW, sendsInput: true });
    const sending = input.send(new Uint8Array(2 * 1024 * 1024));
    await answer({ content: [] });
    await result;
    expect([await input.ready, await sending]).toEqual([false, false]);
  });
});

describe("runWords", () => {
  const announced = { experimental: { "runspec/run": {} } };
  const done = { content: [], ...meta({ exit_code: 7 }) };
  const checked = { content: [], ...meta({ checked: true, notes: ["n"] }) };
  const usage = { content: [], _meta: { runspec: { usage: { name: "t" } } } };
  const error = (code: number) => ({ error: { code, message: "no" } });
  const NONSENSE = "the server's answer to the call is not valid MCP";
  const NO_ANSWER = "the answer to runspec/run is not valid JSON-RPC";

  test.each<[string, object, object, unknown]>([
    ["announced, and answered", announced, { result: done }, 7],
    ["announced among the extensions", { extensions: { "runspec/run": {} } }, { result: done }, 7],
    ["announced as null", { experimental: { "runspec/run": null } }, error(-32603), undefined],
    ["announced, and not known after all", announced, error(-32601), undefined],
    ["announced, and failed", announced, error(-32603), "no"],
    ["announced, and refused as malformed", announced, error(-32602), "no"],
    ["announced, and answered by nonsense", announced, { result: [] }, NONSENSE],
    ["announced, and answered as a check", announced, { result: checked }, NONSENSE],
    ["announced, and answered twice in one", announced, { result: done, ...error(-32601) }, NO_ANSWER],
    ["announced, and failed in no number", announced, { error: "-32601" }, NO_ANSWER],
    ["not announced, and nonsense", {}, { error: "-32601" }, undefined],
    ["not announced, and not known", {}, error(-32601), undefined],
    ["not announced, and any other error", {}, error(-32603), undefined],
    ["not announced, and a result", {}, { result: done }, undefined],
    ["not announced, and silence", {}, {}, undefined],
  ])("%s", async (_what, capabilities, answer, expected) => {
    for (const early of [true, false]) {
      const { client, say } = conversation();
      const info = client.initialize();
      const { id, result } = client.runWords({ ...CALL, words: ["a"] }, HOW);
      const told = result.then(
        (value) => (value !== undefined && value.kind === "ended" ? value.exitCode : value),
        (reason) => reason.message,
      );
      const answerWords = () => ("id" in answer ? undefined : say({ jsonrpc: "2.0", id, ...answer }));
      if (early) await answerWords();
      await say({ jsonrpc: "2.0", id: 1, result: { protocolVersion: "2025-11-25", capabilities } });
      await info;
      if (!early) await answerWords();
      expect(await told).toBe(expected);
    }
  });

  test.each<[string, object, object | string, string[]?]>([
    ["nothing speaks against it", checked, { kind: "checked", notes: ["n"] }],
    ["the usage", usage, expect.objectContaining({ kind: "usage" }), ["a", "--help"]],
    ["the usage, by a letter among others", usage, expect.objectContaining({ kind: "usage" }), ["-vh"]],
    ["the usage, which nobody asked for", usage, `RunspecError: ${NONSENSE}`, ["a", "--helper", "x-h"]],
    ["the usage of nothing", { _meta: { runspec: { usage: {} } } }, `RunspecError: ${NONSENSE}`, ["--help"]],
    ["the end of a tool, which nobody wanted to run", done, `RunspecError: ${NONSENSE}`],
  ])("a check is answered by %s", async (_what, result, expected, words = []) => {
    const { client, answer, open } = conversation();
    await open(announced);
    const told = client.checkWords({ ...CALL, words }).result.catch(String);
    await answer(result);
    expect(await told).toEqual(expected as never);
  });

  test("what goes out before the server has answered is harmless, and what comes later is as it is", async () => {
    const posted: string[] = [];
    const client = createMcpClient({
      client: { name: "test", version: "1" },
      post: async (message) => void posted.push(String(message)),
      onOutput: async () => {},
      onNoise: () => {},
      onTooMuch: () => {},
    });
    const say = (value: object) => client.receive({ kind: "line", bytes: bytes(value) });
    void client.initialize();
    void client.checkWords({ ...CALL, name: "a'b", words: ["$(x)\n", "é"] });
    await say({ jsonrpc: "2.0", id: "`x`", method: "ping" });
    await settle();
    await say({ jsonrpc: "2.0", id: 1, result: { protocolVersion: "2025-11-25" } });
    await settle();
    void client.runWords({ ...CALL, words: ["$(x)"] }, HOW).result.catch(() => {});
    const meta = '"_meta":{"runspec/stream":true,"runspec/raw":true}';
    expect(posted.slice(2)).toEqual(
      [
        String.raw`{"jsonrpc":"2.0","id":2,"method":"runspec/run","params":{"name":"a\u0027b","words":["\u0024\u0028x\u0029\u000a","\u00e9"],"check":true,${meta}}}`,
        String.raw`{"jsonrpc":"2.0","id":"\u0060x\u0060","result":{}}`,
        `{"jsonrpc":"2.0","id":3,"method":"runspec/run","params":{"name":"t","words":["$(x)"],${meta}}}`,
      ].map((line) => `${line}\n`),
    );
  });
});

describe("a tool may have been started", () => {
  const refused = { content: [], ...meta({ refused: true }) };

  test.each<[what: string, result: object, runs: boolean, capabilities?: object]>([
    ["that has ended", { content: [] }, true],
    ["whose call was refused", refused, false],
    ["whose words the server does not take", { content: [] }, false, {}],
  ])("one %s", async (_what, result, runs, capabilities = { experimental: { "runspec/run": {} } }) => {
    const { client, say } = conversation();
    const info = client.initialize();
    const check = client.checkWords({ ...CALL, words: [] });
    expect(client.called()).toBe(false);
    const call = client.runWords({ ...CALL, words: [] }, HOW);
    expect(client.called()).toBe(true);
    await say({ jsonrpc: "2.0", id: 1, result: { protocolVersion: "2025-11-25", capabilities } });
    await info;
    await say({ jsonrpc: "2.0", id: check.id, result: refused });
    await say({ jsonrpc: "2.0", id: call.id, result });
    await Promise.all([check.result, call.result]);
    expect(client.called()).toBe(runs);
  });
});

describe("what a server says unasked", () => {
  const notice = (data: string, requestId: unknown) => ({
    jsonrpc: "2.0",
    method: "notifications/runspec/output",
    params: { requestId, stream: "stdout", data },
  });

  test("a ping is answered, any other request refused", async () => {
    const { sent, say } = conversation();
    await say({ jsonrpc: "2.0", id: "s1", method: "ping" });
    await say({ jsonrpc: "2.0", id: "s2", method: "sampling/createMessage", params: {} });
    await settle();
    expect(sent).toEqual([
      { jsonrpc: "2.0", id: "s1", result: {} },
      {
        jsonrpc: "2.0",
        id: "s2",
        error: { code: -32601, message: "this client does not answer sampling/createMessage" },
      },
    ]);
  });

  test("notifications that it does not know are nothing", async () => {
    const { sent, noise, output, say } = conversation();
    await say({ jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: "hello" } });
    await say({ jsonrpc: "2.0", method: "notifications/tools/list_changed" });
    await say({
      jsonrpc: "2.0",
      method: "notifications/runspec/output",
      params: { requestId: 1, stream: "none" },
    });
    await settle();
    expect([sent, noise, output]).toEqual([[], [], []]);
  });

  test("a value that not every client can read is none", async () => {
    for (const stdout of [`${"[".repeat(200_000)}${"]".repeat(200_000)}`, '["\\ud83d"]']) {
      const { client, answer } = conversation();
      const { result } = client.callTool(CALL, { ...HOW, collected: {} });
      await answer({
        content: [{ type: "text", text: stdout }],
        structuredContent: {},
        ...meta({ parts: true, exit_code: 0 }),
      });
      expect(await result).toMatchObject({ parts: { stdout, value: undefined } });
    }
  });

  test("what is not JSON-RPC is noise", async () => {
    const { client, noise, lengths, say } = conversation();
    const lines = ["Welcome!", '{"motd":"hello"}', "[]", "5", '["a"]', '{ {"a":1} }'];
    for (const line of lines) await say(line);
    await client.receive({ kind: "oversized", head: Buffer.from("x".repeat(10_000)) });
    expect(noise).toEqual([...lines, "x".repeat(4096)]);
    // Of how much of it is too much, all of it counts.
    expect(lengths).toEqual([...lines.map((line) => line.length), 10_000]);
  });

  test.each([
    ["nested too deeply", `{ "jsonrpc":"2.0","id":1,"result":${"[".repeat(200)}${"]".repeat(200)}}`],
    ["with too many values", `{"id":1,"jsonrpc":"2.0","result":[${"0,".repeat(250_000)}0]}`],
    ["that does, in a batch", `[{"jsonrpc":"2.0","id":1,"result":${"[".repeat(200)}${"]".repeat(200)}}]`],
    [
      "that does, behind a banner",
      `hi {"jsonrpc":"2.0","id":1,"result":${"[".repeat(200)}${"]".repeat(200)}}`,
    ],
  ])("a message %s is too much however it begins", async (_what, line) => {
    const { client, noise } = conversation();
    await client.receive({ kind: "line", bytes: Buffer.from(line) });
    expect(noise).toEqual(["(too much)"]);
  });

  test.each(['{"id":4,"jsonrpc":"2.0",', '{ "jsonrpc": "2.0",', '{"result":{"content":['])(
    "of a message, a line without an end that begins with %s is too much",
    async (head) => {
      const { client, noise } = conversation();
      await client.receive({ kind: "oversized", head: Buffer.from(head + "x".repeat(10_000)) });
      expect(noise).toEqual(["(too much)"]);
    },
  );

  test("our own words coming back are noise, too, and get no answer", async () => {
    const { client, sent, noise, say } = conversation();
    void client.initialize();
    void client.listTools();
    await settle();
    const ours = [...sent];
    for (const message of ours) await say(message);
    await settle();
    expect(noise).toEqual(ours.map((message) => JSON.stringify(message)));
    expect(sent).toEqual(ours);
  });

  test("an answer to the handshake is one where its id is a text, and beside a null error", async () => {
    const { client, say } = conversation();
    const info = client.initialize();
    await say({ jsonrpc: "2.0", id: "1", result: { protocolVersion: "2025-06-18" }, error: null });
    expect((await info).runsWords).toBe(false);
  });

  test("an error beside a null result is why there is no handshake", async () => {
    const { client, say } = conversation();
    const info = caught(client.initialize());
    await say({ jsonrpc: "2.0", id: 1, result: null, error: { code: -32602, message: "too old" } });
    expect(await info).toBe("Error: too old");
  });

  test("a banner that does not end its line hides no message", async () => {
    const { client, noise, say } = conversation();
    const pong = client.ping();
    await settle();
    await say('Welcome {user}! {"motd":1} > {"result":{},"id":1,"jsonrpc":"2.0"}');
    expect(await pong).toEqual({});
    expect(noise).toEqual(['Welcome {user}! {"motd":1} > ']);
  });

  test("an array is a batch: answers and output in it find their places", async () => {
    const { client, output, say, open } = conversation();
    await open();
    const pong = client.ping();
    const call = client.callTool(CALL, HOW);
    await settle();
    await say([
      notice("a", call.id),
      { jsonrpc: "2.0", id: 2, result: { n: 2 } },
      notice("b", call.id),
      { jsonrpc: "2.0", id: call.id, result: {} },
      notice("late", call.id),
    ]);
    expect(await pong).toEqual({ n: 2 });
    expect(output).toEqual(["stdout: a", "stdout: b"]);
  });

  test("output is nobody's before the handshake, for another id, and after the answer", async () => {
    const { client, output, say } = conversation();
    const info = client.initialize();
    const call = client.callTool(CALL, HOW);
    await settle();
    await say(notice("early", call.id));
    await say({ jsonrpc: "2.0", id: 1, result: { protocolVersion: "2025-11-25" } });
    await info;
    for (const id of [1, 99, String(call.id), null, [call.id]]) await say(notice("other", id));
    await say(notice("mine", call.id));
    await say({ jsonrpc: "2.0", id: call.id, result: {} });
    await say(notice("late", call.id));
    expect(output).toEqual(["stdout: mine"]);
  });

  test("closing rejects whatever is pending, each by its name", async () => {
    const { client } = conversation();
    const pending = [client.initialize(), client.listTools(), client.callTool(CALL, HOW).result].map(caught);
    client.close("ssh died");
    const reasons = await Promise.all(pending);
    expect(reasons.map((reason) => reason.replace(/^\w*: /, ""))).toEqual(
      ["initialize", "tools/list", "tools/call"].map((method) => `${method} was not answered: ssh died`),
    );
  });
});
