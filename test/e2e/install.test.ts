/** `jump --install`: this binary on the remote, whole or not at all. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { BIN, type RunOptions, run, start } from "../harness/binary.ts";
import { alive, waitUntil, within } from "../harness/processes.ts";
import { recordingSsh } from "../harness/recording-ssh.ts";
import { type SshHostOptions, writeExecutable } from "../harness/ssh-host.ts";
import { startSshServer } from "../harness/ssh-server.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";
import { fixture, localTo, pidsIn, project, sha256, tool } from "./site.ts";

setDefaultTimeout(120_000);

const LIMIT_MS = 60_000;

/** A machine without runspec; `fakes` stand before its own programs. */
async function bareMachine(fakes: Record<string, string> = {}, options: SshHostOptions = {}) {
  const host = await startSshServer(options);
  for (const [name, body] of Object.entries(fakes)) writeExecutable(join(host.home, "bin", name), body);
  const local = localTo(host);
  const bin = join(host.home, ".local", "bin");
  return {
    host,
    local,
    path: join(bin, "runspec"),
    /** What stands in ~/.local/bin. */
    installed: () => (existsSync(bin) ? readdirSync(bin) : []),
    install: (more: RunOptions = {}) =>
      run(["jump", host.alias, "--install"], { ...local, timeoutMs: LIMIT_MS, ...more }),
  };
}

const copied = (stderr: string): string =>
  stderr
    .split("\n")
    .filter((line) => !line.startsWith("copying "))
    .join("\n");

test.concurrent("it is there, whole, and jump works with the line it prints; a second time replaces it", async () => {
  const { host, path, installed, install, local } = await bareMachine();
  const first = await install();
  expect([first.code, copied(first.stderr), installed()]).toEqual([0, "", ["runspec"]]);
  const digest = sha256(readFileSync(BIN));
  expect(sha256(readFileSync(path))).toBe(digest);
  expect(first.out).toStartWith(`installed ${path} on demo-host (sha256 ${digest})\n`);
  const line = first.out.split("In runspec.toml:\n")[1] ?? "";
  expect(Bun.TOML.parse(line)).toEqual({ config: { "jump-hosts": { "demo-host": { bin: path } } } });

  writeSpec(host.home, tool("hello", ["/bin/echo", "hello"]));
  writeSpec(local.cwd, line);
  const jump = await run(["jump", "demo-host", "hello"], local);
  expect([jump.code, jump.out, jump.stderr]).toEqual([0, "hello\n", ""]);

  chmodSync(path, 0o600);
  writeFileSync(path, "an older one");
  expect((await install()).code).toBe(0);
  expect([sha256(readFileSync(path)), installed()]).toEqual([digest, ["runspec"]]);
  await host.stop();
});

test.concurrent("the line it prints is TOML for any alias, and words of the remote's shell are not in it", async () => {
  const { host, path, local } = await bareMachine({}, { alias: "demo.host", shell: fixture("noisy-shell") });
  const where = project('[config.jump-hosts."demo.host"]\n', host.binDir);
  const { code, out } = await run(["jump", "demo.host", "--install"], {
    ...local,
    ...where,
    timeoutMs: LIMIT_MS,
  });
  expect(code).toBe(0);
  const line = out.split("In runspec.toml:\n")[1] ?? "";
  expect(Bun.TOML.parse(line)).toEqual({ config: { "jump-hosts": { "demo.host": { bin: path } } } });
  await host.stop();
});

/** Takes a megabyte, says so, and waits for leave to take the rest. */
const WAITING_CAT = `[ $# -eq 0 ] || exec /bin/cat "$@"
dd bs=65536 count=16 iflag=fullblock 2>/dev/null
: >"$HOME/started"
until [ -e "$HOME/go" ]; do sleep 0.05; done
exec /bin/cat`;

test.concurrent.each(["SIGTERM", "SIGKILL", "SIGINT"] as const)(
  "%s in the middle leaves nothing",
  async (signal) => {
    const { host, local, installed } = await bareMachine({ cat: WAITING_CAT });
    const running = start(["jump", "demo-host", "--install"], local);
    await waitUntil(() => existsSync(join(host.home, "started")), LIMIT_MS, "the middle of the copy");
    expect(installed().filter((name) => name === "runspec")).toEqual([]);
    running.kill(signal);
    const ending = await within(running.exited, LIMIT_MS, "the end of jump");
    const expected = { SIGTERM: 143, SIGINT: 130 };
    expect(ending).toEqual(
      signal === "SIGKILL" ? { code: null, signal } : { code: expected[signal], signal: null },
    );
    writeFileSync(join(host.home, "go"), "");
    const pids = await host.pids();
    await waitUntil(() => !pids.some(alive), LIMIT_MS, "the end of the copy");
    expect(installed()).toEqual([]);
    await host.stop();
  },
);

test.concurrent("a connection that breaks in the middle leaves nothing, and is 255", async () => {
  const { host, local, installed } = await bareMachine({ cat: WAITING_CAT });
  const running = start(["jump", "demo-host", "--install"], local);
  const stderr = new Response(running.stderr).text();
  await waitUntil(() => existsSync(join(host.home, "started")), LIMIT_MS, "the middle of the copy");
  process.kill(host.serverPid ?? Number.NaN, "SIGKILL");
  expect(await within(running.exited, LIMIT_MS, "the end of jump")).toEqual({ code: 255, signal: null });
  expect(await stderr).toContain("lost the connection; nothing was installed");
  writeFileSync(join(host.home, "go"), "");
  const pids = await host.pids();
  await waitUntil(() => !pids.some(alive), LIMIT_MS, "the end of the copy");
  expect(installed()).toEqual([]);
  rmSync(dirname(host.home), { recursive: true });
});

test.concurrent.each([
  [
    "a copy with a byte missing",
    { cat: "exec tail -c +2" },
    125,
    "the copy on demo-host was cut short or damaged; nothing was installed\n",
  ],
  [
    "a copy that is cut short",
    { cat: "exec head -c 100000" },
    125,
    "the copy on demo-host was cut short or damaged; nothing was installed\n",
  ],
  [
    "a system without a build",
    { uname: "echo Plan9" },
    125,
    /^there is no build of runspec for Plan9, Plan9/,
  ],
  [
    "another machine, whose build is not here",
    { uname: '[ "$1" = -s ] && echo Darwin || echo arm64' },
    125,
    /^the build for darwin-arm64 is missing: .*runspec-darwin-arm64 does not exist\n {2}make it with: bun build.ts --target darwin-arm64\n$/,
  ],
  [
    "no room",
    { cat: "echo 'No space left on device' >&2; exit 1" },
    125,
    /No space left[\s\S]*failed with 1[\s\S]*nothing was installed/,
  ],
] satisfies [string, Record<string, string>, number, string | RegExp][])(
  "refused: %s",
  async (_what, fakes, code, said) => {
    const { host, installed, install } = await bareMachine(fakes);
    const result = await install();
    expect([result.code, result.out, installed()]).toEqual([code, "", []]);
    const words = copied(result.stderr).replace(/^runspec: /, "");
    if (typeof said === "string") expect(words).toBe(said);
    else expect(words).toMatch(said);
    await host.stop();
  },
);

test.concurrent("the build for another machine is taken from beside this one", async () => {
  const { host, path, local } = await bareMachine({ uname: '[ "$1" = -s ] && echo Darwin || echo arm64' });
  const bin = join(local.cwd, "bin");
  mkdirSync(bin);
  Bun.spawnSync(["ln", BIN, join(bin, "runspec")]).success ||
    Bun.spawnSync(["cp", BIN, join(bin, "runspec")]);
  writeExecutable(join(bin, "runspec-darwin-arm64"), "echo another build");
  const { code } = await run(["jump", "demo-host", "--install"], { ...local, program: join(bin, "runspec") });
  expect([code, readFileSync(path, "utf8")]).toEqual([0, "#!/bin/sh\necho another build\n"]);
  await host.stop();
});

test.concurrent("one that does not run there is not installed", async () => {
  const { host, local, installed } = await bareMachine({
    uname: '[ "$1" = -s ] && echo Darwin || echo arm64',
  });
  const bin = join(local.cwd, "bin");
  mkdirSync(bin);
  Bun.spawnSync(["ln", BIN, join(bin, "runspec")]).success ||
    Bun.spawnSync(["cp", BIN, join(bin, "runspec")]);
  writeExecutable(join(bin, "runspec-darwin-arm64"), "exit 1");
  const result = await run(["jump", "demo-host", "--install"], { ...local, program: join(bin, "runspec") });
  expect([result.code, copied(result.stderr), installed()]).toEqual([
    125,
    "runspec: this build does not run on demo-host (its words are above); nothing was installed\n",
    [],
  ]);
  await host.stop();
});

test.concurrent("no connection is 255, in a sentence", async () => {
  const { host, install, installed } = await bareMachine({}, { acceptKey: false });
  const { code, out, stderr } = await install();
  expect([code, out, installed()]).toEqual([255, "", []]);
  expect(stderr).toContain("runspec: ssh could not connect to demo-host");
  await host.stop();
});

test.concurrent("a remote that says nothing is given up, and nothing of ssh is left", async () => {
  const pids = join(tempDir(), "pid");
  const ssh = await recordingSsh(tempDir(), { script: `echo $$ >${pids}; exec sleep 600` });
  const { cwd, env } = project("[config.jump-hosts.a]\n", ssh.binDir);
  const { code, out, stderr } = await run(["jump", "a", "--install"], {
    cwd,
    env: { ...env, RUNSPEC_HANDSHAKE_TIMEOUT: "1" },
  });
  expect([code, out, stderr]).toEqual([
    125,
    "",
    "runspec: a did not answer within 1 s; nothing was installed\n  runspec doctor a goes the way there step by step\n",
  ]);
  for (const pid of await pidsIn(pids)) await waitUntil(() => !alive(pid), 20_000, "the end of ssh");
});
