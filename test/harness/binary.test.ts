import { expect, test } from "bun:test";
import { join } from "node:path";
import { fixture, lines, run, start } from "./binary.ts";
import { recordingSsh } from "./recording-ssh.ts";
import { serveClient } from "./serve-client.ts";
import { tempDir } from "./temp.ts";

test("the recording ssh keeps every argument as it was", async () => {
  const ssh = await recordingSsh(tempDir(), { exitCode: 4, stderr: "no route 'home'\n", script: "cat" });
  const words = ["-o", "A b=c", "", "two\nlines", "it's", "$(x)", "--"];
  const result = await run(words, { program: join(ssh.binDir, "ssh"), stdin: "passed on" });
  expect([result.code, result.out, result.stderr]).toEqual([4, "passed on", "no route 'home'\n"]);
  await run([], { program: join(ssh.binDir, "ssh") });
  expect(await ssh.calls()).toEqual([words, []]);
});

test("run() gives a clean environment, sends signals and reports them", async () => {
  const { out } = await run([], { program: fixture("env-dump"), env: { EXTRA: "1", LANG: undefined } });
  const names = out
    .trim()
    .split("\n")
    .map((line) => line.split("=")[0]);
  expect(names.filter((name) => !["PWD", "_", "SHLVL", "OLDPWD"].includes(name ?? "")).sort()).toEqual([
    "EXTRA",
    "HOME",
    "PATH",
  ]);
  const killed = await run(["-c", "echo ready; exec sleep 600"], {
    program: "sh",
    signalOn: { output: "ready", signal: "SIGTERM" },
  });
  expect([killed.code, killed.signal, killed.out]).toEqual([null, "SIGTERM", "ready\n"]);
});

test("start() gives lines while the process runs", async () => {
  const running = start([], { program: fixture("stdin-cat") });
  const heard = lines(running.stdout);
  for (const word of ["one", "two"]) {
    await running.write(`${word}\n`);
    expect((await heard.next()).value).toBe(word);
  }
  running.closeStdin();
  expect((await heard.next()).done).toBe(true);
  expect(await running.exited).toEqual({ code: 0, signal: null });
});

test("the serve client tells responses, notifications and noise apart", async () => {
  const client = serveClient({ program: fixture("echo-peer"), args: [] });
  await client.send("not JSON");
  await client.notify("notifications/x", { a: 1 });
  expect(await client.next()).toEqual({ jsonrpc: "2.0", method: "notifications/x", params: { a: 1 } });
  await client.send({ jsonrpc: "2.0", id: 9, result: { b: 2 } });
  expect(await client.next()).toEqual({ jsonrpc: "2.0", id: 9, result: { b: 2 } });
  expect([client.noise, client.notifications.length]).toEqual([["not JSON"], 1]);
  expect(await client.close()).toEqual({ code: 0, signal: null });
});
