/** How calls of `runspec serve` are cancelled, and how it ends: no tool is left running. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BASE_ENV, BIN, lines, type Running, run, start } from "../harness/binary.ts";
import { alive, waitUntil, within } from "../harness/processes.ts";
import type { Message, ServeClient } from "../harness/serve-client.ts";
import { specDir, tempDir, writeSpec } from "../harness/temp.ts";
import { gone } from "./processes.ts";

import { callOf, ENDED, serve, TOOLS, textOf } from "./served.ts";
import { pidsIn } from "./site.ts";

setDefaultTimeout(60_000);

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

test.concurrent.each([
  ["keeps leases, and would wait", { "runspec/lease": {} }, false],
  ["has no more to say, as a pipe", {}, true],
])("of a client that has left before its call was read, and %s", async (_what, experimental, isRun) => {
  const cwd = specDir(TOOLS);
  const marker = join(tempDir(), "marker");
  const hello = {
    protocolVersion: "2025-11-25",
    capabilities: { experimental },
    clientInfo: { name: "t", version: "1" },
  };
  const messages = [
    { jsonrpc: "2.0", id: 0, method: "initialize", params: hello },
    { jsonrpc: "2.0", method: "notifications/initialized" },
    callOf(1, "touch", [marker]),
  ];
  writeFileSync(join(cwd, "messages"), messages.map((message) => `${JSON.stringify(message)}\n`).join(""));
  const script =
    'mkfifo f; { until [ -e left ]; do sleep 0.02; done; exec "$0" serve; } <f & cat messages >f; : >left; wait';
  const server = Bun.spawn(["sh", "-c", script, BIN], { cwd, env: BASE_ENV, stderr: "ignore" });
  const answers = (await server.stdout.text()).trimEnd().split("\n");
  expect(answers.map((line) => JSON.parse(line).id)).toEqual([0, 1]);
  expect(existsSync(marker)).toBe(isRun);
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

test.concurrent.each([
  ["die", "exit_code: 143\nsleeper was stopped; it ended with SIGTERM\nstdout:\nready\n"],
  [
    "ignore",
    "exit_code: 137\nsleeper was stopped; it was killed 1s after TERM, before its clean-up was over\nit has longer with stop-timeout in its table (now 1s)\nstdout:\nready\n",
  ],
])("the end of stdin ends every tool (%s), then serve, and their calls are answered", async (mode, text) => {
  const client = await serve();
  const files = [join(tempDir(), "a"), join(tempDir(), "b")];
  for (const file of files) await client.send(callOf(file, "sleeper", [file, mode]));
  const pids = (await Promise.all(files.map(pidsIn))).flat();
  expect([await client.close(), pids.length]).toEqual([ENDED, 4]);
  expect(pids.filter(alive)).toEqual([]);
  expect(textOf((await answerTo(client, files[0])) ?? {})).toEqual([{ type: "text", text }]);
  expect(client.noise).toEqual([]);
});

test.concurrent.each([["SIGTERM"], ["SIGHUP"], ["SIGINT"]] as const)(
  "%s ends every tool, then serve, with 0, and their calls are answered",
  async (signal) => {
    const client = await serve();
    const file = join(tempDir(), "pids");
    await client.send(callOf(1, "sleeper", [file, "handle"]));
    const pids = await pidsIn(file);
    client.kill(signal);
    expect(await client.close()).toEqual(ENDED);
    expect(pids.filter(alive)).toEqual([]);
    const text = "exit_code: 3\nsleeper was stopped; it ended with 3\nstdout:\nready\ncleaned up\n";
    expect((await answerTo(client, 1))?.result).toMatchObject({
      content: [{ type: "text", text }],
      isError: true,
    });
  },
);

test.concurrent.skipIf(process.platform !== "linux")(
  "a stdin without an end is read until a signal comes, and kept no more than a message may hold",
  async () => {
    const child = Bun.spawn([BIN, "serve"], {
      cwd: tempDir(),
      env: BASE_ENV,
      stdio: [Bun.file("/dev/zero"), "pipe", "ignore"],
    });
    // Left alone it would read for ever, at the pace of a whole processor.
    await untilItHears(child);
    await Bun.sleep(250);
    const kib = Number(statusOf(child.pid, "VmRSS"));
    child.kill("SIGTERM");
    expect([await within(child.exited, 10_000, "the end of serve"), child.signalCode]).toEqual([0, null]);
    expect(await new Response(child.stdout).text()).toBe("");
    expect(kib).toBeLessThan(300 * 1024);
  },
);

test.concurrent.skipIf(process.platform !== "linux").each([
  ["SIGHUP", 129],
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("%s before it has been asked anything: its exit code says so", async (signal, code) => {
  const child = Bun.spawn([BIN, "serve"], {
    cwd: tempDir(),
    env: BASE_ENV,
    stdio: ["pipe", "ignore", "ignore"],
  });
  await untilItHears(child);
  child.kill(signal);
  expect([await within(child.exited, 10_000, "the end of serve"), child.signalCode]).toEqual([code, null]);
});

/** HUP, INT and TERM, in `SigCgt`. */
const STOPS = (1 << 0) | (1 << 1) | (1 << 14);

function statusOf(pid: number, name: string): string {
  return new RegExp(`^${name}:\\s*(\\w+)`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "";
}

async function untilItHears(child: Bun.Subprocess): Promise<void> {
  const hears = () => (Number.parseInt(statusOf(child.pid, "SigCgt"), 16) & STOPS) === STOPS;
  await waitUntil(hears, 10_000, "a handler").catch((error) => {
    child.kill("SIGKILL");
    throw error;
  });
}

test.concurrent("KILL leaves no tool behind", async () => {
  const client = await serve();
  const file = join(tempDir(), "pids");
  await client.send(callOf(1, "sleeper", [file]));
  const pids = await pidsIn(file);
  client.kill("SIGKILL");
  expect(await client.close()).toEqual({ code: null, signal: "SIGKILL" });
  await gone(pids);
});

/** A server with {@link TOOLS} and its client's first word, whose answers nobody reads. */
async function greeted(): Promise<Running> {
  const cwd = specDir(TOOLS);
  const running = start(["serve"], { cwd });
  const params = {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "t", version: "1" },
  };
  await running.write(`${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params })}\n`);
  return running;
}

test.concurrent.each([
  ["is flooded", callOf(3, "flood", [join(tempDir(), "pid")], { "runspec/stream": true })],
  ["asks once more", { jsonrpc: "2.0", id: 3, method: "ping" }],
])(
  "a client that reads no more and %s: its tools are ended, and the server, whoever still holds its stdin",
  async (how, message) => {
    const running = await greeted();
    const file = join(tempDir(), "pids");
    await running.write(`${JSON.stringify(callOf(2, "sleeper", [file, "die"]))}\n`);
    const silent = await pidsIn(file);
    const out = lines(running.stdout);
    await out.next();
    await out.return(undefined);
    const ask = () => running.write(`${JSON.stringify(message)}\n`);
    await ask();
    // The runtime closes the reading end some time after it is let go of: what is answered until then fills the pipe, and tells nothing.
    const isOver = () => ask().then(() => !silent.some(alive));
    if (how === "asks once more") await waitUntil(isOver, 20_000, "the end of the tool");
    await gone(silent);
    expect(await within(running.exited, 20_000, "the end of serve")).toEqual(ENDED);
    expect(await new Response(running.stderr).text()).toBe("");
  },
);

test.concurrent.each([
  ["hangs up", (running: Running) => running.closeStdin()],
  ["ends the server", (running: Running) => running.kill("SIGTERM")],
])(
  "a client that takes nothing more and %s in the middle of a call is not waited for",
  async (_how, leave) => {
    const running = await greeted();
    const file = join(tempDir(), "pids");
    await running.write(`${JSON.stringify(callOf(2, "flood", [file], { "runspec/stream": true }))}\n`);
    const pids = await pidsIn(file);
    // Its stdout stays open, and full.
    await Bun.sleep(500);
    leave(running);
    expect(await within(running.exited, 15_000, "the end of serve")).toEqual(ENDED);
    await gone(pids);
  },
);

test.concurrent("a client that has hung up between calls gets every answer, whenever it takes them", async () => {
  const running = await greeted();
  const list = (id: number) => `${JSON.stringify({ jsonrpc: "2.0", id, method: "tools/list" })}\n`;
  await running.write(Array.from({ length: 600 }, (_, n) => list(n + 2)).join(""));
  running.closeStdin();
  await Bun.sleep(5000);
  const answers: unknown[] = [];
  for await (const line of lines(running.stdout)) answers.push(JSON.parse(line).id);
  expect(answers).toEqual(Array.from({ length: 601 }, (_, n) => n + 1));
  expect(await running.exited).toEqual(ENDED);
});

test.concurrent("a call cut short by the end of stdin is not run", async () => {
  const client = await serve();
  const marker = join(tempDir(), "marker");
  await client.write(JSON.stringify(callOf(1, "touch", [marker])));
  expect([await client.close(), existsSync(marker)]).toEqual([ENDED, false]);
});

/** Messages of a client that says what it has to say and no more, as a person does to try a server. */
const piped = (...calls: object[]): string =>
  [
    {
      jsonrpc: "2.0",
      id: 1,
      method: "initialize",
      params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } },
    },
    ...calls,
  ]
    .map((message) => `${JSON.stringify(message)}\n`)
    .join("");

test.concurrent("calls under way at the end of stdin are answered", async () => {
  const cwd = tempDir();
  writeSpec(
    cwd,
    `${TOOLS}\n[slow]\nautonomy = "autonomous"\ncommand = ["/bin/sh", "-c", "sleep 0.05; echo done"]\n`,
  );
  const call = (id: number) => ({ jsonrpc: "2.0", id, method: "tools/call", params: { name: "slow" } });
  const ran = await run(["serve"], {
    cwd,
    stdin: `\ufeff${piped(...Array.from({ length: 70 }, (_, index) => call(index + 2)))}`,
  });
  const answers = ran.out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(
    answers
      .slice(1)
      .map(({ id, result }) => [id, result.content[0].text])
      .sort((a, b) => a[0] - b[0]),
  ).toEqual(Array.from({ length: 70 }, (_, index) => [index + 2, "done\n"]));
  expect({ code: ran.code, stderr: ran.stderr }).toEqual({ code: 0, stderr: "" });
});

test.concurrent("one that takes longer is ended with its processes, and answered with that", async () => {
  const cwd = specDir(TOOLS);
  const file = join(tempDir(), "pids");
  const ran = await run(["serve"], { cwd, stdin: piped(callOf(2, "sleeper", [file])) });
  const [, answer = ""] = ran.out.split("\n");
  const { content, isError } = JSON.parse(answer).result;
  const text = "exit_code: 143\nsleeper was stopped; it ended with SIGTERM\nstdout:\nready\n";
  expect([content, isError, ran.code]).toEqual([[{ type: "text", text }], true, 0]);
  await gone(await pidsIn(file));
});

test.concurrent("a stdin that cannot be read is told", async () => {
  const line = ["-c", 'exec "$0" serve 0>"$1"', BIN, join(tempDir(), "written")];
  const { code, out, stderr } = await run(line, { program: "/bin/sh" });
  expect([code, out]).toEqual([125, ""]);
  expect(stderr).toEndWith("\nrunspec: stdin cannot be read: bad file descriptor\n");
});
