/** `multiplex = true`: calls share one connection, the user's own options win, and whatever lies in the way is noticed. */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { delimiter, join } from "node:path";
import { BASE_ENV, run, start } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { alive, waitUntil } from "../harness/processes.ts";
import { startSlowProxy } from "../harness/slow-proxy.ts";
import { explicitJumpHost, type SshHost, tellMaster, writeExecutable } from "../harness/ssh-host.ts";
import { startSshServer } from "../harness/ssh-server.ts";
import { tempDir } from "../harness/temp.ts";
import { furnish, project, script, tool } from "./site.ts";

setDefaultTimeout(60_000);

let host: SshHost;
/** Stands before the host and counts the connections that are made. */
let counter: Server;
let connections = 0;
const masters = new Set<string>();

beforeAll(async () => {
  host = await startSshServer();
  const nap = tool("nap", script('sleep "$1"; echo woke'), "args.seconds = { position = 1, type = 'float' }");
  furnish(host, tool("hi", script("echo hi; exit 3")) + tool("cat", ["/bin/cat"]) + nap);
  counter = createServer((near) => {
    connections++;
    const far = connect(host.port, "127.0.0.1");
    near.pipe(far).pipe(near);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const)
      one.on("error", () => other.destroy());
  });
  await new Promise<void>((resolve) => counter.listen(0, "127.0.0.1", resolve));
});

afterAll(async () => {
  for (const socket of masters) tellMaster(socket, "exit");
  counter.close();
  await host.stop();
});

/** A project that reaches the host through the counter, with a runtime directory of its own. */
function sharing(more = "") {
  const address = counter.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const options = [...host.sshOptions, `HostKeyAlias=${host.alias}`];
  const table = explicitJumpHost({ ...host, port, sshOptions: options }, "h");
  const { cwd, env } = project(`${table}multiplex = true\n${more}`);
  const runtime = tempDir();
  const where = { cwd, env: { ...env, XDG_RUNTIME_DIR: runtime, HOME: tempDir() } };
  const directory = join(runtime, "runspec");
  return {
    runtime,
    directory,
    where,
    jump: (words: readonly string[], stdin = "") => run(["jump", "h", ...words], { ...where, stdin }),
    /** The same in the test's own process, once the binary has shown that a master holds none of its streams. */
    jumpHere: (words: readonly string[]) => runHere(["jump", "h", ...words], where),
    /** The path of the one socket there is. */
    socket() {
      const names = readdirSync(directory);
      expect(names).toHaveLength(1);
      const path = join(directory, names[0] ?? "");
      masters.add(path);
      return path;
    },
  };
}

const HI = { code: 3, out: "hi\n", stderr: "" };

describe("one connection for several calls", () => {
  test("a second call makes none, a private directory holds the socket, and -O exit ends it", async () => {
    const before = connections;
    const { jump, socket, directory } = sharing();
    expect(await jump(["hi"])).toMatchObject(HI);
    const path = socket();
    expect([statSync(directory).mode & 0o777, statSync(path).isSocket()]).toEqual([0o700, true]);
    expect(await jump(["hi"])).toMatchObject(HI);
    expect(await jump(["cat"], "a\nb")).toMatchObject({ code: 0, out: "a\nb" });
    expect((await jump([])).out).toContain("hi");
    expect(connections - before).toBe(1);
    expect(tellMaster(path, "exit").said).toContain("Exit request sent");
    await waitUntil(() => !existsSync(path), 20_000, "the end of the master");
    expect(await jump(["hi"])).toMatchObject(HI);
    expect([socket(), connections - before]).toEqual([path, 2]);
  });

  test("doctor tells whether it is open, and of a list that all is well", async () => {
    const { jumpHere: jump, socket, where } = sharing();
    const sharingCheck = async () =>
      JSON.parse((await runHere(["doctor", "h", "--format", "json"], where)).out).checks.at(-1);
    expect(await sharingCheck()).toMatchObject({ name: "sharing", status: "ok", summary: "none is open" });
    expect(await jump(["hi"])).toMatchObject(HI);
    socket();
    expect((await sharingCheck()).summary).toMatch(/^the open connection answers in \d+ ms$/);
    expect(await runHere(["doctor", "h,"], where)).toEqual({
      code: 0,
      out: expect.stringMatching(/^ok {4}h +\d+ ok\n\n1 of 1 hosts are ok\n$/),
      stderr: "",
    });
  });

  test("a socket that a killed master left is replaced", async () => {
    const before = connections;
    const { jumpHere: jump, socket } = sharing();
    expect(await jump(["hi"])).toMatchObject(HI);
    const path = socket();
    const pid = Number(/pid=(\d+)/.exec(tellMaster(path, "check").said)?.[1]);
    process.kill(pid, "SIGKILL");
    await waitUntil(() => !alive(pid), 20_000, "the end of the master");
    expect(existsSync(path)).toBe(true);
    expect(await jump(["hi"])).toMatchObject(HI);
    expect(tellMaster(path, "check").said).toContain("Master running");
    expect(await jump(["hi"])).toMatchObject(HI);
    expect(connections - before).toBe(2);
  });

  test("where ssh's configuration leads elsewhere meanwhile, no call goes through it", async () => {
    const before = connections;
    const { socket, where } = sharing();
    const bin = tempDir();
    const leadTo = (place: string) =>
      writeExecutable(join(bin, "ssh"), `exec ${Bun.which("ssh")} -o HostName=${place} "$@"`);
    const PATH = [bin, BASE_ENV.PATH].join(delimiter);
    const jump = () => runHere(["jump", "h", "hi"], { ...where, env: { ...where.env, PATH } });
    leadTo("127.0.0.1");
    expect(await jump()).toMatchObject(HI);
    socket();
    leadTo("127.0.0.2");
    expect((await jump()).stderr).toStartWith("ssh: connect to host 127.0.0.2 port ");
    leadTo("127.0.0.1");
    expect(await jump()).toMatchObject(HI);
    expect(connections - before).toBe(1);
  });

  test("--mcp shares it, too, and ends while the master stays", async () => {
    const before = connections;
    const { jump, socket } = sharing();
    expect(await jump(["hi"])).toMatchObject(HI);
    expect(await jump(["--mcp"])).toMatchObject({ code: 0, out: "", stderr: "" });
    expect([tellMaster(socket(), "check").said, connections - before]).toEqual([
      expect.stringContaining("Master running"),
      1,
    ]);
  });

  test("a client of --mcp that says nothing for a while says nothing of the connection", async () => {
    const { jump, socket, where } = sharing();
    expect(await jump(["hi"])).toMatchObject(HI);
    // A sixth of it is when a silent host would be looked at.
    const env = { ...where.env, RUNSPEC_HANDSHAKE_TIMEOUT: "1" };
    const client = start(["jump", "h", "--mcp"], { ...where, env });
    await Bun.sleep(600);
    client.closeStdin();
    const stderr = await new Response(client.stderr).text();
    expect([await client.exited, stderr]).toEqual([{ code: 0, signal: null }, ""]);
    expect(tellMaster(socket(), "check").said).toContain("Master running");
  });

  test("a plain file in the socket's place is no harm", async () => {
    const { jumpHere: jump, socket, directory } = sharing();
    expect(await jump(["hi"])).toMatchObject(HI);
    const path = socket();
    tellMaster(path, "exit");
    await waitUntil(() => !existsSync(path), 20_000, "the end of the master");
    mkdirSync(directory, { recursive: true });
    writeFileSync(path, "");
    expect(await jump(["hi"])).toMatchObject(HI);
  });
});

/** At a shell. */
function type(command: string): void {
  expect(Bun.spawnSync(["/bin/sh", "-c", command]).exitCode).toBe(0);
}

/** A connection that has died without a word: what is sent into it goes nowhere. `end` ends its master. */
async function dead() {
  const proxy = await startSlowProxy({ port: host.port });
  const options = [...host.sshOptions, `HostKeyAlias=${host.alias}`, "ServerAliveInterval=0"];
  const table = explicitJumpHost({ ...host, port: proxy.port, sshOptions: options }, "h");
  const { cwd, env } = project(`${table}multiplex = true\n`);
  const runtime = tempDir();
  const where = {
    cwd,
    env: { ...env, XDG_RUNTIME_DIR: runtime, HOME: tempDir(), RUNSPEC_HANDSHAKE_TIMEOUT: "12" },
  };
  expect(await runHere(["jump", "h", "hi"], where)).toMatchObject(HI);
  const [name = ""] = readdirSync(join(runtime, "runspec"));
  const path = join(runtime, "runspec", name);
  masters.add(path);
  const pid = Number(/pid=(\d+)/.exec(tellMaster(path, "check").said)?.[1]);
  proxy.freeze();
  return {
    path,
    where,
    async end() {
      process.kill(pid, "SIGKILL");
      await proxy.stop();
    },
  };
}

describe("one that has died", () => {
  const SAID = "runspec: h: the shared connection was dead; connecting anew\n";

  test.concurrent("doctor tells of it, and with the command that it prints it is gone", async () => {
    const { path, where, end } = await dead();
    const impatient = { ...where, env: { ...where.env, RUNSPEC_HANDSHAKE_TIMEOUT: "2" } };
    const doctor = await runHere(["doctor", "h", "--format", "json"], impatient);
    const { remedy } = JSON.parse(doctor.out).checks.at(-1);
    expect(remedy).toBe(`remove it, and the next call connects anew:\nrm ${path}`);
    type(remedy.split("\n")[1]);
    expect(await runHere(["jump", "h", "hi"], where)).toMatchObject(HI);
    await end();
  });

  test.concurrent("a call through it connects anew, says so, and forgets it", async () => {
    const { path, where, end } = await dead();
    const jump = () => run(["jump", "h", "hi"], where);
    expect(await jump()).toMatchObject({ ...HI, stderr: SAID });
    expect(existsSync(path)).toBe(false);
    expect(await jump()).toMatchObject(HI);
    await end();
  });

  test.concurrent("what a client has said to --mcp is said anew, once", async () => {
    const { path, where, end } = await dead();
    const running = start(["jump", "h", "--mcp"], where);
    const [out, stderr] = [new Response(running.stdout).text(), new Response(running.stderr).text()];
    const hello = {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "c", version: "1" },
    };
    const messages = [
      { id: 1, method: "initialize", params: hello },
      { method: "notifications/initialized" },
      { id: 2, method: "tools/call", params: { name: "hi", arguments: {} } },
    ];
    for (const message of messages)
      await running.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
    await waitUntil(() => !existsSync(path), 20_000, "the socket to be forgotten");
    running.closeStdin();
    expect(await running.exited).toEqual({ code: 0, signal: null });
    const answers = (await out)
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(answers.map(({ id }) => id)).toEqual([1, 2]);
    expect(answers[1].result.content[0].text).toContain("exit_code: 3");
    expect(await stderr).toBe(SAID);
    await end();
  });
});

/** `ControlMaster auto` in the user's own options: whichever call comes first carries the others. */
test.concurrent.each([
  ["ends well", "0.6", 0],
  ["is refused", "none", 125],
  ["names no tool", undefined, 0],
])("a first call that %s leaves the connection to those that share it", async (_how, seconds, expected) => {
  const path = join(tempDir(), "own");
  const table = explicitJumpHost(
    { ...host, sshOptions: [...host.sshOptions, "ControlMaster=auto", `ControlPath=${path}`] },
    "h",
  );
  const where = project(table);
  const first = run(["jump", "h", ...(seconds === undefined ? [] : ["nap", "--", seconds])], where);
  let ended = false;
  void first.then(() => {
    ended = true;
  });
  // One that is refused may be gone before anybody looks.
  await waitUntil(() => existsSync(path) || ended, 10_000, "the master's socket");
  const second = run(["jump", "h", "nap", "--", "1.5"], where);
  expect((await first).code).toBe(expected);
  const { code, out, stderr } = await second;
  expect([code, out, stderr]).toEqual([0, "woke\n", ""]);
  await waitUntil(() => !existsSync(path), 20_000, "the master to go");
});

// What else is refused is in test/files/private-files.
describe("a directory that is not for us alone is refused", () => {
  test.each([["everyone may read it", (path: string) => chmodSync(path, 0o755)]])(
    "%s",
    async (_what, spoil) => {
      const { jumpHere: jump, directory, socket } = sharing();
      mkdirSync(directory, { mode: 0o700 });
      spoil(directory);
      const before = connections;
      const { code, out, stderr } = await jump(["hi"]);
      expect([code, out, stderr, connections]).toEqual([
        125,
        "",
        `runspec: ${directory}, where multiplexing keeps its sockets, is not a directory for you alone\n  remove it (rm -r ${directory}), or set multiplex = false\n`,
        before,
      ]);
      type(/\((rm .*?)\)/.exec(stderr)?.[1] ?? "false");
      expect(await jump(["hi"])).toMatchObject(HI);
      socket();
    },
  );

  test.each([["a link", (path: string) => symlinkSync(tempDir(), path)]])("it is %s", async (_what, make) => {
    const { jumpHere: jump, directory, socket } = sharing();
    make(directory);
    const { code, out, stderr } = await jump(["hi"]);
    expect([code, out]).toEqual([125, ""]);
    expect(stderr).toStartWith(`runspec: ${directory}, where multiplexing keeps its sockets`);
    type(/\((rm .*?)\)/.exec(stderr)?.[1] ?? "false");
    expect(await jump(["hi"])).toMatchObject(HI);
    socket();
  });
});
