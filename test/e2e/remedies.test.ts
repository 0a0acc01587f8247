/** Every remedy is followed to the letter: the situation is made, what is printed is pasted or typed, and the failure is gone. */

import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { BASE_ENV, BIN, ownBinary, run } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { waitUntil } from "../harness/processes.ts";
import { generateKeys, type SshHost, type SshHostOptions, writeExecutable } from "../harness/ssh-host.ts";
import { startSshServer } from "../harness/ssh-server.ts";
import { available, startSshd } from "../harness/sshd.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";
import { startInTerminal } from "../harness/terminal.ts";
import { startAtDoor, startWithoutSsh } from "../harness/without-ssh.ts";
import { spelledOut } from "./doctor-site.ts";
import { type Local, localTo, project, script, tool } from "./site.ts";

setDefaultTimeout(90_000);

interface Situation {
  host: SshHost;
  local: Local;
  /** Where a runspec lies on the remote that is not looked for there. */
  elsewhere: string;
}

/** A runspec to type, and beside it the build for the remotes here, which say that they are another machine: it is a few bytes. */
const typed = dirname(ownBinary());
writeExecutable(join(typed, "runspec-darwin-arm64"), `exec ${BIN} "$@"`);
const fakes = tempDir();
writeExecutable(join(fakes, "uname"), '[ "$1" = -s ] && echo Darwin || echo arm64');

const hosts: SshHost[] = [];
afterAll(() => Promise.all(hosts.map((host) => host.stop())));

/** Without ssh, unless what is wrong is of ssh, or doctor finds it out, which asks ssh. */
async function situation(
  options: SshHostOptions = {},
  startHost: typeof startSshServer = startWithoutSsh,
): Promise<Situation> {
  const host = await startHost({ path: `${fakes}:/usr/bin:/bin`, ...options });
  hosts.push(host);
  writeSpec(
    host.home,
    tool("hello", script('echo "hello $*"'), 'args.name = { type = "str", required = false }'),
  );
  const elsewhere = join(host.home, "opt", "runspec");
  mkdirSync(dirname(elsewhere));
  symlinkSync(BIN, elsewhere);
  return { host, elsewhere, local: withRunspec(localTo(host)) };
}

/** What is typed is `runspec`. */
function withRunspec(local: Local): Local {
  return { ...local, env: { ...local.env, PATH: `${typed}:${local.env.PATH}` } };
}

/** A line typed at a shell, in the place of the project. */
async function type(line: string, { cwd, env }: Local) {
  const child = Bun.spawn(["/bin/sh", "-c", line], {
    cwd,
    env: { ...BASE_ENV, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { out, stderr, code };
}

/** A call of the test's own, in its own process: no shell has to read it. */
const ask = (words: string, { cwd, env }: Local) =>
  runHere(words.split(" "), { cwd, env, program: join(typed, "runspec") });

/** `set LINE in TABLE (FILE:N)`, done: the line stands behind that of the table. */
function followSet(text: string): void {
  const [, line = "", file = "", at = ""] = /set (.*) in \[.*\] \((.*):(\d+)\)/.exec(text) ?? [];
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .filter((one) => !one.startsWith("bin ="));
  lines.splice(Number(at), 0, line);
  writeFileSync(file, lines.join("\n"));
}

/** The lines of TOML among what was said, indented as a hint is. */
const block = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => /^(\[config\.|[\w-]+ = )/.test(line))
    .map((line) => `${line}\n`)
    .join("");

const HELLO = { code: 0, out: "hello \n", stderr: "" };

/** What doctor prints of a way that it finds closed. */
async function failedDoctor(alias: string, local: Local): Promise<string> {
  const { code, out } = await ask(`doctor ${alias}`, local);
  expect([code, out]).toEqual([1, expect.stringContaining("FAIL")]);
  return out;
}

test.concurrent("127, nothing said: bin is set where the message says", async () => {
  const { local, elsewhere } = await situation();
  const failed = await type("runspec jump demo-host hello", local);
  expect(failed.code).toBe(127);
  expect(failed.stderr).toContain("runspec jump demo-host --install --write, or set bin = ");
  followSet(failed.stderr.replace("/path/to/runspec", elsewhere));
  expect(await type("runspec jump demo-host hello", local)).toEqual(HELLO);
});

test.concurrent("127, of doctor: the runspec that lies elsewhere", async () => {
  const { host, local } = await situation({}, startAtDoor);
  mkdirSync(join(host.home, "bin"), { recursive: true });
  symlinkSync(BIN, join(host.home, "bin", "runspec"));
  followSet((await ask("doctor demo-host", local)).out);
  expect(await ask("jump demo-host hello", local)).toEqual(HELLO);
});

test.concurrent("127, by doctor: installed, and written", async () => {
  const { local } = await situation({}, startAtDoor);
  const remedy = /→ (runspec jump .*)/.exec((await ask("doctor demo-host", local)).out)?.[1] ?? "";
  expect(remedy).toBe("runspec jump demo-host --install --write");
  expect((await type(remedy, local)).code).toBe(0);
  expect(await ask("jump demo-host hello", local)).toEqual(HELLO);
});

test.concurrent.each([
  ["the field", 'bin = "tools/runspec"\n', "", ""],
  ["--bin", "", " --bin tools/runspec", ""],
  ["RUNSPEC_JUMP_BIN", "", "", "RUNSPEC_JUMP_BIN=tools/runspec "],
])("127, of a bin from %s: it is installed there", async (_from, field, flag, variable) => {
  const { host, local } = await situation();
  writeSpec(local.cwd, `[config.jump-hosts.demo-host]\n${field}`);
  const call = `${variable}runspec jump demo-host hello${flag}`;
  const failed = await type(call, local);
  expect(failed.code).toBe(127);
  const [, remedy = ""] = /^ {2}(runspec jump .* --install.*?), or/m.exec(failed.stderr) ?? [];
  expect((await type(`${variable}${remedy}`, local)).code).toBe(0);
  expect(existsSync(join(host.home, "tools", "runspec"))).toBe(true);
  expect(await type(call, local)).toEqual(HELLO);
});

test.concurrent("127, of user@host: the table is pasted, and called by its name", async () => {
  const { host, local, elsewhere } = await situation();
  writeSpec(local.cwd, "");
  const failed = await ask(`jump ${host.user}@demo-host hello`, local);
  expect(failed.code).toBe(127);
  const pasted = block(failed.stderr).replace("/path/to/runspec", elsewhere);
  expect(Bun.TOML.parse(pasted)).toEqual({
    config: { "jump-hosts": { "demo-host": { host: "demo-host", user: host.user, bin: elsewhere } } },
  });
  writeSpec(local.cwd, pasted);
  expect(await ask("jump demo-host hello", local)).toEqual(HELLO);
});

const INSTALL = / {2}(runspec jump .* --install --write), or /;
test.concurrent.each<[string, string, RegExp | "pasted", string]>([
  ["its table is set", 'user = "USER"\n', "pasted", "demo-host"],
  ["it is installed, and its table written", 'user = "USER"\n', INSTALL, "demo-host"],
  ["the table is nobody's: one of its own is written", "", INSTALL, "USER@demo-host"],
  ["the table is another user's: one of its own is written", 'user = "other"\n', "pasted", "USER@demo-host"],
  ["the table leads elsewhere: one of its own is written", 'host = "other"\n', INSTALL, "USER@demo-host"],
])("127, of user@host where there is a table of that name: %s", async (_what, more, remedy, then) => {
  const { host, local, elsewhere } = await situation();
  const at = { ...local, env: { ...local.env, HOME: tempDir() } };
  const table = `[config.jump-hosts.demo-host]\n${more.replace("USER", host.user)}`;
  writeSpec(local.cwd, table);
  const failed = await ask(`jump ${host.user}@demo-host hello`, at);
  expect(failed.code).toBe(127);
  if (remedy === "pasted") {
    const set = block(failed.stderr).replace("/path/to/runspec", elsewhere);
    writeSpec(local.cwd, `${table}${set}`);
  } else {
    const done = await type(remedy.exec(failed.stderr)?.[1] ?? "false", at);
    expect([done.code, done.out]).toEqual([
      0,
      expect.stringContaining(`Now: runspec jump ${then.replace("USER", host.user)}\n`),
    ]);
  }
  const name = then.replace("USER", host.user);
  const { stderr, ...said } = await ask(`jump ${name} hello`, at);
  expect({ ...said, stderr: "" }).toEqual(HELLO);
  // What a checkout's file says of a destination is told at each call.
  const isTold = remedy === "pasted" && name.includes("@");
  const place = `runspec: warning: ${local.cwd}/runspec.toml:3: [config.jump-hosts."${name}"]: takes the place of the destination that is typed so\n`;
  expect(stderr).toBe(isTold ? place : "");
});

test.concurrent("126: the command that is printed makes it executable", async () => {
  const { host, local } = await situation();
  const path = join(host.home, "closed", "runspec");
  mkdirSync(dirname(path));
  writeExecutable(path, `exec ${BIN} "$@"`);
  chmodSync(path, 0o644);
  const call = `jump demo-host hello --bin ${path}`;
  const failed = await ask(call, local);
  expect(failed.code).toBe(126);
  expect((await type(/^ {2}(ssh .* chmod .*)$/m.exec(failed.stderr)?.[1] ?? "false", local)).code).toBe(0);
  expect(await ask(call, local)).toEqual(HELLO);
});

test.concurrent("126, of a path with a space in the home there: the shells at both ends read it as it is", async () => {
  const { host, local } = await situation({}, startSshServer);
  const path = join(host.home, "my tools", "runspec");
  mkdirSync(dirname(path));
  writeExecutable(path, `exec ${BIN} "$@"`);
  chmodSync(path, 0o644);
  const call = "runspec jump demo-host hello --bin '~/my tools/runspec'";
  const failed = await type(call, local);
  expect(failed.code).toBe(126);
  expect((await type(/^ {2}(ssh .*chmod .*)$/m.exec(failed.stderr)?.[1] ?? "false", local)).code).toBe(0);
  expect(await type(call, local)).toEqual(HELLO);
});

/** A program of the host's that is called runspec and is none, where `bin` says. */
function impostor({ host, local }: Situation, body: string): void {
  const path = join(host.home, "odd", "runspec");
  mkdirSync(dirname(path));
  writeExecutable(path, body);
  writeSpec(local.cwd, '[config.jump-hosts.demo-host]\nbin = "~/odd/runspec"\n');
}

test.concurrent("another program of that name: the command that is printed shows what it is", async () => {
  const found = await situation();
  impostor(found, 'echo "something else"');
  const failed = await ask("jump demo-host hello", found.local);
  expect(failed.code).toBe(125);
  const check = /check runspec on demo-host: (.*)/.exec(failed.stderr)?.[1] ?? "false";
  expect((await type(check, found.local)).out).toBe("something else\n");
});

test.concurrent("a runspec that crashes: the right one is installed in its place", async () => {
  const found = await situation();
  impostor(found, 'echo "oh no: Bun has crashed" >&2; exit 132');
  const failed = await ask("jump demo-host hello", found.local);
  const remedy = /\? (runspec jump .* --install) puts it there/.exec(failed.stderr)?.[1] ?? "false";
  expect([failed.code, (await type(remedy, found.local)).code]).toEqual([125, 0]);
  expect(await ask("jump demo-host hello", found.local)).toEqual(HELLO);
});

test.concurrent("no runspec.toml there: doctor's command writes a first one", async () => {
  const { host, local, elsewhere } = await situation({}, startAtDoor);
  rmSync(join(host.home, "runspec.toml"));
  writeSpec(local.cwd, `[config.jump-hosts.demo-host]\nbin = "${elsewhere}"\n`);
  const said =
    "runspec: demo-host: no runspec.toml there (~/.config/runspec, /etc/runspec), so it offers no tools\n  runspec doctor demo-host\n";
  expect(await ask("jump demo-host", local)).toMatchObject({ code: 0, stderr: said });
  expect(await ask("jump demo-host hello", local)).toEqual({ code: 127, out: "", stderr: said });
  const told = (await ask("doctor demo-host", local)).out;
  expect((await type(/^ *(ssh .* init'?)$/m.exec(told)?.[1] ?? "false", local)).code).toBe(0);
  expect(await ask("jump demo-host hello -- Ada", local)).toEqual({
    ...HELLO,
    out: "Hello, Ada!\n",
  });
});

/** A command of ssh's that asks whether a key is right, at a terminal, answered with yes. */
async function sayYes(command: string, local: Local): Promise<void> {
  await using ssh = startInTerminal(["/bin/sh", "-c", command], local);
  await ssh.sees("yes/no");
  ssh.type("yes\n");
  expect(await ssh.exited()).toBe(0);
}

test.concurrent.each([["not known"], ["not the known one"]])("a host key that is %s", async (how) => {
  const { host, elsewhere } = await situation({}, startSshServer);
  const known = join(tempDir(), "known_hosts");
  const other = `[127.0.0.1]:${host.port} ${generateKeys().public}\n`;
  writeFileSync(known, how === "not known" ? "" : other);
  const key = `ssh-key = "${host.keyPath}"\nbin = "${elsewhere}"\n`;
  const local = withRunspec(spelledOut(host, { UserKnownHostsFile: known }, key));
  const told = await failedDoctor("there", local);
  const forget = /^ *(ssh-keygen -R .*)$/m.exec(told)?.[1];
  if (how !== "not known") expect((await type(forget ?? "false", local)).code).toBe(0);
  await sayYes(/^ *(ssh .* true)$/m.exec(told)?.[1] ?? "false", local);
  expect(await ask("jump there hello", local)).toEqual(HELLO);
});

test.concurrent.skipIf(!available() || Bun.which("ssh-agent") === null)(
  "an agent with more keys than sshd tries: the lines are set in the table",
  async () => {
    const { host, elsewhere } = await situation({}, startSshd);
    const dir = tempDir();
    const socket = join(dir, "agent");
    const agent = Bun.spawn(["ssh-agent", "-D", "-a", socket], { stdout: "ignore", stderr: "ignore" });
    const keys = Array.from({ length: 7 }, (_, at) => join(dir, `key${at}`));
    for (const key of keys) writeFileSync(key, generateKeys().private, { mode: 0o600 });
    const env = { ...process.env, SSH_AUTH_SOCK: socket };
    // Its socket is there before it listens.
    const add = () => Bun.spawnSync(["ssh-add", ...keys], { env, stderr: "ignore" }).exitCode === 0;
    await waitUntil(add, 20_000, "the agent");
    const spelled = withRunspec(spelledOut(host, { IdentitiesOnly: "no" }, `bin = "${elsewhere}"\n`));
    const local = { ...spelled, env: { ...spelled.env, SSH_AUTH_SOCK: socket } };
    const told = await failedDoctor("there", local);
    const [, file = "", set = ""] =
      /set in \[config\.jump-hosts\.there\] \((.*):1\):\n((?: {24}\S.*\n)+)/.exec(told) ?? [];
    const lines = readFileSync(file, "utf8").split("\n");
    const kept = lines.filter((line) => !line.startsWith("ssh-options ="));
    writeFileSync(file, [...kept, set.replace("/path/of/the/key", host.keyPath)].join("\n"));
    expect(await ask("jump there hello", local)).toEqual(HELLO);
    agent.kill();
    await agent.exited;
  },
);

test.concurrent.skipIf(!available()).each([
  // What else the two sides may not have in common is in test/doctor/refusal.
  ["cipher", "Ciphers aes128-cbc"],
  ["host key type", "HostKeyAlgorithms ssh-rsa"],
])("an old sshd with another %s: it is allowed where doctor says", async (what, line) => {
  const rsa = join(tempDir(), "rsa");
  const sshdConfig = [line, "Ciphers aes128-ctr", ...(what === "host key type" ? [`HostKey ${rsa}`] : [])];
  const { host, elsewhere } = await situation({ sshdConfig }, startSshd);
  if (what === "host key type") {
    Bun.spawnSync(["ssh-keygen", "-q", "-t", "rsa", "-b", "1024", "-N", "", "-f", rsa]);
    const known = readFileSync(host.knownHostsPath, "utf8");
    writeFileSync(host.knownHostsPath, known.replace(/ecdsa-\S+ .*/, readFileSync(`${rsa}.pub`, "utf8")));
  }
  const table = `ssh-key = "${host.keyPath}"\nbin = "${elsewhere}"\n`;
  const local = withRunspec(spelledOut(host, {}, table));
  const told = await failedDoctor("there", local);
  const file = join(local.cwd, "runspec.toml");
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .filter((one) => !one.startsWith("ssh-options ="));
  const [, set = ""] = /until then, set (.*) in \[/.exec(told) ?? [];
  writeFileSync(file, [...lines, set].join("\n"));
  expect(await ask("jump there hello", local)).toEqual(HELLO);
});

test.concurrent("a key that others can read is closed", async () => {
  const { host, elsewhere } = await situation({}, startSshServer);
  const key = join(tempDir(), "my key");
  copyFileSync(host.keyPath, key);
  chmodSync(key, 0o644);
  const local = withRunspec(spelledOut(host, {}, `ssh-key = "${key}"\nbin = "${elsewhere}"\n`));
  const told = await failedDoctor("there", local);
  expect((await type(/→ (chmod .*)/.exec(told)?.[1] ?? "false", local)).code).toBe(0);
  expect(await ask("jump there hello", local)).toEqual(HELLO);
});

test.concurrent("a port at which nobody listens is corrected where the message says", async () => {
  const { host, elsewhere } = await situation({}, startSshServer);
  const local = withRunspec(spelledOut(host, {}, `ssh-key = "${host.keyPath}"\nbin = "${elsewhere}"\n`));
  const file = join(local.cwd, "runspec.toml");
  const right = readFileSync(file, "utf8");
  writeFileSync(file, right.replace(`port = ${host.port}`, "port = 1"));
  const failed = await ask("jump there hello", local);
  const doctor = failed.stderr.trimEnd().split("\n").at(-1) ?? "";
  expect([failed.code, doctor]).toEqual([255, "  runspec doctor there"]);
  const told = (await type(doctor, local)).out;
  expect(told).toContain(`correct port in [config.jump-hosts.there] (${file}:1)`);
  writeFileSync(file, right);
  expect(await ask("jump there hello", local)).toEqual(HELLO);
});

test.concurrent.each([
  ["takes the channel away: ", "RemoteCommand echo taken\n  StdinNull yes"],
  ["cannot share its connection", "ControlMaster auto\n  ControlPath /nowhere/%C"],
  ["a port cannot be forwarded", "LocalForward /nowhere/socket localhost:1\n  ExitOnForwardFailure yes"],
])("what of ssh's configuration %s is undone by what doctor says", async (what, lines) => {
  const { host, local, elsewhere } = await situation({}, startSshServer);
  writeSpec(local.cwd, `[config.jump-hosts.demo-host]\nbin = "${elsewhere}"\n`);
  const config = readFileSync(host.sshConfigPath, "utf8");
  writeFileSync(host.sshConfigPath, `${config}  ${lines}\n`);
  const failed = await ask("jump demo-host hello", local);
  expect([failed.code, failed.stderr.trimEnd().split("\n").at(-1)]).toEqual([
    255,
    "  runspec doctor demo-host",
  ]);
  const told = await ask("doctor demo-host", local);
  expect(told.out).toContain(what);
  const bin = readFileSync(join(local.cwd, "runspec.toml"), "utf8");
  followSet(told.out);
  writeFileSync(
    join(local.cwd, "runspec.toml"),
    `${readFileSync(join(local.cwd, "runspec.toml"), "utf8")}${bin.split("\n")[1]}\n`,
  );
  expect(await ask("jump demo-host hello", local)).toEqual(HELLO);
});

test.concurrent.each([
  ["runspec jump demo-host hello --name you", "hello --name you\n"],
  ["runspec run hello --name you", "hello --name you\n"],
])("a slip, %s: the line that is printed is what was meant", async (slip, out) => {
  const { host, local, elsewhere } = await situation();
  const toml = readFileSync(join(host.home, "runspec.toml"), "utf8");
  writeSpec(local.cwd, `${toml}\n[config.jump-hosts.demo-host]\nbin = "${elsewhere}"\n`);
  const failed = await type(slip, local);
  expect(failed.code).toBe(2);
  const meant = /^ {2}(runspec .* -- .*)$/m.exec(failed.stderr)?.[1] ?? "false";
  expect(await type(meant, local)).toEqual({ code: 0, out, stderr: "" });
});

test.concurrent("a forced runspec serve is in order for doctor, and calls work", async () => {
  const shell = join(tempDir(), "forced");
  writeExecutable(shell, `exec ${BIN} serve`);
  const { local } = await situation({ shell }, startAtDoor);
  const told = await ask("doctor demo-host", local);
  expect([told.code, /^(\w+) +runspec /m.exec(told.out)?.[1]]).toEqual([0, "ok"]);
  expect(await ask("jump demo-host hello", local)).toEqual(HELLO);
});

test.concurrent("a program that is not executable runs after the chmod that is printed", async () => {
  const local = project(tool("t", ["./t"]));
  writeExecutable(join(local.cwd, "t"), "echo done");
  chmodSync(join(local.cwd, "t"), 0o644);
  const failed = await run(["run", "t"], local);
  expect((await type(/run: (chmod .*)/.exec(failed.stderr)?.[1] ?? "false", local)).code).toBe(0);
  expect(await run(["run", "t"], local)).toMatchObject({ code: 0, out: "done\n" });
});

test.concurrent("an unknown host: the table that is named is written", async () => {
  const { local, elsewhere } = await situation();
  writeSpec(local.cwd, "");
  const failed = await ask("jump demo-host hello", local);
  const [, header = ""] = /\badd (\[.*\])/.exec(failed.stderr) ?? [];
  writeSpec(local.cwd, `${header}\nbin = "${elsewhere}"\n`);
  expect([failed.code, await ask("jump demo-host hello", local)]).toEqual([125, HELLO]);
});

test.concurrent("a broken file there: what is wrong is shown by the command, and calls work when it is put right", async () => {
  const { host, local, elsewhere } = await situation();
  writeSpec(local.cwd, `[config.jump-hosts.demo-host]\nbin = "${elsewhere}"\n`);
  const file = join(host.home, "runspec.toml");
  const right = readFileSync(file, "utf8");
  writeFileSync(file, `${right}[broken]\nserve = 1\n`);
  const failed = await ask("jump demo-host hello", local);
  const command = /see all that is wrong: (ssh .*)/.exec(failed.stderr)?.[1] ?? "false";
  const told = await type(command, local);
  expect([failed.code, told.code]).toEqual([125, 1]);
  expect(told.out).toContain("[broken] serve: found 1, expected true, false, or a list");
  writeFileSync(file, right);
  expect(await ask("jump demo-host hello", local)).toEqual(HELLO);
});

test.concurrent.each([
  ["RUNSPEC_JUMP_BIN", "export RUNSPEC_JUMP_BIN=/nowhere/runspec; ", "", /or (unset RUNSPEC_JUMP_BIN)$/m],
  ["--bin", "", " --bin /nowhere/runspec", /or name another path with (--bin)$/m],
])("127, of a bin from %s: it is taken away, or another named", async (_from, before, flag, advice) => {
  const onPath = tempDir();
  symlinkSync(BIN, join(onPath, "runspec"));
  const { local, elsewhere } = await situation({ path: `${onPath}:/usr/bin:/bin` });
  writeSpec(local.cwd, "[config.jump-hosts.demo-host]\n");
  const failed = await type(`${before}runspec jump demo-host hello${flag}`, local);
  const [, said = "false"] = advice.exec(failed.stderr) ?? [];
  expect(failed.code).toBe(127);
  const again = flag === "" ? `${before}${said}; runspec jump` : `runspec jump ${said} ${elsewhere}`;
  expect(await type(`${again} demo-host hello`, local)).toEqual(HELLO);
});

test.concurrent("ssh runs no command there: the command that is printed shows which setting it is", async () => {
  const { host, local, elsewhere } = await situation({}, startSshServer);
  writeSpec(local.cwd, `[config.jump-hosts.demo-host]\nbin = "${elsewhere}"\n`);
  const config = readFileSync(host.sshConfigPath, "utf8");
  writeFileSync(host.sshConfigPath, `${config}  SessionType none\n`);
  const failed = await type("RUNSPEC_HANDSHAKE_TIMEOUT=5 runspec jump demo-host hello", local);
  const told = await ask("doctor demo-host", local);
  expect([failed.code !== 0, told.out.includes("takes the channel away: sessiontype none")]).toEqual([
    true,
    true,
  ]);
  followSet(told.out);
  const file = join(local.cwd, "runspec.toml");
  writeFileSync(file, `${readFileSync(file, "utf8")}\nbin = "${elsewhere}"\n`);
  expect(await ask("jump demo-host hello", local)).toEqual(HELLO);
});

test.concurrent("ssh would go to the background: doctor names the setting, and what undoes it", async () => {
  const { host, local, elsewhere } = await situation({}, startSshServer);
  writeSpec(local.cwd, `[config.jump-hosts.demo-host]\nbin = "${elsewhere}"\n`);
  const config = readFileSync(host.sshConfigPath, "utf8");
  writeFileSync(host.sshConfigPath, `${config}  ForkAfterAuthentication yes\n`);
  const told = await ask("doctor demo-host", local);
  expect(told.out).toContain("takes the channel away: forkafterauthentication yes");
  followSet(told.out);
  const undone = await ask("doctor demo-host", local);
  expect(undone.out).toContain("ok    ssh-config ");
});

test.concurrent("a manual tool: the line is typed by a person, and from a script with the flag that is named", async () => {
  const { host, local, elsewhere } = await situation();
  writeSpec(host.home, tool("hello", script('echo "hello $*"'), 'autonomy = "manual"'));
  writeSpec(local.cwd, `[config.jump-hosts.demo-host]\nbin = "${elsewhere}"\n`);
  const failed = await ask("jump demo-host hello", local);
  const [, line = "false"] =
    /only a person may do this: (runspec jump demo-host hello)/.exec(failed.stderr) ?? [];
  const [flag = ""] = /--human/.exec(failed.stderr) ?? [];
  expect([failed.code, flag]).toEqual([125, "--human"]);
  const person = startInTerminal(["/bin/sh", "-c", line], local);
  await person.sees("hello");
  expect(await person.exited()).toBe(0);
  await person.close();
  expect(await type(`${line} ${flag}`, local)).toEqual(HELLO);
});

test.concurrent("one host for an option of lists: with the comma that is printed it is a list", async () => {
  const { local, elsewhere } = await situation();
  writeSpec(local.cwd, `[config.jump-hosts.demo-host]\nbin = "${elsewhere}"\n`);
  const failed = await ask("jump demo-host hello --fold", local);
  const [, list = ""] = /makes it a list: (\S+)/.exec(failed.stderr) ?? [];
  expect([failed.code, list]).toEqual([2, "demo-host,"]);
  const { code, out } = await type(`runspec jump ${list} hello --fold`, local);
  expect([code, out.includes("hello")]).toEqual([0, true]);
});

/** `bin` of the host here, and what is in its place there. */
async function inPlace(bin: string, make: (path: string) => void, startHost?: typeof startSshServer) {
  const found = await situation({}, startHost);
  writeSpec(found.local.cwd, `[config.jump-hosts.demo-host]\nbin = "${bin}"\n`);
  make(join(found.host.home, bin.replace("~/", "")));
  return found;
}

test.concurrent("a directory in the place of runspec is moved away", async () => {
  const { local } = await inPlace("~/tools/runspec", (path) => mkdirSync(path, { recursive: true }));
  const failed = await ask("jump demo-host --install", local);
  const command = /move the directory away: (ssh .*)/.exec(failed.stderr)?.[1] ?? "false";
  expect([failed.code, (await type(command, local)).code]).toEqual([125, 0]);
  expect((await ask("jump demo-host --install", local)).code).toBe(0);
  expect(await ask("jump demo-host hello", local)).toEqual(HELLO);
});

test.concurrent("a place that nobody may write: the one that is named is taken", async () => {
  const { local } = await inPlace("~/tools/runspec", (path) => writeFileSync(dirname(path), ""));
  const failed = await ask("jump demo-host --install", local);
  const flag = /as (--bin '.*?')/.exec(failed.stderr)?.[1] ?? "";
  expect([failed.code, flag]).toEqual([125, "--bin '~/.local/bin/runspec'"]);
  expect((await type(`runspec jump demo-host --install ${flag}`, local)).code).toBe(0);
  expect(await type(`runspec jump demo-host hello ${flag}`, local)).toEqual(HELLO);
});

test.concurrent("what is no runspec is looked at, and goes with the command", async () => {
  const { local } = await inPlace("~/tools/runspec", (path) => {
    mkdirSync(dirname(path));
    writeExecutable(path, "echo something else");
  });
  const failed = await ask("jump demo-host --uninstall", local);
  const command = /if it is to go: (ssh .*)/.exec(failed.stderr)?.[1] ?? "false";
  expect([failed.code, (await type(command, local)).code]).toEqual([125, 0]);
  expect((await ask("jump demo-host --uninstall", local)).out).toStartWith("demo-host: there is no ");
});

test.concurrent("an old runspec is replaced by the command that doctor prints", async () => {
  const { local } = await inPlace(
    "~/tools/runspec",
    (path) => {
      mkdirSync(dirname(path));
      writeExecutable(path, `[ "$1" = serve ] && exec ${BIN} serve; echo runspec 0.0.1`);
    },
    startAtDoor,
  );
  const told = (await ask("doctor demo-host", local)).out;
  const command = /is older than .*\n *→ (runspec jump .*)/.exec(told)?.[1] ?? "false";
  expect((await type(command, local)).code).toBe(0);
  expect((await ask("doctor demo-host", local)).out).not.toContain("is older than");
});

test.concurrent("a table that no program can change: the line is written by hand", async () => {
  const { local } = await situation();
  const file = join(local.cwd, "runspec.toml");
  writeFileSync(file, 'config.jump-hosts = { demo-host = { host = "demo-host" } }\n');
  const failed = await ask("jump demo-host --install --write", local);
  const line = /set (bin = ".*") in \[config.jump-hosts.demo-host\]/.exec(failed.stderr)?.[1] ?? "";
  expect(failed.code).toBe(125);
  writeFileSync(file, `config.jump-hosts = { demo-host = { host = "demo-host", ${line} } }\n`);
  expect(await ask("jump demo-host hello", local)).toEqual(HELLO);
});

test.concurrent.each([
  ["host", 'host = "-x"', 'host = "demo-host"'],
  ["user", 'user = "a b"', ""],
  ["ssh-options", 'ssh-options = ["RequestTTY=force"]', 'ssh-options = ["RequestTTY=no"]'],
  ["bin", 'bin = "/opt/rs"', ""],
])("a field that is refused, %s: it is corrected where the message says", async (field, wrong, right) => {
  const { local, elsewhere } = await situation();
  const table = "[config.jump-hosts.demo-host]\n";
  writeSpec(local.cwd, `${table}${wrong}\n`);
  const failed = await ask("jump demo-host hello", local);
  const place = `correct ${field} in [config.jump-hosts.demo-host] (${local.cwd}/runspec.toml:1)`;
  expect([
    failed.code,
    failed.stderr.includes(field === "bin" ? "must be the path of a program named runspec" : place),
  ]).toEqual([125, true]);
  writeSpec(local.cwd, `${table}${right}\nbin = "${elsewhere}"\n`);
  expect(await ask("jump demo-host hello", local)).toEqual(HELLO);
});

test.concurrent("a manual tool on a list: the line that is printed has the list, and runs with the flag", async () => {
  const { host, local, elsewhere } = await situation();
  const manual = 'autonomy = "manual"\nargs.name.required = false';
  writeSpec(host.home, tool("hello", script('echo "hello $*"'), manual));
  writeSpec(local.cwd, `[config.jump-hosts.demo-host]\nbin = "${elsewhere}"\n`);
  const failed = await type("runspec jump demo-host, hello -- --name 'a b'", local);
  const [, line = "false"] = /only a person may do this: (runspec jump .*) \(on /.exec(failed.stderr) ?? [];
  const [flag = ""] = /--human/.exec(failed.stderr) ?? [];
  expect([failed.code, line]).toEqual([125, "runspec jump demo-host, hello -- --name 'a b'"]);
  const { code, out } = await type(line.replace(" --", ` ${flag} --`), local);
  expect([code, out]).toEqual([0, "demo-host │ hello --name a b\n"]);
});

test.concurrent("a host that is slow: with the variable that is named it is waited for", async () => {
  const { host, local, elsewhere } = await situation();
  const slow = join(host.home, "slow", "runspec");
  mkdirSync(dirname(slow));
  writeExecutable(slow, `sleep 3; exec ${elsewhere} "$@"`);
  const call = `runspec jump demo-host hello --bin ${slow}`;
  const failed = await type(`RUNSPEC_HANDSHAKE_TIMEOUT=1 ${call}`, local);
  const [, variable = "false;"] =
    /is it only slow\? (RUNSPEC_HANDSHAKE_TIMEOUT=\d+) waits longer/.exec(failed.stderr) ?? [];
  expect(failed.code).toBe(125);
  expect(await type(`${variable} ${call}`, local)).toEqual(HELLO);
});

test.concurrent("a directory for outputs that others can read is closed as the message says", async () => {
  const { local, elsewhere } = await situation();
  writeSpec(local.cwd, `[config.jump-hosts.demo-host]\nbin = "${elsewhere}"\n`);
  const dir = join(local.cwd, "outputs");
  mkdirSync(dir, { mode: 0o755 });
  const call = "runspec jump demo-host, hello --output-dir outputs";
  const failed = await type(call, local);
  const [command = "false"] = /chmod 700/.exec(failed.stderr) ?? [];
  expect([failed.code, (await type(`${command} outputs`, local)).code]).toEqual([125, 0]);
  expect((await type(call, local)).code).toBe(0);
  expect(readFileSync(join(dir, "demo-host.out"), "utf8")).toBe(HELLO.out);
});

test.concurrent("what a client may not be given from a checkout, whatever one's own file has: by the file that is named", async () => {
  const { local, elsewhere } = await situation();
  const home = tempDir();
  const at = { ...local, env: { ...local.env, HOME: home } };
  const table = `[config.jump-hosts.demo-host]\nbin = "${elsewhere}"\n`;
  writeSpec(local.cwd, table);
  const call = "runspec attach cursor demo-host --write";
  const failed = await type(call, at);
  const [, flag = ""] = /\n {2}name the file that is meant: (--config) FILE\n$/.exec(failed.stderr) ?? [];
  const own = join(home, ".config/runspec");
  mkdirSync(own, { recursive: true });
  writeSpec(own, table);
  expect([failed.code, (await type(call, at)).code]).toEqual([125, 125]);
  expect((await type(`${call} --name one ${flag} runspec.toml`, at)).code).toBe(0);
  expect((await type(`${call} ${flag} ${own}/runspec.toml`, at)).code).toBe(0);
  const { mcpServers } = JSON.parse(readFileSync(join(home, ".cursor/mcp.json"), "utf8"));
  expect(Object.keys(mcpServers)).toEqual(["one", "demo-host"]);
});
