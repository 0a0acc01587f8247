import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { run } from "../harness/binary.ts";
import { alive, waitUntil } from "../harness/processes.ts";
import { specDir, tempDir } from "../harness/temp.ts";
import { connect, facts, HANDSHAKES, opening, STATELESS, serve, texts } from "./mcp-site.ts";
import { fixture, tool } from "./site.ts";

setDefaultTimeout(60_000);

const EXTENSION = {
  "runspec/stream": {},
  "runspec/stdin": {},
  "runspec/raw": {},
  "runspec/run": {},
  "runspec/lease": { seconds: 120 },
};

const TOOLS = [
  tool("greet", ["echo", "hello"]),
  tool("gone", ["/nowhere/gone"]),
  tool("closed", ["./not-executable"]),
  tool("headless", ["./no-interpreter"]),
].join("\n");

const TOO_SOON = "came before initialize, and without the _meta that stateless revisions require";

test.concurrent("before initialize a ping is answered, anything else refused, and initialize as ever", async () => {
  const client = serve(TOOLS);
  for (const [method, params, expected] of [
    ["ping", {}, { result: {} }],
    ["tools/list", {}, { error: { code: -32602, message: `tools/list ${TOO_SOON}` } }],
    ["tools/call", { name: "greet" }, { error: { code: -32602, message: `tools/call ${TOO_SOON}` } }],
    ["no/such/method", {}, { error: { code: -32602, message: `no/such/method ${TOO_SOON}` } }],
  ] as const)
    expect(await client.request(method, params)).toMatchObject(expected);
  expect((await client.request("initialize", opening("2025-11-25"))).result?.protocolVersion).toBe(
    "2025-11-25",
  );
  expect(await client.close()).toEqual({ code: 0, signal: null });
});

describe("initialize", () => {
  test.concurrent("is answered with a revision, whatever is asked for, never with an error", async () => {
    const client = serve(TOOLS);
    const rows: [asked: unknown, answered: string][] = [
      ...HANDSHAKES.map((name): [string, string] => [name, name]),
      ["2024-10-07", "2025-11-25"],
      [STATELESS, "2025-11-25"],
      ["2099-01-01", "2025-11-25"],
      [7, "2025-11-25"],
      [undefined, "2025-11-25"],
    ];
    // Each takes the place of the one before.
    for (const [asked, answered] of rows) {
      const { result } = await client.request("initialize", { ...opening(""), protocolVersion: asked });
      expect([asked, result]).toEqual([
        asked,
        {
          protocolVersion: answered,
          capabilities: {
            tools: { listChanged: true },
            experimental: EXTENSION,
            extensions: EXTENSION,
          },
          serverInfo: { name: "runspec", title: `runspec on ${hostname()}`, version: expect.any(String) },
          instructions: expect.stringContaining(`These tools run on the host ${hostname()}.`),
        },
      ]);
    }
    expect((await client.close()).code).toBe(0);
  });

  test.concurrent("does not wait for notifications/initialized", async () => {
    const client = serve(TOOLS);
    await client.request("initialize", opening("2025-11-25"));
    const call = await client.request("tools/call", { name: "greet" });
    expect(texts(call)).toEqual(["hello\n"]);
    expect((await client.close()).code).toBe(0);
  });

  test.concurrent("a second one takes the place of the first", async () => {
    const client = await connect(TOOLS, "2025-03-26");
    await client.send([client.draft(1, "ping")]);
    expect(await client.next()).toEqual([{ jsonrpc: "2.0", id: 1, result: {} }] as object);
    await client.request("initialize", opening("2025-06-18"));
    await client.send([client.draft(2, "ping")]);
    expect((await client.next()).error?.code).toBe(-32600);
    expect((await client.close()).code).toBe(0);
  });

  test.concurrent("the name of the server is the configuration's", async () => {
    await using client = serve(`[config]\nname = "build farm"\n${TOOLS}`);
    const { result } = await client.request("initialize", opening("2025-11-25"));
    expect(result?.serverInfo).toMatchObject({ name: "build farm" });
  });
});

test.concurrent("tools that cannot be started are told of in words, with an exit code", async () => {
  const cwd = tempDir();
  await Bun.write(`${cwd}/not-executable`, "#!/bin/sh\n");
  await Bun.write(`${cwd}/no-interpreter`, "#!/nowhere/sh\n");
  Bun.spawnSync(["chmod", "+x", `${cwd}/no-interpreter`]);
  await using client = await connect(TOOLS, "2025-11-25", { cwd });
  for (const [name, exitCode, words] of [
    ["gone", 127, /^gone: there is no file \/nowhere\/gone; correct command in \[gone\]$/],
    ["closed", 126, /^closed: .*\/not-executable is not executable; run: chmod \+x \S+\/not-executable$/],
    [
      "headless",
      127,
      /no-interpreter has #!\/nowhere\/sh as its first line, and \/nowhere\/sh does not exist$/,
    ],
  ] as const) {
    const call = await client.call(name);
    expect(facts(call)).toEqual({
      tool: name,
      exit_code: exitCode,
      refused: true,
      refused_for: ["executable"],
    });
    expect([call.result?.isError, texts(call)]).toEqual([true, [expect.stringMatching(words)]]);
  }
  expect(texts(await client.call("greet"))).toEqual(["hello\n"]);
});

describe("the end of stdin", () => {
  const ping = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
  const pong = '{"jsonrpc":"2.0","id":1,"result":{}}\n';

  const unread = "runspec: the last message has no newline at its end, and was not read\n";
  test.concurrent.each([
    ["at once", "", "", ""],
    ["after a line", `${ping}\n`, pong, ""],
    ["after a line of another system", `${ping}\r\n`, pong, ""],
    ["in the middle of a line: half a message is none", `${ping}\n${ping.slice(0, 20)}`, pong, unread],
    ["before the newline of the last line", `${ping}\n${ping.replace("1", "2")}`, pong, unread],
  ])("%s: exit code 0", async (_where, stdin, out, stderr) => {
    const cwd = specDir(TOOLS);
    expect(await run(["serve"], { cwd, stdin })).toMatchObject({ code: 0, out, stderr });
  });

  test.concurrent("ends the tools, and whoever they started", async () => {
    const cwd = tempDir();
    const client = await connect(tool("sleeper", [fixture("sleeper"), "pids"]), "2025-11-25", { cwd });
    await client.send(client.draft("s", "tools/call", { name: "sleeper" }));
    await waitUntil(() => existsSync(join(cwd, "pids")), 20_000, "the tool's start");
    const pids = readFileSync(join(cwd, "pids"), "utf8").trim().split(" ").map(Number);
    expect(await client.close()).toEqual({ code: 0, signal: null });
    expect(pids.filter(alive)).toEqual([]);
  });
});
