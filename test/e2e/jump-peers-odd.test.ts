/** Servers that go away, fall silent, talk too much or do not leave. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { run, start } from "../harness/binary.ts";
import { alive, waitUntil } from "../harness/processes.ts";
import { recordingSsh } from "../harness/recording-ssh.ts";
import { tempDir } from "../harness/temp.ts";
import { against, done, hello, OPEN, outcome, STAY, say, TOOL, text, tools } from "./peer.ts";
import { pidsIn, project } from "./site.ts";

setDefaultTimeout(60_000);

const CLOSED = "its last words, if any, are above";
const MAY_RUN =
  "if a tool was started, it may run on until the server there notices; look on a before you run it again\n  ";

test.concurrent.each([
  [
    "during the list",
    say(4, hello()),
    0,
    "a: the runspec server closed the connection before it answered (it ended with 0)",
    "nothing was run\n  ",
  ],
  [
    "during the call",
    `${OPEN}\n${say(1)}`,
    0,
    "a: the runspec server closed the connection before it answered (it ended with 0)",
    MAY_RUN,
  ],
  [
    "during the call, with a code",
    `${OPEN}\n${say(1)}`,
    3,
    "a: the runspec server closed the connection before it answered (it ended with 3)",
    MAY_RUN,
  ],
  [
    "in the middle of its answer",
    `${OPEN}\n${say(1)}\nprintf '%s' '{"jsonrpc":"2.0","id":4,"res'`,
    0,
    "a: the runspec server closed the connection before it answered (it ended with 0)",
    MAY_RUN,
  ],
])("a server that goes %s", async (_when, scriptText, exitCode, said, advice) => {
  expect(outcome(await against(scriptText, ["t"], exitCode))).toEqual([
    125,
    "",
    `runspec: ${said}\n  ${advice}${CLOSED}\n`,
  ]);
});

test.concurrent("what a server answers to a call that was cancelled is output of the tool, and no message", async () => {
  const ready = join(tempDir(), "ready");
  const script = `${OPEN}\n${say(1)}\n: >${ready}\n${say(1, done(text("\x1b[1mdone\n")))}\n${STAY}`;
  const ssh = await recordingSsh(tempDir(), { script });
  const { cwd, env } = project("[config.jump-hosts.a]\n", ssh.binDir);
  const running = start(["jump", "a", "t"], { cwd, env: { ...env, XDG_CACHE_HOME: tempDir() } });
  await waitUntil(() => existsSync(ready), 20_000, "the call");
  running.kill("SIGINT");
  const [out, stderr] = await Promise.all(
    [running.stdout, running.stderr].map((one) => new Response(one).text()),
  );
  expect([out, stderr]).toEqual(["\x1b[1mdone\n", "runspec: stopping t on a; Ctrl-C again leaves it\n"]);
  expect(await running.exited).toEqual({ code: 130, signal: null });
});

test.concurrent("a connection that is lost during the call: 255", async () => {
  const { code, stderr } = await against(`${OPEN}\n${say(1)}`, ["t"], 255, "50", run);
  expect([code, stderr]).toEqual([
    255,
    "runspec: a: the server was ended by a signal, or the connection broke before the answer came\n  if a tool was started, it may run on until the server there notices; look on a before you run it again\n  runspec doctor a\n",
  ]);
});

test.concurrent("what has come before the connection is lost reaches a reader that is slow", async () => {
  const output = `printf '{"jsonrpc":"2.0","method":"notifications/runspec/output","params":{"requestId":4,"stream":"stdout","data":"'; head -c 50000 /dev/zero | tr '\\0' x; printf '"}}\\n'`;
  const opened = say(4, hello({ capabilities: { experimental: { "runspec/stream": {} } } }), tools(TOOL));
  const script = [opened, say(1), output, output, output, output].join("\n");
  const ssh = await recordingSsh(tempDir(), { script, exitCode: 255 });
  const running = start(["jump", "a", "t"], project("[config.jump-hosts.a]\n", ssh.binDir));
  const stderr = new Response(running.stderr).text();
  // Long enough for everything but the reading.
  await Bun.sleep(1500);
  const bytes = (await new Response(running.stdout).arrayBuffer()).byteLength;
  expect([bytes, (await running.exited).code]).toEqual([200_000, 255]);
  expect(await stderr).toStartWith(
    "runspec: a: the server was ended by a signal, or the connection broke before the answer came\n",
  );
});

test.concurrent("a server that completes the handshake and never lists its tools is given up", async () => {
  const { code, out, stderr } = await against(`${say(4, hello())}\n${STAY}`, ["t"], 0, "4");
  expect([code, out, stderr.split("\n").length]).toEqual([125, "", 3]);
  expect(stderr).toMatch(/^runspec: a: the server took longer than 4 s to answer$/m);
});

test.concurrent("a server that never says whether it would run the tool holds up no list of hosts", async () => {
  const greeting = say(2, hello({ capabilities: { experimental: { "runspec/run": {} } } }));
  // It is there: it answers each ping.
  const pong = `id=\${line#*'"id":'}; printf '{"jsonrpc":"2.0","id":%s,"result":{}}\\n' "\${id%%,*}"`;
  const pongs = `while read -r line; do case $line in *'"ping"'*) ${pong} ;; esac; done`;
  const ssh = await recordingSsh(tempDir(), { script: `${greeting}\n${pongs}`, exitCode: 0 });
  const { cwd, env } = project("[config.jump-hosts.a]\n", ssh.binDir);
  const options = { cwd, env: { ...env, RUNSPEC_HANDSHAKE_TIMEOUT: "2" } };
  const { code, stderr } = await run(["jump", "a,", "t", "-n"], options);
  expect([code, stderr]).toEqual([
    125,
    "runspec: a: the server took longer than 2 s to answer\n  RUNSPEC_HANDSHAKE_TIMEOUT=90 waits longer\nrunspec: t succeeded on 0 of 1 host\n  cannot run (125): a (1 host)\n",
  ]);
});

test.concurrent("start-up noise of half a megabyte is read past; without an end it is given up", async () => {
  const noise = "yes 'hello from .bashrc' | head -n 25000";
  const noisy = await against(`${noise}\n${OPEN}\n${say(1, done(text("fine\n")))}\n${STAY}`);
  expect([noisy.code, noisy.out, noisy.stderr.length]).toEqual([0, "fine\n", 475_000]);
  const endless = await against("head -c 20000000 /dev/zero");
  expect([endless.code, endless.out]).toEqual([125, ""]);
  expect(endless.stderr).toContain("a: runspec did not speak MCP: it said ");
});

test.concurrent("noise that acts on a terminal is shown as it is written, as ssh shows it, but not in a sentence", async () => {
  const { code, stderr } = await against(`printf 'a\\033[2Jb\\n'`);
  expect([code, stderr]).toEqual([
    125,
    'a\u001b[2Jb\nrunspec: a: runspec did not speak MCP: it said "a\\x1b[2Jb" and ended with 0\n  check runspec on a: ssh -o BatchMode=yes a runspec --version\n',
  ]);
});

test.concurrent("an answer that is one line of 70 MiB does not bring us down", async () => {
  const huge = `printf '{"jsonrpc":"2.0","id":4,"result":{"content":[{"type":"text","text":"'; head -c 73400320 /dev/zero | tr '\\0' x; printf '"}]}}\\n'`;
  const { code, out, stderr } = await against(`${OPEN}\n${say(1)}\n${huge}`, ["t"], 0, "50", run);
  expect([code, out]).toEqual([125, ""]);
  expect(stderr.length).toBeLessThan(200_000);
});

test.concurrent("an ssh that stays after the answer does not keep us", async () => {
  const dir = tempDir();
  const pid = join(dir, "pid");
  const { code, out } = await against(
    `${OPEN}\n${say(1, done(text("fine\n")))}\necho $$ >${pid}.new; mv ${pid}.new ${pid}; exec sleep 600`,
  );
  expect([code, out]).toEqual([0, "fine\n"]);
  for (const one of await pidsIn(pid)) await waitUntil(() => !alive(one), 20_000, "the end of ssh");
});

const odd = (said: string) =>
  `runspec: warning: the environment: RUNSPEC_HANDSHAKE_TIMEOUT: found "${said}", expected seconds, more than 0; using 30\n`;

test.concurrent.each([
  ["99999999", ""],
  ["1e99", ""],
  ["Infinity", ""],
  ["", ""],
  ["abc", odd("abc")],
  ["30s", odd("30s")],
  ["-1", odd("-1")],
  ["0", odd("0")],
])("RUNSPEC_HANDSHAKE_TIMEOUT=%s is patience enough", async (seconds, words) => {
  const ssh = await recordingSsh(tempDir(), {
    script: `${OPEN}\n${say(1, done(text("fine\n")))}\n${STAY}`,
  });
  const { cwd, env } = project("[config.jump-hosts.a]\n", ssh.binDir);
  const result = await run(["jump", "a", "t"], {
    cwd,
    env: { ...env, XDG_CACHE_HOME: tempDir(), RUNSPEC_HANDSHAKE_TIMEOUT: seconds },
  });
  expect(outcome(result)).toEqual([0, "fine\n", words]);
});
