/** Each way in which a connection can fail, made for real, and the one sentence that is said of it: by jump, and to the client of --mcp. */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { appendFileSync, readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { lines, run, start } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { freePort } from "../harness/ports.ts";
import { recordingSsh } from "../harness/recording-ssh.ts";
import { type SshHost, writeExecutable } from "../harness/ssh-host.ts";
import { startSshServer } from "../harness/ssh-server.ts";
import { available, startSshd } from "../harness/sshd.ts";
import { tempDir } from "../harness/temp.ts";
import { startWithoutSsh } from "../harness/without-ssh.ts";
import { furnish, type Local, localTo, pidsIn, project, script, tool, WORDS } from "./site.ts";

setDefaultTimeout(60_000);

const TOOLS = [
  tool("hi", script("echo hi")),
  tool("wait", script('echo started; echo $PPID >"$1"; exec sleep 600'), WORDS),
].join("\n");
const HELLO = `${JSON.stringify({ jsonrpc: "2.0", id: 7, method: "initialize", params: {} })}\n`;

/** What both ends of a failed connection tell: a person, and the client of an agent. */
async function expectBoth(local: Local, alias: string, words: readonly string[], code: number, said: RegExp) {
  // Long enough for those that do say something, on a machine with more to do; whether a port answers is tried early.
  const seconds = /handshake within/.test(said.source) ? "2" : /out of reach/.test(said.source) ? "6" : "20";
  const env = { RUNSPEC_HANDSHAKE_TIMEOUT: seconds, ...local.env };
  const [jump, mcp] = await Promise.all([
    runHere(["jump", alias, ...words, "hi"], { ...local, env }),
    run(["jump", alias, ...words, "--mcp"], { ...local, env, stdin: HELLO }),
  ]);
  expect([jump.code, mcp.code]).toEqual([code, code]);
  expect(jump.stderr).toMatch(said);
  expect(mcp.stderr).toMatch(said);
  const { id, error } = JSON.parse(mcp.out);
  expect([id, error.code]).toEqual([7, -32000]);
  // To it nothing stands above: what was said is in the sentence.
  const above = / \\\((?:(?:ssh's|its) \w+|what was said) is above\\\)\$/;
  const quoted = new RegExp(said.source.replace(above, "; it says: .+$"), said.flags);
  expect(`runspec: ${error.message}`).toMatch(quoted);
}

/** A runspec on the remote that does this. */
function pretender(body: string): string[] {
  const dir = tempDir();
  writeExecutable(join(dir, "runspec"), body);
  return ["--bin", join(dir, "runspec")];
}

/** A ProxyCommand leads there. */
function through(command: string): Local {
  return project(
    `[config.jump-hosts.h]\nhost = "nowhere.invalid"\nssh-options = ["ProxyCommand=${command}"]\n`,
  );
}

describe("without a connection", () => {
  test.concurrent("a name that nobody knows", () =>
    expectBoth(
      project('[config.jump-hosts.h]\nhost = "nowhere.invalid"\n'),
      "h",
      [],
      255,
      /^runspec: h: ssh could not connect \(ssh's message is above\)$/m,
    ));

  test.concurrent.each([
    ["says nothing", "", "did not answer within 1.5 s"],
    ["speaks HTTP", "HTTP/1.1 400 no\r\n", 'does not answer as an SSH server: it says "HTTP/1.1 400 no"'],
  ])("a port that takes connections and %s", async (_what, greeting, how) => {
    const silent = createServer((socket) => {
      socket.on("error", () => {});
      socket.write(greeting);
    });
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const address = silent.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const local = project(`[config.jump-hosts.h]\nhost = "127.0.0.1"\nport = ${port}\n`);
    await expectBoth(
      local,
      "h",
      [],
      255,
      new RegExp(`^runspec: h is out of reach: 127.0.0.1, port ${port}, ${how}$`, "m"),
    );
    silent.close();
  });

  test.concurrent("a proxy that says nothing", () =>
    expectBoth(
      through("wc -c"),
      "h",
      [],
      125,
      /^runspec: h did not answer the MCP handshake within 2 s; it is reached through ProxyCommand wc -c, so/m,
    ));

  test.concurrent("a proxy that ends", () =>
    expectBoth(
      through("true"),
      "h",
      [],
      255,
      /^runspec: h: ssh could not connect \(ssh's message is above\)$/m,
    ));
});

const startHost = available() ? startSshd : startSshServer;
/** A host behind ssh, which alone tells of a signal, and one without. */
let hosts: [SshHost, SshHost] | undefined;
beforeAll(async () => {
  hosts = [await startHost(), await startWithoutSsh()];
  for (const host of hosts) furnish(host, TOOLS);
});
afterAll(() => Promise.all(hosts?.map((host) => host.stop()) ?? []));

describe("what stands at the end", () => {
  test.concurrent.each<[string, string, number, RegExp]>([
    [
      "says nothing",
      "exec sleep 30",
      125,
      /^runspec: demo-host did not answer the MCP handshake within 2 s/m,
    ],
    ["says something else", "echo 220 mail", 125, /did not speak MCP: it said "220 mail" and ended with 0$/m],
    [
      "is an account without a login",
      "echo This account is currently not available.; exit 1",
      125,
      /^runspec: demo-host: the account there has no login shell \(nologin\)$/m,
    ],
    [
      "is an account for sftp",
      "echo This service allows sftp connections only.; exit 1",
      125,
      /^runspec: demo-host: the account there is for sftp alone and runs no command$/m,
    ],
    ["ends at once", "exit 3", 125, /did not speak MCP: it said nothing and ended with 3$/m],
    [
      "is ended by a signal",
      "kill -KILL $PPID $$",
      255,
      /^runspec: demo-host: ssh ended without a word before runspec answered: .* a signal ended runspec$/m,
    ],
    [
      "crashes",
      // As a real one does; a signal cannot be sent at a certain point of its start.
      "echo 'oh no: Bun has crashed. This indicates a bug in Bun, not your code.' >&2; exit 132",
      125,
      /^runspec: demo-host: runspec crashed \(its report is above\)$/m,
    ],
    ["is not executable", "", 126, /^runspec: demo-host: \S+ cannot be executed$/m],
  ])("%s", async (what, body, code, said) => {
    const words = pretender(body);
    if (what === "is not executable") Bun.spawnSync(["chmod", "-x", words[1] ?? ""]);
    if (hosts === undefined) throw new Error("the hosts are there only while the tests run");
    const there = hosts[what === "is ended by a signal" ? 0 : 1];
    await expectBoth(localTo(there), there.alias, words, code, said);
  });
});

test.concurrent("an ssh that is set to run no command is named", async () => {
  const mute = await startHost();
  const config = readFileSync(mute.sshConfigPath, "utf8");
  appendFileSync(mute.sshConfigPath, `${config.endsWith("\n") ? "" : "\n"}  SessionType none\n`);
  await expectBoth(
    localTo(mute),
    mute.alias,
    [],
    125,
    /^runspec: demo-host: ssh ran no command there, or it closed without a word$/m,
  );
  await mute.stop();
});

describe.skipIf(!available())("a forwarded connection that is open when the server is killed", () => {
  test.concurrent("does not keep jump", async () => {
    const host = await startSshd();
    furnish(host, TOOLS);
    const behind = createServer((socket) => socket.on("error", () => {}));
    await new Promise<void>((resolve) => behind.listen(0, "127.0.0.1", resolve));
    const address = behind.address();
    const target = typeof address === "object" && address !== null ? address.port : 0;
    const port = freePort();
    appendFileSync(host.sshConfigPath, `  LocalForward 127.0.0.1:${port} 127.0.0.1:${target}\n`);
    const file = join(tempDir(), "pid");
    const running = start(["jump", host.alias, "wait", "--", file], localTo(host));
    expect((await lines(running.stdout).next()).value).toBe("started");
    const [server = 0] = await pidsIn(file);
    const forwarded = connect(port, "127.0.0.1");
    forwarded.on("error", () => {});
    await new Promise((resolve) => behind.once("connection", resolve));
    process.kill(server, "SIGKILL");
    expect(await running.exited).toEqual({ code: 125, signal: null });
    expect(await new Response(running.stderr).text()).toContain(
      "runspec: demo-host: the runspec server closed the connection before it answered\n",
    );
    forwarded.destroy();
    behind.close();
    await host.stop();
  });
});

test.concurrent.each([
  ["cmd.exe", 1, "'runspec' is not recognized as an internal or external command,"],
  ["cmd.exe, by its own code", 49, "'runspec' is not recognized as an internal or external command,"],
  [
    "PowerShell",
    1,
    "runspec : The term 'runspec' is not recognized as the name of a cmdlet, function, script file",
  ],
])("a Windows machine without runspec, %s: 127", async (_what, exitCode, said) => {
  const ssh = await recordingSsh(tempDir(), { script: `printf '%s\\r\\n' "${said}" >&2`, exitCode });
  const local = project("[config.jump-hosts.a]\n", ssh.binDir);
  const { code, stderr } = await runHere(["jump", "a", "t"], local);
  expect([code, stderr]).toEqual([
    127,
    `${said}\r\nrunspec: a: runspec is not on PATH there (no bin is set, so the remote's PATH was tried)\n  copy runspec.exe there:\n  ssh a 'mkdir "C:/tools"'\n  scp runspec.exe a:C:/tools/runspec.exe\n  then set bin = "C:/tools/runspec.exe" in [config.jump-hosts.a] (${local.cwd}/runspec.toml:1)\n`,
  ]);
});
