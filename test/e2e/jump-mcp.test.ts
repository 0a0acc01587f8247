/** `jump --mcp`: any MCP client attaches a remote host by its alias; not a byte is changed, and the end is clean. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { hostname } from "node:os";
import { join } from "node:path";
import { BIN, lines, run, start } from "../harness/binary.ts";
import { alive, waitUntil, within } from "../harness/processes.ts";
import { recordingSsh } from "../harness/recording-ssh.ts";
import { serveClient } from "../harness/serve-client.ts";
import { tempDir } from "../harness/temp.ts";
import { startInTerminal } from "../harness/terminal.ts";
import { pidsIn, project, script, throughSshd, tool } from "./site.ts";

setDefaultTimeout(60_000);

const HELLO = {
  protocolVersion: "2025-06-18",
  capabilities: {},
  clientInfo: { name: "t", version: "1" },
};

test.concurrent("a stdin that cannot be read is told before ssh is started", async () => {
  const ssh = await recordingSsh(tempDir());
  const env = { PATH: `${ssh.binDir}:/usr/bin:/bin` };
  const line = ["-c", 'exec "$0" jump a@b --mcp <"$1"', BIN, tempDir()];
  expect(await run(line, { program: "/bin/sh", env })).toMatchObject({
    code: 125,
    out: "",
    stderr: "runspec: stdin is a directory\n  redirect it from a file, or from /dev/null\n",
  });
  expect(await ssh.calls()).toEqual([]);
});

throughSshd(
  tool("echo", ["/bin/echo"], "args.word = { position = 1 }") +
    tool("wait", script('echo $$ >"$1"; exec sleep 600'), "args.file = { position = 1 }"),
  ({ host, local }) => {
    const attach = () =>
      serveClient({ args: ["jump", host().alias, "--mcp"], ...local(), timeoutMs: 20_000 });
    const greet = async (client: ReturnType<typeof attach>) => {
      const { result } = await client.request("initialize", HELLO);
      await client.notify("notifications/initialized");
      return result;
    };

    test.concurrent("list, call, and the end with the client's", async () => {
      const client = attach();
      expect(await greet(client)).toMatchObject({ serverInfo: { name: "runspec" } });
      const { result } = await client.request("tools/list");
      expect(result).toMatchObject({ tools: [{ name: "echo" }, { name: "wait" }] });
      const called = await client.request("tools/call", { name: "echo", arguments: { word: "ü" } });
      expect(called.result).toMatchObject({ content: [{ type: "text", text: "ü\n" }] });
      expect(await client.close()).toEqual({ code: 0, signal: null });
      expect(client.noise).toEqual([]);
    });

    test.concurrent("a stream's acknowledgement comes first, as the stateless revisions have it, and reaches the client", async () => {
      await using client = attach();
      const meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { name: "t", version: "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
      };
      const params = { notifications: { toolsListChanged: true }, _meta: meta };
      await client.send({ jsonrpc: "2.0", id: 1, method: "subscriptions/listen", params });
      await waitUntil(() => client.notifications.length > 0, 20_000, "the acknowledgement");
      expect(client.notifications).toMatchObject([{ method: "notifications/subscriptions/acknowledged" }]);
    });

    test.concurrent("a last message without its newline is not read, and that is said", async () => {
      const stdin = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: HELLO });
      const { out, stderr } = await run(["jump", host().alias, "--mcp"], { ...local(), stdin });
      const said = `runspec: ${hostname()}: the last message has no newline at its end, and was not read\n`;
      expect([out, stderr]).toEqual(["", said]);
    });

    test.concurrent.each(["the end of stdin", "TERM", "KILL"])("%s ends the tool, too", async (how) => {
      const client = attach();
      await greet(client);
      const pids = join(tempDir(), "pid");
      await client.send({
        jsonrpc: "2.0",
        id: 7,
        method: "tools/call",
        params: { name: "wait", arguments: { file: pids } },
      });
      const [child = 0] = await pidsIn(pids);
      if (how === "TERM") client.kill("SIGTERM");
      if (how === "KILL") client.kill("SIGKILL");
      const ending = await client.close();
      expect(ending).toEqual(
        how === "KILL" ? { code: null, signal: "SIGKILL" } : { code: how === "TERM" ? 143 : 0, signal: null },
      );
      await waitUntil(() => !alive(child), 20_000, "the end of the tool");
    });
  },
);

async function against(scriptText: string, exitCode = 0, stderr = "") {
  const ssh = await recordingSsh(tempDir(), { script: scriptText, exitCode, stderr });
  return { ssh, ...project("[config.jump-hosts.a]\n", ssh.binDir) };
}

const FIRST = '{"jsonrpc":"2.0","id":1,"result":{}}\n';
const PING = '{"id":1,"method":"ping"}\n';

test.concurrent("bytes pass as they are, both ways", async () => {
  const { cwd, env } = await against(`printf '%s\\n' '${FIRST.trim()}'; cat`);
  const bytes = crypto.getRandomValues(new Uint8Array(65_536));
  const many = Buffer.concat(Array.from({ length: 64 }, () => bytes));
  const running = start(["jump", "a", "--mcp"], { cwd, env });
  const stderr = new Response(running.stderr).text();
  const parts: Uint8Array[] = [];
  // Before the server has spoken, a shell may be reading.
  let writing: Promise<void> | undefined;
  for await (const chunk of running.stdout) {
    parts.push(chunk);
    writing ??= running.write(many).then(running.closeStdin);
  }
  await writing;
  expect([await running.exited, await stderr]).toEqual([{ code: 0, signal: null }, ""]);
  expect(Buffer.compare(Buffer.concat(parts), Buffer.concat([Buffer.from(FIRST), many]))).toBe(0);
});

test.concurrent.each([
  ["lines", "echo Welcome; echo '{\"motd\":1}'", 'Welcome\n{"motd":1}\n'],
  ["a line without an end", "printf 'Welcome> '", "Welcome> \n"],
])("what a shell says before the server does is kept from the client: %s", async (_what, noise, shown) => {
  const { cwd, env } = await against(`${noise}; printf '%s\\n' '${FIRST.trim()}'; cat`);
  const { code, out, stderr } = await run(["jump", "a", "--mcp"], { cwd, env, stdin: PING });
  expect([code, out, stderr]).toEqual([0, `${FIRST}${PING}`, shown]);
});

test.concurrent("a client that does not read stderr holds up nothing", async () => {
  const { cwd, env } = await against(`head -c 3000000 /dev/zero >&2; printf '%s\\n' '${FIRST.trim()}'; cat`);
  const running = start(["jump", "a", "--mcp"], { cwd, env });
  const out = new Response(running.stdout).text();
  await running.write(PING);
  running.closeStdin();
  expect(await within(running.exited, 20_000, "the end of jump")).toEqual({ code: 0, signal: null });
  expect(await out).toBe(`${FIRST}${PING}`);
});

test.concurrent("a long message of a client that has gone waits for a server that is slow to answer", async () => {
  const { cwd, env } = await against(`sleep 3; printf '%s\\n' '${FIRST.trim()}'; cat`);
  const [ask, long] = [PING, `{"id":2,"a":"${"x".repeat(1_200_000)}"}\n`];
  const { code, out } = await run(["jump", "a", "--mcp"], { cwd, env, stdin: ask + long });
  expect([code, out === FIRST + ask + long]).toEqual([0, true]);
});

test.concurrent("a server that never answers is given up, and the client is told", async () => {
  const { cwd, env } = await against("exec sleep 600");
  const stdin = '{"jsonrpc":"2.0","id":7,"method":"initialize"}\n';
  const result = await run(["jump", "a", "--mcp"], {
    cwd,
    env: { ...env, RUNSPEC_HANDSHAKE_TIMEOUT: "1" },
    stdin,
  });
  expect(result.code).toBe(125);
  expect(result.stderr).toStartWith("runspec: a did not answer the MCP handshake within 1 s\n");
  expect(JSON.parse(result.out)).toMatchObject({ id: 7, error: { code: -32000 } });
});

test.concurrent("ssh is started with the documented words", async () => {
  const { ssh, cwd, env } = await against("cat");
  await run(["jump", "a", "--mcp"], { cwd, env });
  expect(await ssh.calls()).toEqual([["-o", "BatchMode=yes", "a", "runspec", "serve"]]);
});

test.concurrent.each([
  [255, "a: ssh could not connect"],
  [127, "a: runspec is not on PATH there"],
  [126, "a: runspec cannot be executed"],
  [125, "a: runspec did not start"],
])("an ssh that ends with %i: the same code, and a sentence", async (code, said) => {
  const { cwd, env } = await against("", code, "ssh: words of ssh\n");
  const stdin = `${JSON.stringify({ jsonrpc: "2.0", id: "é", method: "initialize", params: HELLO })}\n`;
  const result = await run(["jump", "a", "--mcp"], { cwd, env, stdin });
  expect(result.code).toBe(code);
  expect(result.stderr).toStartWith(`ssh: words of ssh\nrunspec: ${said}`);
  // What stands above for a person is in the sentence for a client.
  const [sentence = ""] = result.stderr
    .replace(/ \(\S+ message is above\)/, "; it says: ssh: words of ssh")
    .split("\n")
    .slice(1);
  expect(JSON.parse(result.out)).toMatchObject({
    jsonrpc: "2.0",
    id: "é",
    error: { code: -32000, message: expect.stringContaining(sentence.replace("runspec: ", "")) },
  });
});

test.concurrent.each(["has gone", "is still there"])(
  "a server that ends well without a word has not answered a client that %s",
  async (client) => {
    const { cwd, env } = await against("exit 0");
    const running = start(["jump", "a", "--mcp"], { cwd, env });
    const out = new Response(running.stdout).text();
    await running.write('{"jsonrpc":"2.0","id":7,"method":"initialize"}\n').catch(() => {});
    if (client === "has gone") running.closeStdin();
    expect(await within(running.exited, 20_000, "the end of jump")).toEqual({ code: 125, signal: null });
    const message = expect.stringContaining("runspec did not speak MCP: it said nothing and ended with 0");
    expect(JSON.parse(await out)).toMatchObject({ id: 7, error: { code: -32000, message } });
  },
);

const TABLE = "[config.jump-hosts.a]\n";

// Claude Code asks so for the revisions, and shows what is answered to the initialize that follows.
test.concurrent.each(["a", "nope"])("who probes first is told why in both answers: %s", async (alias) => {
  const { cwd, env } = await against("", 255, "ssh: words of ssh\n");
  const running = start(["jump", alias, "--mcp"], { cwd, env });
  const out = lines(running.stdout);
  for (const [id, method] of [
    ["probe", "server/discover"],
    [0, "initialize"],
  ]) {
    await running.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params: {} })}\n`);
    const { value = "" } = await out.next();
    expect(JSON.parse(value)).toMatchObject({ id, error: { code: -32000 } });
  }
  await running.exited;
});

test.concurrent.each<[what: string, words: string[], toml: string, code: number, said: string]>([
  ["an unknown host", ["nope"], TABLE, 125, 'unknown jump host "nope"\nknown: a\n'],
  ["an unknown host of a list", ["a,nope"], TABLE, 125, 'unknown jump host "nope"\nknown: a\n'],
  ["an unknown group", ["@nope"], TABLE, 125, 'unknown group "@nope"\n'],
  ["a broken file", ["a"], "[config.jump-hosts.a\n", 125, "line 1, column 21: the bracket is not closed"],
  ["no ssh", ["a"], TABLE, 125, "ssh was not found on PATH\n"],
  ["a tool", ["a", "t"], TABLE, 2, "--mcp takes no tool"],
  ["a list from stdin", ["--hosts-from", "-"], TABLE, 2, "--hosts-from - and --mcp both want stdin\n"],
])(
  "what ends it before there is a server is the answer to its client: %s",
  async (_, words, toml, code, said) => {
    const { cwd } = project(toml);
    const stdin = `${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: HELLO })}\n`;
    const result = await run(["jump", ...words, "--mcp"], { cwd, env: { PATH: cwd }, stdin });
    const { id, error } = JSON.parse(result.out);
    expect([result.code, id, error.code]).toEqual([code, 1, -32000]);
    expect(error.message).toContain(said);
    const [first] = said.split("\n");
    expect(result.stderr).toContain(first ?? "");
    expect(await run(["jump", ...words, "--mcp"], { cwd, env: { PATH: cwd } })).toMatchObject({
      code,
      out: "",
    });
  },
);

test.concurrent("a client that asks nothing and goes has lost nothing", async () => {
  const { cwd, env } = await against("cat >/dev/null");
  const { code, out, stderr } = await run(["jump", "a", "--mcp"], { cwd, env });
  expect([code, out, stderr]).toEqual([0, "", ""]);
});

test.concurrent("on a terminal it says what it is for, and connects to nothing", async () => {
  const { ssh, cwd, env } = await against("cat");
  await using program = startInTerminal([BIN, "jump", "a", "--mcp"], { cwd, env });
  expect(await program.exited()).toBe(2);
  await program.sees("stdin is a terminal");
  await program.sees("runspec attach claude-code a prints the entry");
  expect(await ssh.calls()).toEqual([]);
});

test.concurrent("Ctrl-C ends it where only the client's end is no terminal", async () => {
  const { cwd, env } = await against("echo ready >&2; exec sleep 600");
  const fifo = join(cwd, "fifo");
  Bun.spawnSync(["mkfifo", fifo]);
  const line = `exec "$0" jump a --mcp <>${fifo}`;
  await using program = startInTerminal(["/bin/sh", "-c", line, BIN], { cwd, env });
  await program.sees("ready");
  program.type("\x03");
  expect(await program.exited()).toBe(130);
});

test.concurrent.each([
  [">/dev/full", "cannot write to stdout: no space left on device"],
  ["0>input", "stdin cannot be read: bad file descriptor"],
])("an end that fails is told, and leaves nothing running: %s", async (redirected, said) => {
  const { cwd, env } = await against(`printf '%s\n' '${FIRST.trim()}'; exec cat`);
  const program = "/bin/sh";
  const result = await run(["-c", `exec ${BIN} jump a --mcp ${redirected}`], { cwd, env, program });
  expect([result.code, result.stderr]).toEqual([125, `runspec: ${said}\n`]);
});

test.concurrent("a client that stops reading and goes leaves nothing running", async () => {
  const dir = tempDir();
  const pids = join(dir, "pid");
  const { cwd, env } = await against(`echo $$ >${pids}.new; mv ${pids}.new ${pids}; exec cat`);
  const running = start(["jump", "a", "--mcp"], { cwd, env });
  const [ssh = 0] = await pidsIn(pids);
  await running.stdout.cancel();
  running.closeStdin();
  await within(running.exited, 20_000, "the end of jump");
  await waitUntil(() => !alive(ssh), 20_000, "the end of ssh");
});

test.concurrent("what ssh leaves when jump is ended may carry others' connections, and stays", async () => {
  const pids = join(tempDir(), "pid");
  const { cwd, env } = await against(
    `sleep 600 >/dev/null 2>&1 & echo $! >${pids}.new; mv ${pids}.new ${pids}; exec sleep 600`,
  );
  const running = start(["jump", "a", "--mcp"], { cwd, env });
  const [left = 0] = await pidsIn(pids);
  process.kill(running.pid, "SIGTERM");
  await within(running.exited, 20_000, "the end of jump");
  expect(alive(left)).toBe(true);
  process.kill(left);
});
