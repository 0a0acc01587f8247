/** What a server and a client of ours say to each other where a gateway stands between: calls whose answer holds the output, changes of lists. */

import { describe, expect, test } from "bun:test";
import type { PlainObject } from "../../src/json.ts";
import { createMcpClient } from "../../src/mcp/client/client.ts";
import { createMcpServer } from "../../src/mcp/server/server.ts";
import type { CallIo, ServedOutcome, ToolCall, ToolHost } from "../../src/mcp/tool-host.ts";

const TOOL = { name: "t", description: "d", inputSchema: { type: "object" } };

interface Site {
  call(call: ToolCall, io: CallIo): Promise<ServedOutcome>;
  extension?: boolean;
  json?: boolean;
  maxOutput?: number | "none";
}

/** A server, and all that it says. */
function serverWith({ call, extension = true, json = false, maxOutput = 1024 }: Site) {
  const said: PlainObject[] = [];
  const listeners: (() => void)[] = [];
  const tools: ToolHost = {
    list: async () => [TOOL],
    onChange: (listener) => void listeners.push(listener),
    settings: () => ({ json, leaseMs: 1000, maxOutput }),
    shortestLease: () => 1000,
    call,
  };
  const server = createMcpServer({
    server: { name: "s", version: "1" },
    tools,
    extension,
    concurrency: 4,
    heartbeatMs: 5000,
    async post(message) {
      const text = typeof message === "string" ? message : Buffer.concat(message).toString();
      said.push(JSON.parse(text));
      await hears?.(text.trimEnd());
    },
    stderr: async () => {},
    onLast() {},
  });
  let hears: ((line: string) => Promise<void>) | undefined;
  /** From now on the client reads nothing until the promise resolves. */
  const stall = (until: Promise<void>) => {
    hears = () => until;
  };
  const receive = (message: object | string) => {
    const text = typeof message === "string" ? message.trimEnd() : JSON.stringify(message);
    return server.receive({ kind: "line", bytes: Buffer.from(text) });
  };
  return {
    said,
    receive,
    stall,
    change() {
      for (const listener of listeners) listener();
    },
    connect(onToolsChanged = () => {}) {
      const client = createMcpClient({
        client: { name: "c", version: "2" },
        post: async (message) => void receive(String(message)),
        onOutput: async () => {},
        onNoise() {},
        onTooMuch() {},
        onToolsChanged,
      });
      hears = (line) => client.receive({ kind: "line", bytes: Buffer.from(line) });
      return client;
    },
  };
}

const ended = { kind: "ended", exitCode: 0, timedOut: false, cancelled: false, durationMs: 3 } as const;
const HOW = { last: false, sendsInput: false };
const QUIET = { ...HOW, collected: { onProgress() {} } };
const CALL = { name: "t", human: false };

const sayBoth: Site["call"] = async (_call, io) => {
  await io.onOutput("stdout", Buffer.from('{"a":1}\n'));
  await io.onOutput("stderr", Buffer.from("warned\n"));
  return ended;
};

describe("a call whose answer holds the output", () => {
  test("gives both streams apart, however it ended", async () => {
    const good = serverWith({ call: sayBoth, json: true }).connect();
    await good.initialize();
    expect(await good.callTool(CALL, QUIET).result).toEqual({
      ...ended,
      parts: { stdout: '{"a":1}\n', stderr: "warned\n", value: { a: 1 }, truncated: false },
    });
    const bad = serverWith({
      call: async (call, io) => ({ ...(await sayBoth(call, io)), ...ended, exitCode: 3, explanation: "why" }),
    }).connect();
    await bad.initialize();
    expect(await bad.callTool(CALL, QUIET).result).toEqual({
      ...ended,
      exitCode: 3,
      explanation: "why",
      parts: { stdout: '{"a":1}\n', stderr: "warned\n", truncated: false },
    });
  });

  test("gives a value whose numbers have the digits that the tool wrote", async () => {
    const said = '{"id":9007199254740991,"price":1.10}';
    const call: Site["call"] = async (_call, io) => {
      await io.onOutput("stdout", Buffer.from(`${said}\n`));
      return ended;
    };
    const client = serverWith({ call, json: true }).connect();
    await client.initialize();
    const { parts } = await client.callTool(CALL, QUIET).result.then((answer) => ({ parts: {}, ...answer }));
    expect(JSON.stringify(parts)).toBe(
      JSON.stringify({ stdout: `${said}\n`, stderr: "", truncated: false }).replace(
        /}$/,
        `,"value":${said}}`,
      ),
    );
  });

  test("is refused as any other", async () => {
    const refused = { kind: "refused", objections: ["words"], reasons: ["a", "b"], exitCode: 125 } as const;
    const client = serverWith({
      call: async () => ({ ...refused, objections: ["words"], reasons: ["a", "b"] }),
    }).connect();
    await client.initialize();
    expect(await client.callTool(CALL, QUIET).result).toEqual({
      ...refused,
      objections: ["words"],
      reasons: ["a", "b"],
    });
  });

  test("tells how far it is, and whom it is for", async () => {
    const told: string[] = [];
    let behalf: ToolCall["behalf"];
    const client = serverWith({
      async call(call, io) {
        behalf = call.behalf;
        io.onProgress?.("half");
        await Bun.sleep(400);
        return ended;
      },
    }).connect();
    await client.initialize();
    const whom = { client: { name: "agent", version: "7" }, user: "alice" };
    await client.callTool(CALL, {
      ...HOW,
      collected: { onProgress: (text) => void told.push(text) },
      behalf: whom,
    }).result;
    expect([told, behalf]).toEqual([["half"], whom]);
  });

  test("is cancelled by what comes right behind it before its tool is started", async () => {
    const asked = Promise.withResolvers<boolean>();
    const call: Site["call"] = async (_call, { signal }) => {
      asked.resolve(signal.aborted);
      return ended;
    };
    const client = serverWith({ call }).connect();
    await client.initialize();
    const { id, result } = client.callTool(CALL, QUIET);
    result.catch(() => {});
    // As far as a server comes with what it has read.
    for (let turn = 0; turn < 100; turn++) await null;
    client.cancel(id, "enough");
    expect(await asked.promise).toBe(true);
  });

  test("can be dropped: it is cancelled, and nobody waits for its answer", async () => {
    const aborted = Promise.withResolvers<void>();
    const client = serverWith({
      async call(_call, { signal }) {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        aborted.resolve();
        return ended;
      },
    }).connect();
    await client.initialize();
    const sent = client.callTool(CALL, QUIET);
    await Bun.sleep(0);
    client.drop(sent.id, "enough");
    expect(await sent.result.then(() => "answered", String)).toContain("tools/call was not answered: enough");
    await aborted.promise;
  });
});

describe("a list that changes", () => {
  const meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const listen = (id: number, notifications: object) => ({
    jsonrpc: "2.0",
    id,
    method: "subscriptions/listen",
    params: { notifications, _meta: meta },
  });

  test("is told in a session, and seen by our client", async () => {
    const changes = Promise.withResolvers<void>();
    const site = serverWith({ call: sayBoth });
    const client = site.connect(changes.resolve);
    await client.initialize();
    site.change();
    await changes.promise;
    expect(site.said.at(-1)).toEqual({ jsonrpc: "2.0", method: "notifications/tools/list_changed" });
  });

  test("is told to those streams that asked for it, and to nobody else", async () => {
    const site = serverWith({ call: sayBoth });
    site.receive(listen(1, { toolsListChanged: true, promptsListChanged: true }));
    site.receive(listen(2, {}));
    site.receive(listen(3, { toolsListChanged: true }));
    site.receive({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 3 } });
    await Bun.sleep(0);
    site.change();
    await Bun.sleep(0);
    const stream = (id: number) => ({ "io.modelcontextprotocol/subscriptionId": id });
    const acknowledged = (id: number, notifications: object) => ({
      jsonrpc: "2.0",
      method: "notifications/subscriptions/acknowledged",
      params: { _meta: stream(id), notifications },
    });
    expect(site.said).toEqual([
      acknowledged(1, { toolsListChanged: true }),
      acknowledged(2, {}),
      acknowledged(3, { toolsListChanged: true }),
      { jsonrpc: "2.0", method: "notifications/tools/list_changed", params: { _meta: stream(1) } },
    ]);
  });
});

test("a server without the extension announces nothing of it, and heeds nothing of it but who is asking", async () => {
  let human: boolean | undefined;
  const site = serverWith({
    extension: false,
    call(call, io) {
      human = call.human;
      return sayBoth(call, io);
    },
  });
  const ask = async (id: number, method: string, params: object) => {
    site.receive({ jsonrpc: "2.0", id, method, params });
    await Bun.sleep(5);
    return site.said.find((message) => message.id === id);
  };
  const hello = await ask(1, "initialize", { protocolVersion: "2025-11-25", capabilities: {} });
  expect(hello?.result).toMatchObject({ capabilities: { tools: { listChanged: true } } });
  expect(JSON.stringify(hello)).not.toContain("runspec/");
  const called = await ask(2, "tools/call", {
    name: "t",
    _meta: { "runspec/stream": true, "runspec/caller": "human", "runspec/last": true },
  });
  expect(called?.result).toMatchObject({ content: [{ type: "text", text: '{"a":1}\n' }] });
  expect(human).toBe(true);
  expect(await ask(3, "runspec/run", { name: "t", words: [] })).toMatchObject({ error: { code: -32601 } });
});

test("calls that wait start nothing while their client takes no answers, which would fill the memory", async () => {
  const megabyte = Buffer.alloc(1024 * 1024, "x");
  let started = 0;
  let ask: CallIo["room"];
  // Each call takes one before it starts.
  async function turns() {
    for (let turn = 0; turn < 60; turn++) await new Promise(setImmediate);
  }
  const { said, receive, stall } = serverWith({
    maxOutput: "none",
    async call(_call, io) {
      started++;
      ask = io.room;
      await io.onOutput("stdout", megabyte);
      return ended;
    },
  });
  void receive({ jsonrpc: "2.0", id: "i", method: "initialize", params: {} });
  const reader = Promise.withResolvers<void>();
  stall(reader.promise);
  for (let id = 0; id < 60; id++)
    void receive({ jsonrpc: "2.0", id, method: "tools/call", params: { name: "t" } });
  await turns();
  // 32 MiB may wait; four calls run at a time, and four may just have ended.
  expect(started).toBeWithin(32, 41);
  // A gateway starts it later, and asks again.
  expect(ask?.()).toBeDefined();
  reader.resolve();
  await turns();
  expect(said.map(({ id }) => id).sort()).toEqual(["i", ...Array.from({ length: 60 }, (_, id) => id)].sort());
});
