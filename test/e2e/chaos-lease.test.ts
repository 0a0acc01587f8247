/** Leases and networks: whatever the network does, a tool whose client is not heard ends within its lease, and no other does. */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { lines, start } from "../harness/binary.ts";
import { alive, waitUntil } from "../harness/processes.ts";
import { serveClient } from "../harness/serve-client.ts";
import { type SlowProxy, startSlowProxy } from "../harness/slow-proxy.ts";
import type { SshHost } from "../harness/ssh-host.ts";
import { startSshServer } from "../harness/ssh-server.ts";
import { tempDir } from "../harness/temp.ts";
import { furnish, pidsIn, project, script, tool } from "./site.ts";

setDefaultTimeout(90_000);

const FILE = 'args.file = { type = "str", position = 1 }';
const ANNOUNCE = 'echo $$ >"$1"; echo started';
/** Of the leases that end here: longer than a busy machine takes to pass on a word that keeps one. */
const LEASE_S = 5;
const TOOLS = [
  tool("short", script(`${ANNOUNCE}; exec sleep 600`), `${FILE}\nlease = "${LEASE_S}s"`),
  tool("flood", script(`${ANNOUNCE}; exec yes`), `${FILE}\nlease = "${LEASE_S}s"`),
  tool("longer", script(`${ANNOUNCE}; sleep ${LEASE_S + 1}; echo done`), `${FILE}\nlease = "${LEASE_S}s"`),
  tool("long", script(`${ANNOUNCE}; sleep 4; echo done`), `${FILE}\nlease = "60s"`),
].join("\n");

let host: SshHost;
beforeAll(async () => {
  host = await startSshServer();
  furnish(host, TOOLS);
});
afterAll(() => host.stop());

async function behind(): Promise<{ proxy: SlowProxy; local: { cwd: string; env: Record<string, string> } }> {
  const proxy = await startSlowProxy({ port: host.port });
  const toml = `[config.jump-hosts.demo-host]\nport = ${proxy.port}\nssh-options = ["HostKeyAlias=demo-host"]\n`;
  const { cwd, env } = project(toml, host.binDir);
  return { proxy, local: { cwd, env: { ...env, HOME: tempDir() } } };
}

const gone = (pids: readonly number[]) => waitUntil(() => !pids.some(alive), 30_000, `the end of ${pids}`);

/** What the network does once the tool has started; whether it is back before jump looks. */
const NETWORKS: [what: string, harm: (proxy: SlowProxy) => void, said: RegExp][] = [
  [
    "goes silent",
    (proxy) => proxy.stall(),
    /^runspec: demo-host: the connection went silent for 2 s and was given up$/m,
  ],
  [
    "is half open: only this side knows that it is gone",
    (proxy) => proxy.forsakeClients(),
    /^runspec: (demo-host: the connection was lost|demo-host: the server was ended by a signal, or the connection broke) before the answer came$/m,
  ],
];

describe.each(["short", "flood"])("%s: a network that", (name) => {
  test.concurrent.each(NETWORKS)("%s", async (_what, harm, said) => {
    const { proxy, local } = await behind();
    const file = join(tempDir(), "pid");
    const running = start(["jump", "demo-host", name, "--", file], {
      ...local,
      env: { ...local.env, RUNSPEC_SILENCE_MS: "1000" },
    });
    const out = lines(running.stdout);
    expect((await out.next()).value).toBe("started");
    const rest = (async () => {
      for await (const _ of out);
    })();
    const pids = await pidsIn(file);
    harm(proxy);
    const stderr = await new Response(running.stderr).text();
    expect(stderr).toMatch(said);
    expect(stderr).toContain(
      `  if the tool still runs there, it is told to end within ${LEASE_S} s; look on demo-host before you run it again\n`,
    );
    expect(await running.exited).toEqual({ code: 255, signal: null });
    await rest;
    await gone(pids);
    await proxy.stop();
  });
});

test.concurrent("a network that comes back when the lease is over: the call is answered by what became of it", async () => {
  const { proxy, local } = await behind();
  const file = join(tempDir(), "pid");
  const running = start(["jump", "demo-host", "short", "--", file], local);
  const out = lines(running.stdout);
  expect((await out.next()).value).toBe("started");
  const pids = await pidsIn(file);
  proxy.stall();
  await gone(pids);
  proxy.resume();
  expect(await new Response(running.stderr).text()).toBe(
    `runspec: nothing was heard from its client for ${LEASE_S} s: short was stopped; it ended with SIGTERM\n`,
  );
  expect(await running.exited).toEqual({ code: 255, signal: null });
  await proxy.stop();
});

test.concurrent("a network that comes back within the lease: nothing is lost", async () => {
  const { proxy, local } = await behind();
  const running = start(["jump", "demo-host", "long", "--", join(tempDir(), "pid")], local);
  const out = lines(running.stdout);
  expect((await out.next()).value).toBe("started");
  proxy.stall();
  await Bun.sleep(2500);
  proxy.resume();
  expect((await out.next()).value).toBe("done");
  expect(await new Response(running.stderr).text()).toBe("");
  expect(await running.exited).toEqual({ code: 0, signal: null });
  await proxy.stop();
});

describe("--mcp: the client knows nothing of leases", () => {
  async function called(name: string) {
    const { proxy, local } = await behind();
    const client = serveClient({ args: ["jump", "demo-host", "--mcp"], ...local, timeoutMs: 40_000 });
    await client.request("initialize", {
      protocolVersion: "2025-06-18",
      capabilities: {},
      clientInfo: { name: "t", version: "1" },
    });
    await client.notify("notifications/initialized");
    const file = join(tempDir(), "pid");
    return { proxy, client, file, call: client.request("tools/call", { name, arguments: { file } }) };
  }

  test.concurrent("as long as it is there, its tools run", async () => {
    const { proxy, client, call } = await called("longer");
    expect((await call).result).toMatchObject({ content: [{ text: "started\ndone\n" }] });
    expect(client.notifications).toEqual([]);
    expect(await client.close()).toEqual({ code: 0, signal: null });
    await proxy.stop();
  });

  test.concurrent("its tool ends, too; back again, it is told", async () => {
    const { proxy, client, file, call } = await called("short");
    const pids = await pidsIn(file);
    proxy.stall();
    await gone(pids);
    proxy.resume();
    expect((await call).result).toMatchObject({ isError: true, _meta: { runspec: { exit_code: 255 } } });
    expect(client.notifications).toEqual([]);
    expect(await client.close()).toEqual({ code: 0, signal: null });
    await proxy.stop();
  });
});
