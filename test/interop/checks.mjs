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
 * @property {boolean} [patient] It waits 40 s for a silent tool: one client will do.
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
    assert.match(result.content[0].text, /only a person may do this.*runspec run wipe/);
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
  const patience = adapter.patient ? check : async () => {};
  await patience("a tool that is silent for longer than the client waits", async () => {
    const result = await adapter.call(
      "silent",
      {},
      { timeout: 3000, resetTimeoutOnProgress: true, onprogress: () => {} },
    );
    assert.equal(result.content[0].text, "awake\n");
  });
  await check("every type of argument", () =>
    everyType((given) => adapter.call("types", given).then(textOf)),
  );
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

/** Arguments as models and clients write them, and the words that the tool has to get for them. */
const AS_DECLARED = [
  [
    { text: "a b", count: 5, ratio: 0.5, sure: true, force: true, level: "low" },
    "--text a b --count 5 --ratio 0.5 --sure true --force --level low",
  ],
  [
    { text: "x", count: 5, port: "80", tag: ["a", "b"], ids: [1, 2], file: "f", more: ["m", "n"] },
    "--text x --count 5 --port 80 --tag a --tag b --ids 1,2 --file f -- m n",
  ],
];
const AS_MODELS_DO = [
  [
    { text: "x", count: "5", ratio: "1.10", sure: "false", force: "true", port: 443 },
    "--text x --count 5 --ratio 1.10 --sure false --force --port 443",
  ],
  [{ text: "x", count: 5, tag: "a", ids: "1,2" }, "--text x --count 5 --tag a --ids 1,2"],
  [{ text: "x", count: 5, tag: '["a"]', ids: 7 }, "--text x --count 5 --tag a --ids 7"],
  [
    { text: "x", count: 5, ratio: null, sure: null, tag: null, more: null, force: null },
    "--text x --count 5",
  ],
  [
    { text: "x", count: 5, ratio: "", wait_for_previous: true, task_progress: "- [ ] it" },
    "--text x --count 5",
  ],
];

/** `call` gives the text that the tool printed: its words, one a line. `declared`: only what the schema has. */
export async function everyType(call, { declared = false } = {}) {
  for (const [given, words] of declared ? AS_DECLARED : [...AS_DECLARED, ...AS_MODELS_DO]) {
    assert.equal((await call(given)).trim().split("\n").join(" "), words);
  }
}

export const textOf = (result) => result.content.map(({ text }) => text).join("");

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

export async function check(name, run) {
  let problem;
  try {
    await run();
  } catch (error) {
    problem = error;
  }
  const detail = problem === undefined ? "" : String(problem?.message ?? problem);
  process.stdout.write(`${JSON.stringify({ check: name, ok: problem === undefined, detail })}\n`);
}

export async function until(holds, what, withinMs = 15_000) {
  const deadline = Date.now() + withinMs;
  while (!holds()) {
    assert.ok(Date.now() < deadline, `waited in vain for ${what}`);
    await sleep(20);
  }
}

/** Whether the process runs; one that has ended but is not reaped does not. */
export function alive(pid) {
  try {
    const state = execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).trim();
    return !state.startsWith("Z");
  } catch {
    return false;
  }
}
