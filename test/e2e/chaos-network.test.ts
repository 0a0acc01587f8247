/** Networks that delay, crumble, stall and break: what arrives is right as far as it goes, and jump always ends. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { lines, run, start } from "../harness/binary.ts";
import { alive, waitUntil } from "../harness/processes.ts";
import { type SlowProxy, type SlowProxyOptions, startSlowProxy } from "../harness/slow-proxy.ts";
import type { SshHost } from "../harness/ssh-host.ts";
import { startSshServer } from "../harness/ssh-server.ts";
import { tempDir } from "../harness/temp.ts";
import { furnish, type Local, pidsIn, project, script, tool } from "./site.ts";

setDefaultTimeout(90_000);

const COUNT = Array.from({ length: 3000 }, (_, n) => `${n + 1}\n`).join("");
const ANNOUNCE = 'echo $$ >"$1"';
const FILE = 'args.file = { type = "str", position = 1 }';
const TOOLS = [
  tool("count", script("seq 1 3000; echo counted >&2; exit 7")),
  tool("silent", script(`${ANNOUNCE}; echo started; exec sleep 600`), FILE),
  tool("endless", script(`${ANNOUNCE}; exec seq 1 900000000`), FILE),
].join("\n");

/** Whether the lease has been heard of when the network breaks is not ours to say. */
const LOST =
  /runspec: demo-host: the connection was lost before the answer came\n {2}if (the tool still runs there, it is told to end within 2 minutes|a tool was started, it may run on until the server there notices); look on demo-host before you run it again\n {2}runspec doctor demo-host\n$/;
const SILENT =
  /^runspec: demo-host: the connection went silent for 2 s and was given up\n {2}if (the tool still runs there, it is told to end within 2 minutes|a tool was started, it may run on until the server there notices); look on demo-host before you run it again\n {2}runspec doctor demo-host\n$/;
const NO_ANSWER =
  /^runspec: demo-host is out of reach: 127\.0\.0\.1, port \d+, did not answer within 1\.5 s\n/;

let host: SshHost;
beforeAll(async () => {
  host = await startSshServer();
  furnish(host, TOOLS);
});
afterAll(() => host.stop());

/** A project whose demo-host is behind a proxy of its own. */
async function behind(
  options: Omit<SlowProxyOptions, "port"> = {},
  patience: Record<string, string> = {},
): Promise<{ proxy: SlowProxy; local: Local }> {
  const proxy = await startSlowProxy({ ...options, port: host.port });
  const toml = `[config.jump-hosts.demo-host]\nport = ${proxy.port}\nssh-options = ["HostKeyAlias=demo-host"]\n`;
  const { cwd, env } = project(toml, host.binDir);
  return { proxy, local: { cwd, env: { ...env, HOME: tempDir(), ...patience } } };
}

const IMPATIENT = { RUNSPEC_HANDSHAKE_TIMEOUT: "9", RUNSPEC_SILENCE_MS: "1000" };

test.concurrent.each([
  ["one byte at a time", { crumble: true }],
  ["50 ms each way", { delayMs: 50 }],
])("a call through a network with %s", async (_what, options) => {
  const { proxy, local } = await behind(options);
  for (const call of ["first", "repeated"]) {
    const { code, out, stderr } = await run(["jump", "demo-host", "count"], {
      ...local,
    });
    expect({ call, code, right: out === COUNT, stderr }).toEqual({
      call,
      code: 7,
      right: true,
      stderr: "counted\n",
    });
  }
  await proxy.stop();
});

test.concurrent("a network that stalls while the tool is silent", async () => {
  const { proxy, local } = await behind({}, IMPATIENT);
  const file = join(tempDir(), "pid");
  const running = start(["jump", "demo-host", "silent", "--", file], local);
  // Then the handshake is over, too.
  expect((await lines(running.stdout).next()).value).toBe("started");
  const pids = await pidsIn(file);
  proxy.stall();
  expect(await new Response(running.stderr).text()).toMatch(SILENT);
  expect(await running.exited).toEqual({ code: 255, signal: null });
  await proxy.stop();
  await gone(pids);
});

test.concurrent("a network that stalls in mid-output", async () => {
  const { proxy, local } = await behind({}, IMPATIENT);
  const file = join(tempDir(), "pid");
  const running = start(["jump", "demo-host", "endless", "--", file], local);
  const pids = await pidsIn(file);
  const out = new Response(running.stdout).text();
  await waitUntil(() => proxy.received() > 500_000, 20_000, "output");
  proxy.stall();
  expect(await new Response(running.stderr).text()).toMatch(SILENT);
  expect(await running.exited).toEqual({ code: 255, signal: null });
  expect(isCount(await out)).toBe(true);
  await proxy.stop();
  await gone(pids);
});

test.concurrent("a network that is silent from the beginning", async () => {
  const { proxy, local } = await behind({}, IMPATIENT);
  proxy.stall();
  const { code, out, stderr } = await run(["jump", "demo-host", "count"], local);
  expect([code, out]).toEqual([255, ""]);
  expect(stderr).toMatch(NO_ANSWER);
  await proxy.stop();
});

test.concurrent("a network that breaks while the tool is silent", async () => {
  const { proxy, local } = await behind();
  const file = join(tempDir(), "pid");
  const running = start(["jump", "demo-host", "silent", "--", file], local);
  // Then the handshake is over, too.
  expect((await lines(running.stdout).next()).value).toBe("started");
  const pids = await pidsIn(file);
  proxy.cut();
  expect(await new Response(running.stderr).text()).toMatch(LOST);
  expect(await running.exited).toEqual({ code: 255, signal: null });
  await gone(pids);
  await proxy.stop();
});

test("a network that breaks anywhere in a call: 255, and a beginning of what the tool said", async () => {
  const whole = await behind();
  expect((await run(["jump", "demo-host", "count"], whole.local)).code).toBe(7);
  const total = whole.proxy.received();
  await whole.proxy.stop();
  const cuts = Array.from({ length: 7 }, (_, n) => Math.floor((total * n) / 7));
  const ends: number[] = [];
  for (const cutAfter of cuts) {
    const { proxy, local } = await behind({ cutAfter });
    const { code, out, stderr } = await run(["jump", "demo-host", "count"], local);
    await proxy.stop();
    expect(COUNT.startsWith(out)).toBe(true);
    expect(stderr.split("\n").filter((line) => line.startsWith("{"))).toEqual([]);
    // The last bytes are ssh's farewell: when they are lost, the answer has come.
    if (code === 7) expect(out).toBe(COUNT);
    else
      expect({ cutAfter, code, stderr }).toEqual({
        cutAfter,
        code: 255,
        stderr: expect.stringMatching(
          /^runspec: (demo-host: the connection was lost before the answer came|demo-host: (the server was ended by a signal, or the connection broke before the answer came|ssh ended without a word before runspec answered: it did not connect, the connection broke, or a signal ended runspec|runspec was ended by a signal, or the connection broke, before it answered \(what was said is above\))|demo-host: ssh could not connect \(ssh's message is above\))$/m,
        ),
      });
    ends.push(code ?? -1);
  }
  expect(ends.filter((code) => code === 255).length).toBeGreaterThan(3);
});

function isCount(text: string): boolean {
  let at = 0;
  for (let n = 1; at < text.length; n++) {
    const line = `${n}\n`;
    if (!line.startsWith(text.slice(at, at + line.length))) return false;
    at += line.length;
  }
  return true;
}

const gone = (pids: readonly number[]): Promise<void> =>
  waitUntil(() => !pids.some(alive), 20_000, `the end of ${pids}`);
