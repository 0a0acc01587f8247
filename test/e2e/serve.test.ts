/** `runspec serve` over pipes, as a client has it: what its tools read, how calls share it, what it survives, how it ends. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BIN, lines, start } from "../harness/binary.ts";
import { alive, waitUntil, within } from "../harness/processes.ts";
import { type Message, type ServeClient, serveClient } from "../harness/serve-client.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";
import { fixture, pidsIn, script, tool } from "./site.ts";

setDefaultTimeout(60_000);

const WORDS = 'args.words = { type = "str", multiple = true, position = 1, required = false }';

const TOOLS = [
  tool("stdin", [fixture("stdin-cat")]),
  tool("stepper", [fixture("stepper")], WORDS),
  tool("sleeper", [fixture("sleeper")], WORDS),
  tool("exit-with", [fixture("exit-with")], WORDS),
  tool("die-of", [fixture("die-of")], WORDS),
  tool("argv-dump", [fixture("argv-dump")], WORDS),
  tool("leaver", [fixture("leaver")], WORDS),
  tool("flood", script('echo $$ >"$1.new"; mv "$1.new" "$1"; exec yes'), WORDS),
  tool("environment", [fixture("env-dump"), "RUNSPEC_AGENT", "RUNSPEC_CONFIG", "BUN_OPTIONS"]),
  tool("touch", ["touch"], WORDS),
].join("\n");

interface Served extends ServeClient {
  /** `tools/call` with `words`, and its id. */
  call(name: string, words?: readonly string[], meta?: Record<string, unknown>): Promise<Message>;
}

/** A server with {@link TOOLS}, and its handshake made. */
async function serve(env: Record<string, string> = {}): Promise<Served> {
  const cwd = tempDir();
  writeSpec(cwd, TOOLS);
  const client = serveClient({ cwd, env, timeoutMs: 30_000 });
  await client.request("initialize", {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
  });
  await client.notify("notifications/initialized");
  return {
    ...client,
    call: (name, words = [], meta = {}) =>
      client.request("tools/call", { name, arguments: words.length === 0 ? {} : { words }, _meta: meta }),
  };
}

/** A `tools/call` to be sent with an id of our own. */
const callOf = (id: unknown, name: string, words: readonly string[], meta = {}): object => ({
  jsonrpc: "2.0",
  id,
  method: "tools/call",
  params: { name, arguments: { words }, _meta: meta },
});

const textOf = (message: Message): unknown => message.result?.content;

async function gone(pids: readonly number[]): Promise<void> {
  await waitUntil(
    () => !pids.some(alive),
    30_000,
    () => `the end of ${pids.filter(alive)}`,
  );
}

const ENDED = { code: 0, signal: null };

test.concurrent("a tool that reads stdin sees its end, and later requests are answered", async () => {
  const client = await serve();
  const reading = client.call("stdin");
  const ping = await client.request("ping");
  expect(textOf(await reading)).toEqual([{ type: "text", text: "" }]);
  expect(ping.result).toEqual({});
  expect((await client.request("tools/list")).result?.tools).toHaveLength(10);
  expect([await client.close(), client.noise, client.stderr()]).toEqual([ENDED, [], "end of stdin\n"]);
});

test.concurrent("two calls at once interleave, and ping is answered while they run", async () => {
  const client = await serve();
  const [a, b] = [tempDir(), tempDir()];
  const stream = { "runspec/stream": true };
  await client.send(callOf("a", "stepper", [a, "2"], stream));
  await client.send(callOf("b", "stepper", [b, "2"], stream));
  const heard = (id: string, data: string) =>
    client.notifications.some(({ params }) => params?.requestId === id && params.data === data);
  const step = async (id: string, n: number) => {
    await waitUntil(() => heard(id, `step ${n}\n`) && heard(id, `note ${n}\n`), 20_000, `step ${n} of ${id}`);
    expect((await client.request("ping")).result).toEqual({});
  };
  await step("a", 1);
  await step("b", 1);
  writeFileSync(join(a, "1"), "");
  await step("a", 2);
  expect(heard("b", "step 2\n")).toBe(false);
  writeFileSync(join(b, "1"), "");
  await step("b", 2);
  writeFileSync(join(b, "2"), "");
  const answers: Message[] = [];
  while (answers.length < 1) answers.push(...[await client.next()].filter(({ id }) => id !== undefined));
  writeFileSync(join(a, "2"), "");
  while (answers.length < 2) answers.push(...[await client.next()].filter(({ id }) => id !== undefined));
  expect(answers.map(({ id, result }) => [id, result?.isError, result?.content])).toEqual([
    ["b", false, []],
    ["a", false, []],
  ]);
  expect(await client.close()).toEqual(ENDED);
});

test.concurrent.each([
  ["dies of TERM", "die", {}],
  ["handles TERM", "handle", {}],
  ["ignores TERM", "ignore", {}],
  ["is streamed", "die", { "runspec/stream": true }],
])("a cancelled call gets no answer, and its tool is gone: one that %s", async (_what, mode, meta) => {
  const client = await serve();
  const file = join(tempDir(), "pids");
  await client.send(callOf("doomed", "sleeper", [file, mode], meta));
  const pids = await pidsIn(file);
  await client.notify("notifications/cancelled", { requestId: "doomed", reason: "enough" });
  await gone(pids);
  expect((await client.request("ping")).result).toEqual({});
  expect((await client.call("exit-with", ["0", "still here"])).result?.isError).toBe(false);
  expect(await client.close()).toEqual(ENDED);
  expect(await answerTo(client, "doomed")).toBeUndefined();
});

/** What has been answered to `id`, from all that nobody has taken. */
async function answerTo(client: ServeClient, id: unknown): Promise<Message | undefined> {
  await client.send("");
  const waiting: Message[] = [];
  for (;;) {
    const one = await Promise.race([client.next(), Bun.sleep(50)]).catch(() => undefined);
    if (one === undefined) return waiting.find((message) => message.id === id);
    waiting.push(one);
  }
}

test.concurrent("cancelled before it has started: nothing is run", async () => {
  const client = await serve();
  const marker = join(tempDir(), "marker");
  const cancel = { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 7 } };
  await client.write(`${JSON.stringify(callOf(7, "stepper", [marker]))}\n${JSON.stringify(cancel)}\n`);
  expect((await client.request("ping")).result).toEqual({});
  expect(await client.close()).toEqual(ENDED);
  expect(await answerTo(client, 7)).toBeUndefined();
});

test.concurrent("a cancellation of something else is no harm", async () => {
  const client = await serve();
  for (const requestId of ["unknown", 99, null, { a: 1 }, ["x"]]) {
    await client.notify("notifications/cancelled", { requestId });
  }
  await client.notify("notifications/cancelled");
  expect((await client.request("ping")).result).toEqual({});
  expect(await client.close()).toEqual(ENDED);
});

test.concurrent.each([["die"], ["ignore"]])(
  "the end of stdin ends every tool (%s), then serve",
  async (mode) => {
    const client = await serve();
    const files = [join(tempDir(), "a"), join(tempDir(), "b")];
    for (const file of files) await client.send(callOf(file, "sleeper", [file, mode]));
    const pids = (await Promise.all(files.map(pidsIn))).flat();
    expect([await client.close(), pids.length]).toEqual([ENDED, 4]);
    expect(pids.filter(alive)).toEqual([]);
    expect(client.noise).toEqual([]);
  },
);

test.concurrent.each([["SIGTERM"], ["SIGHUP"], ["SIGINT"]] as const)(
  "%s ends every tool, then serve, with 0",
  async (signal) => {
    const client = await serve();
    const file = join(tempDir(), "pids");
    await client.send(callOf(1, "sleeper", [file]));
    const pids = await pidsIn(file);
    client.kill(signal);
    expect(await client.close()).toEqual(ENDED);
    expect(pids.filter(alive)).toEqual([]);
  },
);

test.concurrent("KILL leaves no tool behind", async () => {
  const client = await serve();
  const file = join(tempDir(), "pids");
  await client.send(callOf(1, "sleeper", [file]));
  const pids = await pidsIn(file);
  client.kill("SIGKILL");
  expect(await client.close()).toEqual({ code: null, signal: "SIGKILL" });
  await gone(pids);
});

test.concurrent("a client that reads no more: the tool that floods it is ended", async () => {
  const cwd = tempDir();
  writeSpec(cwd, TOOLS);
  const file = join(tempDir(), "pids");
  const running = start(["serve"], { cwd });
  const hello = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } };
  await running.write(`${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: hello })}\n`);
  await running.write(`${JSON.stringify(callOf(2, "flood", [file], { "runspec/stream": true }))}\n`);
  const out = lines(running.stdout);
  for (let n = 0; n < 5; n++) await out.next();
  await out.return(undefined);
  await gone(await pidsIn(file));
  running.closeStdin();
  expect(await within(running.exited, 20_000, "the end of serve")).toEqual(ENDED);
  expect(await new Response(running.stderr).text()).toBe("");
});

test.concurrent("a child left behind does not keep the call, nor the server", async () => {
  const client = await serve();
  const file = join(tempDir(), "pids");
  expect(textOf(await client.call("leaver", [file]))).toEqual([{ type: "text", text: "left\n" }]);
  expect(await client.close()).toEqual(ENDED);
  for (const pid of await pidsIn(file)) process.kill(pid, "SIGKILL");
});

test.concurrent("what a call says of its end", async () => {
  const client = await serve();
  const facts = async (name: string, words: string[]): Promise<unknown> => {
    const { result } = await client.call(name, words);
    const { runspec } = Object(result?._meta);
    return { ...result, _meta: { ...runspec, duration_ms: typeof runspec.duration_ms } };
  };
  const number = "number";
  expect(await facts("exit-with", ["0", "out", "err"])).toEqual({
    content: [{ type: "text", text: "out" }],
    isError: false,
    _meta: { tool: "exit-with", exit_code: 0, duration_ms: number },
  });
  expect(await facts("exit-with", ["7", "out", "err"])).toEqual({
    content: [
      { type: "text", text: "exit_code: 7" },
      { type: "text", text: "out" },
      { type: "text", text: "err" },
    ],
    isError: true,
    _meta: { tool: "exit-with", exit_code: 7, duration_ms: number },
  });
  expect(await facts("die-of", ["TERM"])).toEqual({
    content: [
      { type: "text", text: "exit_code: 143" },
      { type: "text", text: "about to die of TERM\n" },
    ],
    isError: true,
    _meta: { tool: "die-of", exit_code: 143, signal: "SIGTERM", duration_ms: number },
  });
  expect([await client.close(), client.stderr()]).toEqual([ENDED, "errerr\n"]);
});

test.concurrent("a tool's environment: ours, without what steers our own binary", async () => {
  const client = await serve({ BUN_OPTIONS: "--smol", RUNSPEC_AGENT: "0" });
  const [{ text }] = Object(textOf(await client.call("environment")));
  const [agent, config, ...more] = String(text).split("\0");
  expect([agent, more]).toEqual(["RUNSPEC_AGENT=1", [""]]);
  expect(config).toMatch(/^RUNSPEC_CONFIG=\/.*\/runspec\.toml$/);
  expect(await client.close()).toEqual(ENDED);
});

test.concurrent("an unknown tool: -32602", async () => {
  const client = await serve();
  expect((await client.call("strpper")).error).toMatchObject({
    code: -32602,
    message: "unknown tool: strpper",
  });
  expect(await client.close()).toEqual(ENDED);
});

test.concurrent("an argument too long for any program is refused with a sentence; the next call works", async () => {
  const client = await serve();
  const { result } = await client.call("argv-dump", ["x".repeat(1024 * 1024)]);
  expect(result).toMatchObject({
    content: [{ type: "text", text: `${fixture("argv-dump")}: the arguments are too long for this system` }],
    isError: true,
  });
  const words = Array.from({ length: 16 }, (_, n) => String.fromCharCode(97 + n).repeat(65_536));
  const [{ text }] = Object(textOf(await client.call("argv-dump", words)));
  expect(String(text).split("\0").slice(0, -1)).toEqual(words);
  expect(await client.close()).toEqual(ENDED);
});

const LONG = `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"${"y".repeat(17 * 1024 * 1024)}"}}`;

test.concurrent.each([
  ["no JSON", "not json", -32700],
  ["half of a message", '{"jsonrpc":"2.0","id":1,"method":"ping"', -32700],
  ["not UTF-8", Buffer.from([0x22, 0xff, 0xfe, 0x22]), -32700],
  ["an overlong encoding", Buffer.from([0x22, 0xc0, 0xaf, 0x22]), -32700],
  ["a byte order mark", '\u{feff}{"jsonrpc":"2.0","id":1,"method":"ping"}', -32700],
  ["deep nesting", "[".repeat(200_000), -32700],
  ["a number", "42", -32600],
  ["null", "null", -32600],
  ["an empty array", "[]", -32600],
  ["an array, where there are no batches", '[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32600],
  ["no version", '{"id":1,"method":"ping"}', -32600],
  ["another version", '{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600],
  ["a method that is no string", '{"jsonrpc":"2.0","id":1,"method":7}', -32600],
  ["an id that is null", '{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600],
  ["an id that is an object", '{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600],
  ["an id that no double can hold", '{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}', -32600],
  ["params in an array", '{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', -32602],
  ["an unknown method", '{"jsonrpc":"2.0","id":1,"method":"tools/lst"}', -32601],
  ["the method __proto__", '{"jsonrpc":"2.0","id":1,"method":"__proto__"}', -32601],
  ["a call without a name", '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}', -32602],
  [
    "a call with arguments that are no object",
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"stdin","arguments":[]}}',
    -32602,
  ],
  ["a message over 16 MiB", LONG, -32600],
])("%s is refused, and the server lives on", async (_what, line, code) => {
  const client = await serve();
  await client.write(Buffer.concat([Buffer.from(line), Buffer.from("\n")]));
  const { error, result } = await client.next();
  expect([error?.code, result]).toEqual([code, undefined]);
  expect((await client.request("ping")).result).toEqual({});
  expect([await client.close(), client.noise, client.stderr()]).toEqual([ENDED, [], ""]);
});

test.concurrent("lines end as they like: empty ones, CR LF, in pieces, many at once", async () => {
  const client = await serve();
  const ping = (id: number) => `{"jsonrpc":"2.0","id":${id},"method":"ping"}`;
  await client.write(`\n\r\n\n${ping(1)}\r\n${ping(2)}\n${ping(3).slice(0, 9)}`);
  const ids = [await client.next(), await client.next()].map(({ id }) => id);
  await client.write(`${ping(3).slice(9)}\n`);
  ids.push((await client.next()).id);
  expect([ids, await client.close()]).toEqual([[1, 2, 3], ENDED]);
});

test.concurrent("a call cut short by the end of stdin is not run", async () => {
  const client = await serve();
  const marker = join(tempDir(), "marker");
  await client.write(JSON.stringify(callOf(1, "touch", [marker])));
  expect([await client.close(), existsSync(marker)]).toEqual([ENDED, false]);
});

test.concurrent("an id that is in use is refused, and the call under it goes on", async () => {
  const client = await serve();
  const dir = tempDir();
  await client.send(callOf("same", "stepper", [dir, "1"]));
  await waitUntil(() => client.stderr().includes("note 1"), 20_000, "the tool");
  await client.send(callOf("same", "touch", [join(dir, "1")]));
  const { error } = await client.next();
  expect(error).toMatchObject({ code: -32600, message: 'request id "same" is already in use' });
  expect(existsSync(join(dir, "1"))).toBe(false);
  writeFileSync(join(dir, "1"), "");
  expect(textOf(await client.next())).toEqual([{ type: "text", text: "step 1\n" }]);
  expect(await client.close()).toEqual(ENDED);
});

test.concurrent("a tool called once more than there is room for waits its turn, and can be cancelled while it waits", async () => {
  const client = await serve();
  const dir = tempDir();
  const files = Array.from({ length: 64 }, (_, n) => join(dir, `${n}`));
  for (const file of files) await client.send(callOf(file, "sleeper", [file]));
  const pids = (await Promise.all(files.map(pidsIn))).flat();
  await client.send(callOf("waiting", "touch", [join(dir, "waiting")]));
  await client.send(callOf("next", "touch", [join(dir, "next")]));
  expect((await client.request("ping")).result).toEqual({});
  await client.notify("notifications/cancelled", { requestId: "waiting" });
  await client.notify("notifications/cancelled", { requestId: files[0] });
  expect((await client.next()).id).toBe("next");
  expect([existsSync(join(dir, "next")), existsSync(join(dir, "waiting"))]).toEqual([true, false]);
  expect(await client.close()).toEqual(ENDED);
  expect(pids.filter(alive)).toEqual([]);
});

test.concurrent("with no runspec.toml there are no tools, and that is said", async () => {
  const client = serveClient({ cwd: tempDir() });
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } };
  await client.request("initialize", params);
  expect((await client.request("tools/list")).result?.tools).toEqual([]);
  expect([await client.close(), client.stderr()]).toEqual([
    ENDED,
    "runspec: no runspec.toml was found, so there are no tools\n",
  ]);
});

test.concurrent("with a broken runspec.toml: 125 before anything is answered", async () => {
  const cwd = tempDir();
  const file = writeSpec(cwd, '[a]\nargs.x = { type = "integer" }\nautonomy = "never"\n');
  const client = serveClient({ cwd });
  await client.send({ jsonrpc: "2.0", id: 1, method: "initialize", params: {} });
  expect(await client.close()).toEqual({ code: 125, signal: null });
  expect(client.stderr()).toStartWith(`runspec: 2 errors in runspec.toml:\nerror: ${file}`);
  expect(client.noise).toEqual([]);
});

test.concurrent("at a terminal it explains itself: 2", async () => {
  let screen = "";
  const child = Bun.spawn([BIN, "serve"], {
    cwd: tempDir(),
    terminal: {
      data(_terminal, bytes) {
        screen += new TextDecoder().decode(bytes);
      },
    },
  });
  expect(await within(child.exited, 20_000, "the end of serve")).toBe(2);
  expect(screen).toStartWith(
    "runspec: serve speaks JSON-RPC on stdin and stdout, and stdin is a terminal\r\n",
  );
});
