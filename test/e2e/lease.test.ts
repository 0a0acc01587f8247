/** A client that promised to be heard and is not: its tools are ended; one that is, or that promised nothing, loses nothing. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { start } from "../harness/binary.ts";
import { alive, waitUntil } from "../harness/processes.ts";
import { type PlainObject, serveClient } from "../harness/serve-client.ts";
import { specDir, tempDir } from "../harness/temp.ts";
import { pidsIn, script, tool } from "./site.ts";

setDefaultTimeout(60_000);

const FILE = 'args.file = { type = "str", position = 1 }';
const ANNOUNCE = 'echo $$ >"$1"';
const TOOLS = [
  tool("silent", script(`${ANNOUNCE}; exec sleep 600`), `${FILE}\nlease = "1s"`),
  tool("flood", script(`${ANNOUNCE}; yes & yes >&2`), `${FILE}\nlease = "1s"`),
  tool("work", script("sleep 3; echo done"), 'lease = "1s"'),
  tool("usual", script("echo hi")),
  '[other]\ncommand = ["/bin/sleep", "600"]\nrun_as = "nobody"\nlease = "1s"\n',
].join("\n");

const KEEPS = { experimental: { "runspec/lease": {} } };
const ALIVE = "notifications/runspec/alive";

async function serving(capabilities: PlainObject = KEEPS) {
  const cwd = specDir(TOOLS);
  const client = serveClient({ cwd, timeoutMs: 20_000 });
  const { result } = await client.open(capabilities);
  const leases = () =>
    client.notifications
      .filter(({ method }) => method === "notifications/runspec/lease")
      .map(({ params }) => params);
  return { client, leases, capabilities: result?.capabilities };
}

const LAPSED = (name: string) => ({
  isError: true,
  content: [
    {
      type: "text",
      text: expect.stringContaining(`nothing was heard from its client for 1 s: ${name} was stopped`),
    },
  ],
  _meta: { runspec: { tool: name, exit_code: 255, signal: "SIGTERM" } },
});

test.concurrent("the server says that it knows leases, and the shortest", async () => {
  const { client, capabilities } = await serving();
  const known = { "runspec/lease": { seconds: 1 } };
  expect(capabilities).toMatchObject({ experimental: known, extensions: known });
  await client.close();
});

test.concurrent("a client that is not heard: the tool is ended, and the call answered, should it be back", async () => {
  const { client, leases } = await serving();
  const file = join(tempDir(), "pid");
  const { result } = await client.request("tools/call", {
    name: "silent",
    arguments: { file },
    _meta: { "runspec/stream": true },
  });
  expect(result).toMatchObject(LAPSED("silent"));
  expect(leases()).toEqual([{ requestId: "harness-2", seconds: 1 }]);
  for (const pid of await pidsIn(file)) expect(alive(pid)).toBe(false);
  const next = await client.request("tools/call", { name: "usual", arguments: {} });
  expect(next.result).toMatchObject({ isError: false });
  expect(leases().at(-1)).toEqual({ requestId: "harness-3", seconds: 120 });
  await client.close();
});

test.concurrent.each([
  ["the last call of a client: the server, too", { "runspec/last": true }],
  ["a call that is not the last", {}],
])("a client that takes nothing either: what floods it is ended; %s", async (_what, meta) => {
  const cwd = specDir(TOOLS);
  const running = start(["serve"], { cwd });
  const file = join(tempDir(), "pid");
  const say = (message: object) => running.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  const params = { protocolVersion: "2025-11-25", capabilities: KEEPS };
  await say({ id: 1, method: "initialize", params });
  const call = { name: "flood", arguments: { file }, _meta: { "runspec/stream": true, ...meta } };
  await say({ id: 2, method: "tools/call", params: call });
  const [pid = 0] = await pidsIn(file);
  await waitUntil(() => !alive(pid), 20_000, "the end of the tool");
  if ("runspec/last" in meta) expect(await running.exited).toEqual({ code: 0, signal: null });
  else {
    running.closeStdin();
    await running.exited;
  }
});

test.concurrent.skipIf(process.getuid?.() !== 0 || Bun.which("sudo") === null)(
  "a silent client loses a tool of another user, too",
  async () => {
    const { client, leases } = await serving();
    const { result } = await client.request("tools/call", { name: "other", arguments: {} });
    expect(result).toMatchObject({ isError: true, _meta: { runspec: { tool: "other", exit_code: 255 } } });
    expect(leases()).toEqual([{ requestId: "harness-2", seconds: 1 }]);
    await client.close();
  },
);

test.concurrent("a silent client of a stateless revision loses its tools, too", async () => {
  const cwd = specDir(TOOLS);
  await using client = serveClient({ cwd, timeoutMs: 20_000 });
  const { result } = await client.request("tools/call", {
    name: "silent",
    arguments: { file: join(tempDir(), "pid") },
    _meta: {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientCapabilities": KEEPS,
      "io.modelcontextprotocol/clientInfo": { name: "t", version: "1" },
      "runspec/stream": true,
    },
  });
  expect(result).toMatchObject(LAPSED("silent"));
});

test.concurrent.each([
  ["is heard", KEEPS, { every: 250, params: {} }],
  ["has said that it is stopped", KEEPS, { every: 600_000, params: { suspended: true } }],
  ["promised nothing", {}, undefined],
])("a client that %s: the tool runs to its end", async (_what, capabilities, lively) => {
  const { client, leases } = await serving(capabilities);
  const call = client.request("tools/call", { name: "work", arguments: {} });
  const say = () => client.notify(ALIVE, lively?.params);
  await Bun.sleep(100);
  if (lively !== undefined) await say();
  const timer = lively && setInterval(say, lively.every);
  expect((await call).result).toMatchObject({ isError: false, content: [{ type: "text", text: "done\n" }] });
  clearInterval(timer);
  expect(leases()).toEqual(lively === undefined ? [] : [{ requestId: "harness-2", seconds: 1 }]);
  await client.close();
});

test.concurrent("somebody on the way may keep the lease for a client that knows nothing of it", async () => {
  const { client, leases } = await serving({});
  await client.notify(ALIVE);
  const { result } = await client.request("tools/call", {
    name: "silent",
    arguments: { file: join(tempDir(), "pid") },
  });
  expect(result).toMatchObject({ isError: true, _meta: { runspec: { exit_code: 255 } } });
  expect(leases()).toEqual([]);
  await client.close();
});
