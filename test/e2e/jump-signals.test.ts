/** Whatever is interrupted or killed, nothing is left running on the remote, and the exit code says what happened. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { BASE_ENV, BIN, lines, type Running, run, start } from "../harness/binary.ts";
import { alive, waitUntil, within } from "../harness/processes.ts";
import { recordingSsh } from "../harness/recording-ssh.ts";
import type { SshHost } from "../harness/ssh-host.ts";
import { startSshServer } from "../harness/ssh-server.ts";
import { tempDir } from "../harness/temp.ts";
import {
  fixture,
  furnish,
  type Local,
  localTo,
  pidsIn,
  project,
  script,
  throughEachServer,
  tool,
} from "./site.ts";

setDefaultTimeout(60_000);

const WORDS = 'args.words = { type = "str", multiple = true, position = 1, required = false }';

const TOOLS = [
  tool("sleeper", [fixture("sleeper")], WORDS),
  tool("flood", script('echo $$ >"$1.new"; mv "$1.new" "$1"; yes & yes >&2'), WORDS),
  tool("stopped", script('echo $$ >"$1.new"; mv "$1.new" "$1"; echo ready; kill -s STOP $$'), WORDS),
  tool("reader", script('echo $$ >"$1.new"; mv "$1.new" "$1"; echo ready; exec cat >/dev/null'), WORDS),
  tool("quiet", script("sleep 6; echo done")),
].join("\n");

/** The processes of the tool, once it has said that it is ready. */
interface Started {
  running: Running;
  out: AsyncGenerator<string>;
  pids: number[];
}

async function gone(pids: readonly number[]): Promise<void> {
  await waitUntil(
    () => !pids.some(alive),
    30_000,
    () => `the end of ${pids.filter(alive)}`,
  );
}

/** The children of `pid`, from `ps`. */
function childrenOf(pid: number): number[] {
  return Bun.spawnSync(["ps", "-o", "pid=", "--ppid", String(pid)])
    .stdout.toString()
    .split(/\s+/)
    .filter(Boolean)
    .map(Number);
}

/** A server that ssh itself starts would have its terminal's Ctrl-C, as no remote one does: it gets a session of its own. */
function remoteGroup({ sshOptions }: SshHost): string {
  const proxy = sshOptions.find((option) => option.startsWith("ProxyCommand="));
  return proxy === undefined ? "" : `ssh-options = [${JSON.stringify(proxy.replace("=", "=setsid -w "))}]\n`;
}

async function restOf(out: AsyncGenerator<string>): Promise<string[]> {
  const rest: string[] = [];
  for await (const line of out) rest.push(line);
  return rest;
}

throughEachServer(TOOLS, ({ host, startHost, startJump }) => {
  async function started(name: string, ...words: string[]): Promise<Started> {
    const file = join(tempDir(), "pids");
    const running = startJump([name, "--", file, ...words]);
    const out = lines(running.stdout);
    expect((await out.next()).value).toBe("ready");
    return { running, out, pids: await pidsIn(file) };
  }

  test.concurrent.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("%s to jump ends the tool there, with all it has started", async (signal, code) => {
    const { running, out, pids } = await started("sleeper");
    running.kill(signal);
    expect(await restOf(out)).toEqual([]);
    expect(await new Response(running.stderr).text()).toBe("");
    expect([await running.exited, pids.length]).toEqual([{ code, signal: null }, 2]);
    await gone(pids);
  });

  test.concurrent("what a tool says while it cleans up is seen", async () => {
    const { running, out, pids } = await started("sleeper", "handle");
    running.kill("SIGINT");
    expect(await restOf(out)).toEqual(["cleaned up"]);
    expect(await running.exited).toEqual({ code: 130, signal: null });
    await gone(pids);
  });

  test.concurrent("a tool that ignores TERM is killed", async () => {
    const { running, pids } = await started("sleeper", "ignore");
    running.kill("SIGINT");
    expect(await running.exited).toEqual({ code: 130, signal: null });
    await gone(pids);
  });

  test.concurrent("a second Ctrl-C leaves at once; the tool ends all the same", async () => {
    const { running, pids } = await started("sleeper", "ignore");
    running.kill("SIGINT");
    await Bun.sleep(200);
    running.kill("SIGINT");
    expect(await running.exited).toEqual({ code: 130, signal: null });
    // The remote gives a tool that ignores TERM five seconds: it is still there, so nobody has waited for it.
    expect(pids.some(alive)).toBe(true);
    await gone(pids);
  });

  test.concurrent("a stopped tool is ended, too", async () => {
    const { running, pids } = await started("stopped");
    running.kill("SIGINT");
    expect(await running.exited).toEqual({ code: 130, signal: null });
    await gone(pids);
  });

  test.concurrent("Ctrl-C while the tool floods both streams and nobody reads them", async () => {
    const file = join(tempDir(), "pids");
    const running = startJump(["flood", "--", file]);
    const pids = await pidsIn(file);
    running.kill("SIGINT");
    await gone(pids);
    void running.stdout.cancel();
    void running.stderr.cancel();
    const { code } = await running.exited;
    expect([130, 141]).toContain(code ?? -1);
  });

  test.concurrent("Ctrl-C while input is being sent", async () => {
    const { running, pids } = await started("reader");
    void running.write(new Uint8Array(3_000_000));
    running.kill("SIGINT");
    expect(await running.exited).toEqual({ code: 130, signal: null });
    await gone(pids);
  });

  test.concurrent("KILL to jump ends the tool", async () => {
    const { running, pids } = await started("sleeper");
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

  test.concurrent("KILL to ssh ends the tool, and jump says that the connection was lost", async () => {
    const { running, out, pids } = await started("sleeper");
    const [ssh = 0] = childrenOf(running.pid);
    process.kill(ssh, "SIGKILL");
    expect(await restOf(out)).toEqual([]);
    expect(await new Response(running.stderr).text()).toBe(
      "runspec: the connection to demo-host was lost before the answer came\n  the remote stops a tool whose connection is lost; look there before running it again\n",
    );
    expect(await running.exited).toEqual({ code: 255, signal: null });
    await gone(pids);
  });

  test.concurrent("KILL to the server on the remote ends the tool, and jump does not hang", async () => {
    const { running, out, pids } = await started("sleeper");
    const [leader = 0] = pids;
    const parent = Bun.spawnSync(["ps", "-o", "ppid=", "-p", String(leader)]).stdout.toString();
    process.kill(Number(parent), "SIGKILL");
    expect(await restOf(out)).toEqual([]);
    const stderr = await new Response(running.stderr).text();
    const { code } = await running.exited;
    // The remote's shell has a word of its own about it.
    expect(stderr).toEndWith(
      "runspec: the runspec server on demo-host closed the connection before it answered (it ended with 137)\n  its last words, if any, are above\n",
    );
    expect(code).toBe(125);
    await gone(pids);
  });

  test.concurrent("Ctrl-C at a real terminal reaches the tool, not ssh: its last words are seen", async () => {
    const file = join(tempDir(), "pids");
    let screen = "";
    const { cwd, env } = project(
      `[config.jump-hosts.${host().alias}]\n${remoteGroup(host())}`,
      host().binDir,
    );
    const child = Bun.spawn([BIN, "jump", host().alias, "sleeper", "--", file, "handle"], {
      cwd,
      env: { ...BASE_ENV, ...env },
      terminal: {
        cols: 80,
        rows: 24,
        data(_terminal, bytes) {
          screen += new TextDecoder().decode(bytes);
        },
      },
    });
    await waitUntil(() => screen.includes("ready"), 20_000, "the tool");
    const pids = await pidsIn(file);
    child.terminal?.write("\x03");
    expect(await within(child.exited, 20_000, "the end of jump")).toBe(130);
    expect(screen.replaceAll("^C", "")).toBe("ready\r\ncleaned up\r\n");
    await gone(pids);
  });

  test.concurrent("Ctrl-C before there is a connection", async () => {
    const slow = await startHost({ delayMs: 60_000 });
    furnish(slow, TOOLS);
    const running = start(["jump", slow.alias, "sleeper"], localTo(slow));
    await waitUntil(() => childrenOf(running.pid).length > 0, 20_000, "ssh");
    const ssh = childrenOf(running.pid);
    running.kill("SIGINT");
    expect(await running.exited).toEqual({ code: 130, signal: null });
    expect(await new Response(running.stderr).text()).toBe("");
    await gone(ssh);
    await slow.stop();
  });
});

const IMPATIENT = { RUNSPEC_HANDSHAKE_TIMEOUT: "2" };

/** A host whose server process can be stopped, and what it takes to jump there with little patience. */
async function withImpatience(tests: (host: SshHost, options: Local) => Promise<void>): Promise<void> {
  const host = await startSshServer();
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
      'runspec: the connection to demo-host went silent for 2 s and was given up\n  ssh-options = ["ServerAliveInterval=15"] makes ssh notice a dead network itself\n',
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

test.concurrent("an ssh that ignores TERM does not hold jump back", async () => {
  const dir = tempDir();
  const ssh = await recordingSsh(dir, {
    script: `trap '' TERM HUP INT; echo $$ >${join(dir, "pid.new")}; mv ${join(dir, "pid.new")} ${join(dir, "pid")}; sleep 600`,
  });
  const { cwd, env } = project("[config.jump-hosts.a]\n", ssh.binDir);
  const running = start(["jump", "a", "b"], { cwd, env });
  const [pid = 0] = await pidsIn(join(dir, "pid"));
  running.kill("SIGINT");
  const ending = await within(running.exited, 20_000, "the end of jump");
  const left = [pid, ...childrenOf(pid)];
  for (const one of left) process.kill(one, "SIGKILL");
  expect(ending).toEqual({ code: 130, signal: null });
});
