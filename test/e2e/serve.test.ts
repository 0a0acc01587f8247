/** `runspec serve` over pipes: what its tools read and say, and how calls share it. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BIN } from "../harness/binary.ts";
import { waitUntil } from "../harness/processes.ts";
import { type Message, serveClient } from "../harness/serve-client.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";
import { startInTerminal } from "../harness/terminal.ts";
import { callOf, ENDED, serve, textOf } from "./served.ts";
import { fixture, pidsIn } from "./site.ts";

setDefaultTimeout(60_000);

test.concurrent("a tool that reads stdin sees its end, and later requests are answered", async () => {
  const client = await serve();
  const reading = client.call("stdin");
  const ping = await client.request("ping");
  expect(textOf(await reading)).toEqual([{ type: "text", text: "exit_code: 0" }]);
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

test.concurrent("a child left behind does not keep the call, nor the server", async () => {
  const client = await serve();
  const file = join(tempDir(), "pids");
  expect(textOf(await client.call("leaver", [file]))).toEqual([{ type: "text", text: "left\n" }]);
  expect(await client.close()).toEqual(ENDED);
  for (const pid of await pidsIn(file)) process.kill(pid, "SIGKILL");
});

test.concurrent("a call's answer says how its tool ended", async () => {
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
    content: [{ type: "text", text: "exit_code: 7\nstdout:\nout\nstderr:\nerr" }],
    isError: true,
    _meta: { tool: "exit-with", exit_code: 7, duration_ms: number },
  });
  expect(await facts("die-of", ["TERM"])).toEqual({
    content: [{ type: "text", text: "exit_code: 143\nstdout:\nabout to die of TERM\n" }],
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
    message: 'unknown tool: strpper; did you mean "stepper"?',
  });
  expect(await client.close()).toEqual(ENDED);
});

test.concurrent("an argument too long for any program is refused with a sentence; the next call works", async () => {
  const client = await serve();
  const { result } = await client.call("argv-dump", ["x".repeat(1024 * 1024)]);
  expect(result).toMatchObject({
    content: [
      {
        type: "text",
        text: `${fixture("argv-dump")}: the arguments are too long for this system\npass it a file instead`,
      },
    ],
    isError: true,
  });
  const words = Array.from({ length: 16 }, (_, n) => String.fromCharCode(97 + n).repeat(65_536));
  const [{ text }] = Object(textOf(await client.call("argv-dump", words)));
  expect(String(text).split("\0").slice(0, -1)).toEqual(words);
  expect(await client.close()).toEqual(ENDED);
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

test.concurrent("with no runspec.toml there are no tools, and that is said", async () => {
  const client = serveClient({ cwd: tempDir() });
  await client.open();
  expect((await client.request("tools/list")).result?.tools).toEqual([]);
  expect([await client.close(), client.stderr()]).toEqual([
    ENDED,
    "runspec: no runspec.toml here (~/.config/runspec, /etc/runspec), so there are no tools\n",
  ]);
});

test.concurrent("with files whose tools are all for elsewhere, that is said", async () => {
  const cwd = tempDir();
  const file = writeSpec(
    cwd,
    '[a]\ncommand = "id"\nhosts = ["elsewhere"]\n[b]\ncommand = "id"\nserve = ["remote"]\n',
  );
  const client = serveClient({ cwd });
  await client.open();
  expect((await client.request("tools/list")).result?.tools).toEqual([]);
  expect([await client.close(), client.stderr()]).toEqual([
    ENDED,
    `runspec: no tool of ${file} is offered here\n`,
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

test.concurrent("at a terminal it explains itself, and how a client is told of it: 2", async () => {
  const cwd = tempDir();
  const file = join(cwd, "my tools.toml");
  renameSync(writeSpec(cwd, '[a]\ncommand = "id"\n'), file);
  await using program = startInTerminal([BIN, "serve", "--config", "my tools.toml"], { cwd });
  expect(await program.exited()).toBe(2);
  expect(program.screen()).toStartWith(
    "runspec: serve speaks JSON-RPC on stdin and stdout, and stdin is a terminal\r\n  an MCP client starts it: runspec attach claude-code --config 'my tools.toml' prints the entry for one\r\n",
  );
  const [entry = ""] = /\{.*\}/s.exec(program.screen()) ?? [];
  expect(JSON.parse(entry)).toEqual({
    mcpServers: { runspec: { command: BIN, args: ["serve", "--config", file] } },
  });
});
