/** Ctrl-C and the other signals to jump: the tool on the remote is ended, in view, and the exit code says by what. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BIN, type Ending, lines, start } from "../harness/binary.ts";
import { alive, childrenOf, waitUntil, within } from "../harness/processes.ts";
import { recordingSsh } from "../harness/recording-ssh.ts";
import { type SshHost, tellMaster } from "../harness/ssh-host.ts";
import { available } from "../harness/sshd.ts";
import { tempDir } from "../harness/temp.ts";
import { startInTerminal } from "../harness/terminal.ts";
import { gone, restOf, startTool } from "./processes.ts";
import {
  DEAF,
  fixture,
  furnish,
  IGNORED,
  type Local,
  localTo,
  pidsIn,
  project,
  script,
  throughSshd,
  tool,
  WORDS,
  withoutSsh,
} from "./site.ts";

setDefaultTimeout(60_000);

const TOOLS = [
  tool("sleeper", [fixture("sleeper")], WORDS),
  tool("flood", script('echo $$ >"$1"; yes & yes >&2'), WORDS),
  tool("stopped", script('echo $$ >"$1"; echo ready; kill -s STOP $$'), WORDS),
  tool(
    "careful",
    script(
      'trap "sleep 6; echo undone; exit 3" TERM; echo $$ >"$1"; echo ready; while :; do sleep 0.1; done',
    ),
    `${WORDS}\nstop-timeout = "30s"`,
  ),
  tool("reader", script('echo $$ >"$1"; echo ready; exec cat >/dev/null'), WORDS),
].join("\n");

/** Our side of a terminal. A server that ssh itself starts would have its Ctrl-C, as no remote one does: it gets a session of its own. */
function atTerminal(host: SshHost, field = ""): Local {
  const proxy = host.sshOptions.find((option) => option.startsWith("ProxyCommand="));
  const options = proxy === undefined ? [] : [proxy.replace("=", "=setsid -w ")];
  const table = `[config.jump-hosts.${host.alias}]\n${field}ssh-options = ${JSON.stringify(options)}\n`;
  return { ...project(table), env: localTo(host).env };
}

/** What a shell calls 130; one more signal may meet a jump that has already stopped listening for them. */
const INTERRUPTED: Ending[] = [
  { code: 130, signal: null },
  { code: null, signal: "SIGINT" },
];

throughSshd(TOOLS, (site) => {
  const { host, startHost, startJump } = site;

  test.concurrent.each([
    ["SIGINT", 130, "Ctrl-C again"],
    ["SIGTERM", 143, "a second signal"],
    ["SIGHUP", 129, "a second signal"],
  ] as const)(
    "%s to jump ends the tool there, with all it has started, in words",
    async (signal, code, again) => {
      const { running, out, pids } = await startTool(site, "sleeper");
      running.kill(signal);
      expect(await restOf(out)).toEqual([]);
      expect(await new Response(running.stderr).text()).toBe(
        `runspec: stopping sleeper on ${host().alias}; ${again} leaves it\nrunspec: sleeper was stopped; it ended with SIGTERM\n`,
      );
      expect([await running.exited, pids.length]).toEqual([{ code, signal: null }, 2]);
      await gone(pids);
    },
  );

  test.concurrent("what a tool says while it cleans up is seen", async () => {
    const { running, out, pids } = await startTool(site, "sleeper", "handle");
    running.kill("SIGINT");
    expect(await restOf(out)).toEqual(["cleaned up"]);
    expect(await running.exited).toEqual({ code: 130, signal: null });
    await gone(pids);
  });

  test.concurrent("who keeps pressing Ctrl-C leaves at once; the tool ends all the same", async () => {
    const { running, pids } = await startTool(site, "sleeper", "ignore");
    // Signals that come faster than they are taken count as one.
    const pressing = setInterval(() => running.kill("SIGINT"), 200);
    const ending = await running.exited;
    clearInterval(pressing);
    expect(INTERRUPTED).toContainEqual(ending);
    // The remote gives a tool that ignores TERM five seconds: it is still there, so nobody has waited for it.
    expect(pids.some(alive)).toBe(true);
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

  test.concurrent("who keeps pressing Ctrl-C leaves also when nobody reads what there is to read", async () => {
    const file = join(tempDir(), "pids");
    const running = startJump(["flood", "--", file]);
    const pids = await pidsIn(file);
    const pressing = setInterval(() => running.kill("SIGINT"), 200);
    const ending = await within(running.exited, 20_000, "the end of jump");
    clearInterval(pressing);
    expect(INTERRUPTED).toContainEqual(ending);
    await gone(pids);
    await Promise.all([running.stdout.cancel(), running.stderr.cancel()]);
  });

  test.concurrent("Ctrl-C while input is being sent", async () => {
    const { running, pids } = await startTool(site, "reader");
    void running.write(new Uint8Array(3_000_000));
    running.kill("SIGINT");
    expect(await running.exited).toEqual({ code: 130, signal: null });
    await gone(pids);
  });

  test.concurrent("Ctrl-C at a real terminal reaches the tool, not ssh: its last words are seen", async () => {
    const file = join(tempDir(), "pids");
    const argv = [BIN, "jump", host().alias, "sleeper", "--", file, "handle"];
    await using jump = startInTerminal(argv, atTerminal(host()));
    await jump.sees("ready");
    const pids = await pidsIn(file);
    jump.type("\x03");
    expect(await jump.exited()).toBe(130);
    expect(jump.screen().replaceAll("^C", "")).toBe(
      `ready\r\nrunspec: stopping sleeper on ${host().alias}; Ctrl-C again leaves it\r\ncleaned up\r\nrunspec: sleeper was stopped; it ended with 3\r\n`,
    );
    await gone(pids);
  });

  test.concurrent("so does one where neither stdin nor stderr is that terminal", async () => {
    const file = join(tempDir(), "pids");
    const piped = '{ trap : INT; : | "$@"; echo "ended with $?"; } 2>&1 | (trap "" INT; cat)';
    const jump = [BIN, "jump", host().alias, "sleeper", "--", file, "handle"];
    await using shell = startInTerminal(["/bin/sh", "-c", piped, "sh", ...jump], atTerminal(host()));
    await shell.sees("ready");
    const pids = await pidsIn(file);
    shell.type("\x03");
    await shell.sees("ended with 130\r\n");
    expect(shell.screen()).toContain("cleaned up\r\nrunspec: sleeper was stopped; it ended with 3\r\n");
    await gone(pids);
  });

  test.concurrent("at a terminal, a TERM to the whole group, of kill %1 or timeout, leaves ssh to carry it", async () => {
    const file = join(tempDir(), "pids");
    const argv = [BIN, "jump", host().alias, "sleeper", "--", file, "handle"];
    await using jump = startInTerminal(argv, atTerminal(host()));
    await jump.sees("ready");
    const pids = await pidsIn(file);
    process.kill(-jump.pid, "SIGTERM");
    await jump.sees("cleaned up\r\nrunspec: sleeper was stopped; it ended with 3\r\n");
    expect(await jump.exited()).toBe(143);
    await gone(pids);
  });

  test.concurrent.each([
    ["Ctrl-C", (jump: { type(text: string): void }) => jump.type("\x03"), 130],
    ["a TERM to the whole group", (jump: { pid: number }) => process.kill(-jump.pid, "SIGTERM"), 143],
  ])(
    "at a terminal, %s leaves also an ssh that shares a connection, and listens for itself",
    async (_, stop, code) => {
      const [file, runtime] = [join(tempDir(), "pids"), tempDir()];
      const { cwd, env } = atTerminal(host(), "multiplex = true\n");
      const jump = startInTerminal([BIN, "jump", host().alias, "sleeper", "--", file, "handle"], {
        cwd,
        env: { ...env, XDG_RUNTIME_DIR: runtime },
      });
      await jump.sees("ready");
      const pids = await pidsIn(file);
      stop(jump);
      await jump.sees("cleaned up\r\nrunspec: sleeper was stopped; it ended with 3\r\n");
      expect(await jump.exited()).toBe(code);
      await gone(pids);
      await jump.close();
      const [socket = ""] = readdirSync(join(runtime, "runspec"));
      expect(tellMaster(join(runtime, "runspec", socket), "exit").isThere).toBe(true);
    },
  );

  test.concurrent.skipIf(process.platform !== "linux")(
    "Ctrl-C while a bastion asks at the terminal ends what asks, which does not hear it",
    async () => {
      const file = join(tempDir(), "pids");
      const asks = `sh -c 'echo $$ >${file}.new; mv ${file}.new ${file}; exec 3</dev/tty; echo passphrase >/dev/tty; read word <&3'`;
      const table = `[config.jump-hosts.box]\nssh-options = [${JSON.stringify(`ProxyCommand=${asks}`)}]\n`;
      // Who leads the session would take all of it with him.
      await using shell = startInTerminal(
        ["sh", "-c", `trap : INT; ${BIN} jump box; echo code $?; exec sleep 60`],
        project(table),
      );
      await shell.sees("passphrase");
      const pids = await pidsIn(file);
      shell.type("\x03");
      await shell.sees("code 130");
      await gone(pids);
    },
  );

  test.concurrent("a signal to the whole group, where there is no terminal, leaves ssh to carry it", async () => {
    const file = join(tempDir(), "pids");
    const jump = [BIN, "jump", host().alias, "sleeper", "--", file, "handle"];
    const alone = 'exec setsid "$0" "$@"';
    const running = start(["-c", alone, ...jump], { ...localTo(host()), program: "/bin/sh" });
    const out = lines(running.stdout);
    expect((await out.next()).value).toBe("ready");
    const pids = await pidsIn(file);
    process.kill(-running.pid, "SIGTERM");
    expect(await restOf(out)).toEqual(["cleaned up"]);
    expect(await new Response(running.stderr).text()).toBe(
      `runspec: stopping sleeper on ${host().alias}; a second signal leaves it\nrunspec: sleeper was stopped; it ended with 3\n`,
    );
    expect(await running.exited).toEqual({ code: 143, signal: null });
    await gone(pids);
  });

  test.concurrent("signals that whoever started jump has had ignored are for nobody below it, as with nohup", async () => {
    const file = join(tempDir(), "pids");
    const jump = [BIN, "jump", host().alias, "reader", "--", file];
    const running = start(["-c", DEAF, ...jump], { ...atTerminal(host()), program: "/bin/sh" });
    await pidsIn(file);
    for (const name of IGNORED) process.kill(-running.pid, name);
    running.closeStdin();
    expect(await new Response(running.stderr).text()).toBe("");
    expect(await running.exited).toEqual({ code: 0, signal: null });
  });

  test.concurrent.skipIf(!available())(
    "Ctrl-C twice while the link takes none of the input: no ssh is left that waits to say its farewell",
    async () => {
      const { running, pids } = await startTool(site, "reader");
      const [ssh = 0] = childrenOf(running.pid);
      // Its proxy is the server.
      const servers = childrenOf(ssh).flatMap((server) => [server, ...childrenOf(server)]);
      for (const server of servers) process.kill(server, "SIGSTOP");
      void running.write(new Uint8Array(4_000_000));
      const taken = () => Number(/^rchar: (\d+)/.exec(readFileSync(`/proc/${ssh}/io`, "utf8"))?.[1]);
      await waitUntil(() => taken() > 1_000_000, 20_000, "ssh to have more than its socket takes");
      const said = lines(running.stderr);
      running.kill("SIGINT");
      expect((await said.next()).value).toContain("Ctrl-C again leaves it");
      // Signals that come at once count as one.
      await Bun.sleep(200);
      running.kill("SIGINT");
      expect(await running.exited).toEqual({ code: 130, signal: null });
      await gone([ssh, ...servers, ...pids]);
    },
  );

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

// How long a tool is waited for is a matter of the two ends.
withoutSsh(TOOLS, (site) => {
  test.concurrent("a tool that ignores TERM is killed, in words", async () => {
    const { running, pids } = await startTool(site, "sleeper", "ignore");
    running.kill("SIGINT");
    expect(await new Response(running.stderr).text()).toBe(
      `runspec: stopping sleeper on ${site.host().alias}; Ctrl-C again leaves it\nrunspec: sleeper was stopped; it was killed 5s after TERM, before its clean-up was over\n  it has longer with stop-timeout in its table (now 5s)\n`,
    );
    expect(await running.exited).toEqual({ code: 130, signal: null });
    await gone(pids);
  });

  test.concurrent("where there is no terminal, whoever stops it by TSTP lets it go on by CONT", async () => {
    const file = join(tempDir(), "pids");
    const jump = [BIN, "jump", site.host().alias, "reader", "--", file];
    const alone = { ...localTo(site.host()), program: "/bin/sh" };
    const running = start(["-c", 'exec setsid "$0" "$@"', ...jump], alone);
    const out = lines(running.stdout);
    expect((await out.next()).value).toBe("ready");
    running.kill("SIGTSTP");
    const state = () => readFileSync(`/proc/${running.pid}/stat`, "utf8").split(") ")[1]?.[0];
    await waitUntil(
      () => state() === "T",
      10_000,
      () => `T; it is ${state()}`,
    );
    running.kill("SIGCONT");
    running.closeStdin();
    expect(await running.exited).toEqual({ code: 0, signal: null });
  });

  test.concurrent("a tool that was given longer is waited for", async () => {
    const { running, out, pids } = await startTool(site, "careful");
    running.kill("SIGINT");
    expect(await restOf(out)).toEqual(["undone"]);
    expect(await new Response(running.stderr).text()).toEndWith(
      "runspec: careful was stopped; it ended with 3\n",
    );
    expect(await running.exited).toEqual({ code: 130, signal: null });
    await gone(pids);
  });

  test.concurrent("a stopped tool is ended, too", async () => {
    const { running, pids } = await startTool(site, "stopped");
    running.kill("SIGINT");
    expect(await running.exited).toEqual({ code: 130, signal: null });
    await gone(pids);
  });
});

test.concurrent.each([
  ["a call", ["a", "b"]],
  ["a list of tools", ["a"]],
  ["an installation", ["--install", "a"]],
  ["a call on several hosts, of which one has gone", ["quick,a", "b"]],
  ["a list of several hosts' tools", ["quick,a"]],
])("an ssh that hears no TERM, and what is below it, are killed: %s", async (_what, words) => {
  const dir = tempDir();
  const file = join(dir, "pids");
  const ssh = await recordingSsh(dir, {
    script: `case "$*" in *quick*) exec sleep 600 ;; esac
trap '' TERM HUP INT; sleep 600 & echo $$ $! >${file}.new; mv ${file}.new ${file}; wait`,
  });
  const { cwd, env } = project("[config.jump-hosts.a]\n[config.jump-hosts.quick]\n", ssh.binDir);
  const running = start(["jump", ...words], { cwd, env });
  const pids = await pidsIn(file);
  running.kill("SIGINT");
  expect(await within(running.exited, 20_000, "the end of jump")).toEqual({ code: 130, signal: null });
  await gone(pids);
});
