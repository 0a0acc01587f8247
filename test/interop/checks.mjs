/**
 * What every MCP client must be able to do with `runspec serve`. Runs under the client's own runtime, in the directory its package
 * was installed into, and prints one JSON line a check: `{check, ok, detail}`.
 */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * @typedef {object} Adapter What a client must be told apart by.
 * @property {() => Promise<void>} connect
 * @property {string | undefined} expectedVersion
 * @property {() => string | undefined} version
 * @property {() => Promise<{name: string}[]>} listTools Every page of them.
 * @property {(name: string, args?: object, options?: {signal?: AbortSignal, onprogress?: (p: object) => void, meta?: object}) => Promise<any>} call
 * @property {() => Promise<void>} close
 * @property {() => number} pid
 * @property {Error[]} errors What the client complained of.
 */

/** Runs all checks with one connection. `pidFile` is where the tool `sleeper` says who it is. */
export async function runChecks(/** @type {Adapter} */ adapter, { tools, pidFile }) {
  await check("connect", async () => {
    await adapter.connect();
    assert.equal(adapter.version(), adapter.expectedVersion);
  });
  await check("list every page", async () => {
    const listed = await adapter.listTools();
    assert.deepEqual(
      listed.map(({ name }) => name),
      tools,
    );
  });
  await check("call", async () => {
    const result = await adapter.call("greet", { who: "you" });
    assert.deepEqual(result.content, [{ type: "text", text: "hello you\n" }]);
    assert.equal(result.isError, false);
    assert.equal(result._meta.runspec.exit_code, 0);
  });
  await check("call with JSON output", async () => {
    const { structuredContent } = await adapter.call("report");
    assert.deepEqual(structuredContent, { ok: true });
  });
  await check("a failing call", async () => {
    const result = await adapter.call("fail");
    assert.equal(result.isError, true);
    assert.deepEqual(
      result.content.map(({ text }) => text),
      ["exit_code: 3\nstdout:\nout\nstderr:\nerr"],
    );
    assert.equal(result._meta.runspec.exit_code, 3);
  });
  await check("a call with a mistake", async () => {
    const result = await adapter.call("greet", { whom: "you" });
    assert.equal(result.isError, true);
    assert.match(result.content[0].text, /did you mean "who"/);
  });
  await check("a manual tool", async () => {
    const result = await adapter.call("wipe");
    assert.equal(result.isError, true);
    assert.match(result.content[0].text, /only a person may run it.*runspec run wipe/);
  });
  await check("a tool that is not there", async () => {
    await assert.rejects(adapter.call("nobody"), (error) => error.code === -32602);
  });
  await check("progress", async () => {
    const reports = [];
    await adapter.call("slow", {}, { onprogress: (report) => reports.push(report) });
    assert.ok(reports.length > 0);
    assert.ok(reports.every(({ progress }, index) => index === 0 || progress > reports[index - 1].progress));
    assert.equal(reports[0].message, "working");
  });
  await check("cancel", () => cancel(adapter, pidFile));
  await check("50 calls at once", async () => {
    const names = Array.from({ length: 50 }, (_, index) => `n${index}`);
    const results = await Promise.all(names.map((who) => adapter.call("greet", { who })));
    assert.deepEqual(
      results.map(({ content }) => content[0].text),
      names.map((name) => `hello ${name}\n`),
    );
  });
  await check("more output than a client takes", async () => {
    const result = await adapter.call("flood");
    assert.equal(result._meta.runspec.truncated, true);
    assert.match(result.content[0].text, /bytes left out/);
    assert.equal((await adapter.call("greet", { who: "you" })).isError, false);
  });
  await check("close", async () => {
    const pid = adapter.pid();
    await adapter.close();
    await until(() => !alive(pid), "the end of serve");
    assert.deepEqual(adapter.errors.map(String), []);
  });
}

async function cancel(adapter, pidFile) {
  rmSync(pidFile, { force: true });
  const controller = new AbortController();
  const call = adapter.call("sleeper", {}, { signal: controller.signal });
  call.catch(() => {});
  await until(() => existsSync(pidFile), "the tool's start");
  const pids = readFileSync(pidFile, "utf8").trim().split(/\s+/).map(Number);
  controller.abort("enough");
  await assert.rejects(call);
  await until(() => !pids.some(alive), "the end of the tool's processes", 6000);
  assert.equal((await adapter.call("greet", { who: "you" })).isError, false);
}

async function check(name, run) {
  let problem;
  try {
    await run();
  } catch (error) {
    problem = error;
  }
  const detail = problem === undefined ? "" : String(problem?.message ?? problem);
  process.stdout.write(`${JSON.stringify({ check: name, ok: problem === undefined, detail })}\n`);
}

async function until(holds, what, withinMs = 15_000) {
  const deadline = Date.now() + withinMs;
  while (!holds()) {
    assert.ok(Date.now() < deadline, `waited in vain for ${what}`);
    await sleep(20);
  }
}

/** Whether the process runs; one that has ended but is not reaped does not. */
function alive(pid) {
  try {
    const state = execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).trim();
    return !state.startsWith("Z");
  } catch {
    return false;
  }
}
