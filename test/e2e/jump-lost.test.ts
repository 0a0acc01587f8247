/** Whatever is killed or falls silent on the way, no tool is left running, and jump says what happened. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { lines, run, start } from "../harness/binary.ts";
import { childrenOf, look } from "../harness/processes.ts";
import type { SshHost } from "../harness/ssh-host.ts";
import { startSshServer } from "../harness/ssh-server.ts";
import { tempDir } from "../harness/temp.ts";
import { gone, restOf, startTool } from "./processes.ts";
import {
  fixture,
  furnish,
  type Local,
  localTo,
  pidsIn,
  project,
  script,
  throughSshd,
  tool,
  WORDS,
} from "./site.ts";

setDefaultTimeout(60_000);

const AFTER_A_LOSS =
  "  if the tool still runs there, it is told to end within 2 minutes; look on demo-host before you run it again\n  runspec doctor demo-host\n";

const TOOLS = [
  tool("sleeper", [fixture("sleeper")], `${WORDS}\nstop-timeout = "2s"`),
  tool("flood", script('echo $$ >"$1"; yes & yes >&2'), WORDS),
  tool("quiet", script("sleep 3.5; echo done")),
].join("\n");

throughSshd(TOOLS, (site) => {
  const { startJump } = site;

  test.concurrent("KILL to jump ends the tool", async () => {
    const { running, pids } = await startTool(site, "sleeper");
    running.kill("SIGKILL");
    expect(await running.exited).toEqual({ code: null, signal: "SIGKILL" });
    await gone(pids);
  });

  test.concurrent("KILL to jump ends a tool that ignores TERM and floods", async () => {
    const file = join(tempDir(), "pids");
    const running = startJump(["flood", "--", file]);
    const pids = await pidsIn(file);
    running.kill("SIGKILL");
    await gone(pids);
  });

  test.concurrent("KILL to ssh ends the tool, and jump says so", async () => {
    const { running, out, pids } = await startTool(site, "sleeper");
    const [ssh = 0] = childrenOf(running.pid);
    process.kill(ssh, "SIGKILL");
    expect(await restOf(out)).toEqual([]);
    expect(await new Response(running.stderr).text()).toBe(
      `runspec: demo-host: ssh was ended on this side by SIGKILL before the answer came\n${AFTER_A_LOSS}`,
    );
    expect(await running.exited).toEqual({ code: 255, signal: null });
    await gone(pids);
  });

  test.concurrent("KILL to ssh while the tool is being stopped: what is not known is said", async () => {
    const { running, out, pids } = await startTool(site, "sleeper", "ignore");
    const said = lines(running.stderr);
    running.kill("SIGINT");
    expect((await said.next()).value).toStartWith("runspec: stopping sleeper on demo-host; ");
    const [ssh = 0] = childrenOf(running.pid);
    process.kill(ssh, "SIGKILL");
    expect([await restOf(out), `${(await restOf(said)).join("\n")}\n`]).toEqual([
      [],
      `runspec: demo-host: ssh was ended on this side by SIGKILL before the answer came\n${AFTER_A_LOSS}`,
    ]);
    expect(await running.exited).toEqual({ code: 130, signal: null });
    await gone(pids);
  });

  test.concurrent("KILL to the server on the remote ends the tool, and jump does not hang", async () => {
    const { running, out, pids } = await startTool(site, "sleeper");
    const [leader = 0] = pids;
    process.kill(look(leader)?.parent ?? Number.NaN, "SIGKILL");
    expect(await restOf(out)).toEqual([]);
    const stderr = await new Response(running.stderr).text();
    const { code } = await running.exited;
    // The remote's shell has a word of its own about it.
    expect(stderr).toEndWith(
      "runspec: demo-host: the runspec server closed the connection before it answered (it ended with 137)\n  if the tool still runs there, it is told to end within 2 minutes; look on demo-host before you run it again\n  its last words, if any, are above\n",
    );
    expect(code).toBe(125);
    await gone(pids);
  });
});

const IMPATIENT = { RUNSPEC_SILENCE_MS: "1000" };

/** A host whose server process can be stopped, and what it takes to jump there with little patience. */
async function withImpatience(tests: (host: SshHost, options: Local) => Promise<void>): Promise<void> {
  const host = await startSshServer({ ownProcess: true });
  furnish(host, TOOLS);
  const { cwd, env } = localTo(host);
  try {
    await tests(host, { cwd, env: { ...env, ...IMPATIENT } });
  } finally {
    // One that is stopped could not end.
    process.kill(host.serverPid ?? 0, "SIGCONT");
    await host.stop();
  }
}

test.concurrent("a network that goes silent during a call: 255 and a sentence, no hang", () =>
  withImpatience(async (host, options) => {
    const file = join(tempDir(), "pids");
    const running = start(["jump", host.alias, "sleeper", "--", file], options);
    const out = lines(running.stdout);
    expect((await out.next()).value).toBe("ready");
    process.kill(host.serverPid ?? 0, "SIGSTOP");
    expect(await new Response(running.stderr).text()).toBe(
      `runspec: demo-host: the connection went silent for 2 s and was given up\n${AFTER_A_LOSS}`,
    );
    expect(await running.exited).toEqual({ code: 255, signal: null });
    process.kill(host.serverPid ?? 0, "SIGCONT");
    await gone(await pidsIn(file));
  }));

test.concurrent("a tool that says nothing for far longer than a silent network may is waited for", () =>
  withImpatience(async (host, options) => {
    const { code, out, stderr } = await run(["jump", host.alias, "quiet"], options);
    expect([code, out, stderr]).toEqual([0, "done\n", ""]);
  }));

/** What a server of others says first. */
const GREETING = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  result: {
    protocolVersion: "2025-11-25",
    capabilities: { tools: {} },
    serverInfo: { name: "s", version: "1" },
  },
});

test.concurrent.each([["tool"], ["--mcp"]])(
  "an ssh that has ended, and left a LocalCommand that keeps its output open, is not waited for: %s",
  async (word) => {
    const binDir = tempDir();
    const kept = join(binDir, "kept");
    const ssh = `#!/bin/sh\nsleep 300 & echo $! >${kept}\nread -r line\necho '${GREETING}'\nexit 255\n`;
    writeFileSync(join(binDir, "ssh"), ssh, { mode: 0o755 });
    const running = start(["jump", "a", word], project("[config.jump-hosts.a]\n", binDir));
    await running.write(`${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: {} })}\n`);
    const said = new Response(running.stderr).text();
    expect(await running.exited).toEqual({ code: 255, signal: null });
    const [pid = 0] = await pidsIn(kept);
    process.kill(pid);
    expect(await said).toStartWith("runspec: a: the server was ended by a signal, or the connection broke");
  },
);

test.concurrent("nor is the end of --uninstall, whose answer has come", async () => {
  const binDir = tempDir();
  const kept = join(binDir, "kept");
  const said = ["target /opt/runspec", "kind missing", "end"].map((line) => `echo runspec-install ${line}`);
  const ssh = `#!/bin/sh\nsleep 300 & echo $! >${kept}\n${said.join("\n")}\n`;
  writeFileSync(join(binDir, "ssh"), ssh, { mode: 0o755 });
  const options = project("[config.jump-hosts.a]\n", binDir);
  const { code, out } = await run(["jump", "a", "--uninstall"], options);
  const [pid = 0] = await pidsIn(kept);
  process.kill(pid);
  expect([code, out]).toEqual([0, "a: there is no /opt/runspec\n"]);
});
