/** `jump --install`: this binary on the remote, whole or not at all. */

import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { basename, dirname, join } from "node:path";
import { BIN, ownBinary, run, start } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { alive, waitUntil, within } from "../harness/processes.ts";
import { recordingSsh } from "../harness/recording-ssh.ts";
import { explicitJumpHost, type SshHost, type SshHostOptions, writeExecutable } from "../harness/ssh-host.ts";
import { startSshServer } from "../harness/ssh-server.ts";
import { available, startSshd } from "../harness/sshd.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";
import { startWithoutSsh } from "../harness/without-ssh.ts";
import { fixture, localTo, pidsIn, project, sha256, tool } from "./site.ts";

setDefaultTimeout(240_000);

const LIMIT_MS = 200_000;

const hosts: SshHost[] = [];
afterAll(() => Promise.all(hosts.map((host) => host.stop())));

/** A machine without runspec; `fakes` stand before its own programs. What is tried of its connection starts it with ssh. */
async function bareMachine(
  fakes: Record<string, string> = {},
  options: SshHostOptions = {},
  startHost: typeof startSshServer = startWithoutSsh,
) {
  const host = await startHost(options);
  hosts.push(host);
  for (const [name, body] of Object.entries(fakes)) writeExecutable(join(host.home, "bin", name), body);
  const local = localTo(host);
  const bin = join(host.home, ".local", "bin");
  return {
    host,
    local,
    path: join(bin, "runspec"),
    /** What stands in ~/.local/bin. */
    installed: () => (existsSync(bin) ? readdirSync(bin) : []),
    install: ({ program }: { program?: string } = {}) =>
      runHere(["jump", host.alias, "--install"], { ...local, program }),
  };
}

const copied = (stderr: string): string =>
  stderr
    .split("\n")
    .filter((line) => !line.startsWith("copying "))
    .join("\n");

/** The remote says that it is another machine, whose build, beside ours, is a few bytes: most of what is tried does not depend on their number. */
const ELSEWHERE = { uname: '[ "$1" = -s ] && echo Darwin || echo arm64' };

/** Our binary with this build for {@link ELSEWHERE} beside it. */
function withSmallBuild(body = "echo runspec 9"): { program: string; build: string } {
  const program = ownBinary();
  const build = join(dirname(program), "runspec-darwin-arm64");
  writeExecutable(build, body);
  return { program, build };
}

/** The TOML among what was printed. */
const toml = (out: string): string => {
  const [block] = /^\[config.*\]\n(?:\w+ = .*\n)*bin = .*\n/m.exec(out) ?? [];
  const [, line] = / set (bin = ".*") in \[/.exec(out) ?? [];
  return block ?? (line === undefined ? "" : `${line}\n`);
};

test.concurrent("it is there, whole, and jump works with the line it prints", async () => {
  // The embedded server takes longer for so many bytes.
  const startHost = available() ? startSshd : startSshServer;
  const { host, path, installed, local } = await bareMachine({}, {}, startHost);
  const first = await run(["jump", host.alias, "--install"], { ...local, timeoutMs: LIMIT_MS });
  expect([first.code, copied(first.stderr), installed()]).toEqual([0, "", ["runspec"]]);
  const digest = sha256(readFileSync(BIN));
  expect(readFileSync(path).equals(readFileSync(BIN))).toBe(true);
  const [, whole, sent] = /, (\d+) MB, compressed to (\d+) MB by zstd\)/.exec(first.stderr) ?? [];
  expect(Number(sent) / Number(whole)).toBeLessThanOrEqual(0.5);
  const version = (await run(["--version"])).out.trim();
  const platform: string = JSON.parse((await run(["--version", "--json"])).out).platform;
  const file = join(local.cwd, "runspec.toml");
  expect(first.out).toBe(
    [
      `demo-host: installed ${path} (${version}, ${platform}, sha256 ${digest})`,
      "",
      `To use it (--write does that), set bin = "${path}" in [config.jump-hosts.demo-host] (${file}:1)`,
      "",
      `demo-host: runspec is not on PATH there. A script that is called there by its path begins with #!/usr/bin/env -S ${path} script sh`,
      "",
    ].join("\n"),
  );
  writeSpec(host.home, tool("hello", ["/bin/echo", "hello"]));
  writeSpec(local.cwd, `[config.jump-hosts.demo-host]\n${toml(first.out)}`);
  const jump = await run(["jump", "demo-host", "hello"], local);
  expect([jump.code, jump.out, jump.stderr]).toEqual([0, "hello\n", ""]);
  const [line = ""] = /#!.*/.exec(first.out) ?? [];
  const direct = join(host.home, "direct");
  const block = "# /// runspec\n# args.who = { position = 1 }\n# ///";
  writeFileSync(direct, `${line}\n${block}\necho "Hello, $RUNSPEC_ARG_WHO!"\n`, { mode: 0o755 });
  const called = Bun.spawnSync([direct, "Ada"], { env: { PATH: "/usr/bin:/bin", HOME: host.home } });
  expect(called.stdout.toString()).toBe("Hello, Ada!\n");
});

const SHELLS = [
  "/bin/sh",
  "/bin/bash",
  "/bin/dash",
  "/usr/bin/zsh",
  "/usr/bin/fish",
  "/usr/bin/tcsh",
  "/usr/bin/mksh",
  "/usr/bin/yash",
  "/bin/ksh",
];

// What is one program under two names is tried once.
const programs = SHELLS.filter(existsSync).map((shell) => realpathSync(shell));
test.concurrent.each(
  SHELLS.filter(existsSync).filter((_, at) => programs.indexOf(programs[at] ?? "") === at),
)("a login shell %s: to bin, once, and off again", async (shell) => {
  const { host, local } = await bareMachine(ELSEWHERE, { shell });
  const { program, build } = withSmallBuild();
  // The place that is hardest to name is for every shell, and stands for all in what leaves it as it is.
  const hardest = ["~/own place/runspec", "own place/runspec"] as const;
  const others = [[undefined, ".local/bin/runspec"] as const, ["tools/runspec", "tools/runspec"] as const];
  for (const [bin, at] of [hardest, ...(shell === "/bin/sh" ? others : [])]) {
    writeSpec(local.cwd, `[config.jump-hosts.demo-host]\n${bin === undefined ? "" : `bin = "${bin}"\n`}`);
    const path = join(host.home, at);
    // What is asked first, and finds nothing to take away, is a part of what follows in every shell.
    const also = shell === "/bin/sh" && bin === hardest[0];
    if (also) {
      const dry = await runHere(["jump", "demo-host", "--install", "--dry-run"], { ...local, program });
      expect([dry.code, existsSync(path)]).toEqual([0, false]);
      expect(dry.out).toContain(`demo-host: would copy ${build} (`);
      expect(dry.out).toContain(` MB, compressed by zstd) to ${path}\n`);
    }
    const done = await runHere(["jump", "demo-host", "--install"], { ...local, program });
    expect([done.code, copied(done.stderr)]).toEqual([0, ""]);
    expect(done.out.split("\n")[0]).toStartWith(`demo-host: installed ${path} (runspec 9, darwin-arm64, `);
    // Where bin is set there is nothing left to write.
    expect(toml(done.out)).toBe(bin === undefined ? `bin = "${path}"\n` : "");
    const digest = sha256(readFileSync(build));
    expect(sha256(readFileSync(path))).toBe(digest);
    if (also) {
      const again = await runHere(["jump", "demo-host", "--install"], { ...local, program });
      const said = `demo-host: ${path} is already this build (sha256 ${digest})\n`;
      expect([again.code, again.out, again.stderr]).toEqual([0, said, ""]);
    }
    if (also) {
      const other = withSmallBuild("exit 3");
      const dry = await runHere(["jump", "demo-host", "--install", "--dry-run"], {
        ...local,
        program: other.program,
      });
      expect(dry.out).toContain(` MB, compressed by zstd) to ${path}, replacing what is there\n`);
      const asked = await runHere(["jump", "demo-host", "--uninstall", "--dry-run"], local);
      const said = `demo-host: would remove ${path}, if it says that it is runspec\n`;
      expect([asked.code, asked.out, asked.stderr, existsSync(path)]).toEqual([0, said, "", true]);
    }
    const off = await runHere(["jump", "demo-host", "--uninstall"], local);
    expect([off.code, off.stderr, existsSync(path)]).toEqual([0, "", false]);
    expect(off.out).toStartWith(`demo-host: removed ${path} (runspec 9)`);
    if (!also) continue;
    const missing = await runHere(["jump", "demo-host", "--uninstall"], local);
    expect([missing.code, missing.out]).toEqual([0, `demo-host: there is no ${path}\n`]);
    const dry = await runHere(["jump", "demo-host", "--uninstall", "--dry-run"], local);
    expect([dry.code, dry.out]).toEqual([0, missing.out]);
  }
});

test.concurrent("--write puts the line into the table, once, and jump works", async () => {
  const { host, path, local } = await bareMachine(ELSEWHERE);
  const { program } = withSmallBuild(`exec ${BIN} "$@"`);
  writeSpec(host.home, tool("hello", ["/bin/echo", "hello"]));
  const file = join(local.cwd, "runspec.toml");
  writeFileSync(
    file,
    "# mine\n[config.jump-hosts.demo-host] # there\nmultiplex = false\n\n[config.jump-hosts.other]\n",
  );
  const words = ["jump", "demo-host", "--install", "--write"];
  const dry = await run([...words, "--dry-run"], { ...local, program });
  const would = `--write would set bin = "${path}" in [config.jump-hosts.demo-host] (${file}:2)\n`;
  expect(dry.out).toContain(`\n\n${would}`);
  const { code, out } = await run(words, { ...local, program });
  expect(code).toBe(0);
  expect(out).toContain(`demo-host: wrote bin into ${file} (backup: ${file}.before-runspec)\n`);
  expect(readFileSync(file, "utf8")).toBe(
    `# mine\n[config.jump-hosts.demo-host] # there\nbin = "${path}"\nmultiplex = false\n\n[config.jump-hosts.other]\n`,
  );
  expect((await run(["jump", "demo-host", "hello"], local)).out).toBe("hello\n");
});

test.concurrent("--write writes the place that RUNSPEC_JUMP_BIN says, too: without it, nothing is said of that", async () => {
  const { host, local } = await bareMachine(ELSEWHERE);
  const { program } = withSmallBuild();
  const file = join(local.cwd, "runspec.toml");
  const before = readFileSync(file, "utf8");
  const bin = `${host.home}/apps/runspec`;
  const there = { ...local, program, env: { ...local.env, RUNSPEC_JUMP_BIN: bin } };
  const { out } = await runHere(["jump", "demo-host", "--install"], there);
  expect([out.split("\n").length, readFileSync(file, "utf8")]).toEqual([2, before]);
  await runHere(["jump", "demo-host", "--install", "--write"], there);
  expect(readFileSync(file, "utf8")).toBe(before.replace("\n", `\nbin = "${bin}"\n`));
});

test.concurrent("another runspec on PATH there is told by its path", async () => {
  const { host, path, local } = await bareMachine({ ...ELSEWHERE, runspec: "echo runspec 8" });
  const { program } = withSmallBuild();
  const { code, out } = await runHere(["jump", "demo-host", "--install"], { ...local, program });
  expect([code, out.split("\n").at(-2)]).toEqual([
    0,
    `demo-host: PATH there leads to ${host.home}/bin/runspec. A script that is called there by its path begins with #!/usr/bin/env -S ${path} script sh`,
  ]);
  for (const [bin, line] of [
    ["~/a=b/runspec", 'needs it on PATH: of a path with "=", env makes a variable'],
    ["~/a b/runspec", `begins with #!/usr/bin/env -S "${host.home}/a b/runspec" script sh`],
  ] as const) {
    const words = ["jump", "demo-host", "--install", "--dry-run", "--bin", bin];
    expect((await runHere(words, { ...local, program })).out).toEndWith(` by its path ${line}\n`);
  }
});

test.concurrent("of user@host it makes a table of its own, which works under the host's name", async () => {
  const { host, path, local } = await bareMachine(ELSEWHERE);
  const { program } = withSmallBuild(`exec ${BIN} "$@"`);
  writeSpec(host.home, tool("hello", ["/bin/echo", "hello"]));
  const home = tempDir();
  const own = { cwd: tempDir(), env: { ...local.env, HOME: home } };
  const destination = `${host.user}@demo-host`;
  const { code, out } = await runHere(["jump", destination, "--install"], { ...own, program });
  const block = toml(out);
  expect([code, block]).toEqual([
    0,
    `[config.jump-hosts.demo-host]\nhost = "demo-host"\nuser = "${host.user}"\nbin = "${path}"\n`,
  ]);
  const say = `write into runspec.toml, and say demo-host instead of ${destination}:`;
  expect(out).toContain(`\nTo use it (--write does that), ${say}\n`);
  writeSpec(own.cwd, block);
  expect((await runHere(["jump", "demo-host", "hello"], own)).out).toBe("hello\n");
  rmSync(join(own.cwd, "runspec.toml"));
  const shut = { ...own, program, env: { ...own.env, XDG_CONFIG_HOME: "/dev/null" } };
  const unwritten = await runHere(["jump", destination, "--install", "--write"], shut);
  const lines = block.trimEnd().replaceAll("\n", "\n  ");
  expect([unwritten.code, unwritten.stderr]).toEqual([
    125,
    `runspec: cannot write /dev/null/runspec/runspec.toml: not a directory\n  ${say}\n  ${lines}\n`,
  ]);
  const written = await runHere(["jump", destination, "--install", "--write"], { ...own, program });
  expect(written.out).toContain(
    `${destination}: wrote [config.jump-hosts.demo-host] into ${home}/.config/runspec/runspec.toml\nNow: runspec jump demo-host\n`,
  );
  expect((await runHere(["jump", "demo-host", "hello"], own)).out).toBe("hello\n");
});

test.concurrent("an alias whose table names no user stays who it is: user@host gets a table of its own", async () => {
  const { host, local } = await bareMachine(ELSEWHERE);
  const destination = `${host.user}@demo-host`;
  const { program } = withSmallBuild();
  const cwd = tempDir();
  const table = "[config.jump-hosts.demo-host]\n";
  writeSpec(cwd, table);
  await runHere(["jump", destination, "--install", "--write"], {
    ...local,
    cwd,
    program,
    env: { ...local.env, HOME: cwd },
  });
  expect(readFileSync(join(cwd, "runspec.toml"), "utf8")).toBe(table);
  expect(readFileSync(join(cwd, ".config/runspec/runspec.toml"), "utf8")).toStartWith(
    `[config.jump-hosts."${destination}"]\nhost = "demo-host"\nuser = "${host.user}"\nbin = `,
  );
});

test.concurrent.each(["it's", "CORP\\nina"])(
  "into a home that is no bin by its path, the line that is printed names it by ~: %s",
  async (name) => {
    const home = join(tempDir(), name);
    mkdirSync(home);
    const { host, local, install } = await bareMachine(ELSEWHERE, { env: { HOME: home } });
    const { program } = withSmallBuild(`exec ${BIN} "$@"`);
    const { code, out } = await install({ program });
    expect([code, toml(out)]).toEqual([0, 'bin = "~/.local/bin/runspec"\n']);
    writeSpec(local.cwd, `[config.jump-hosts.demo-host]\n${toml(out)}`);
    writeSpec(host.home, tool("hello", ["/bin/echo", "hello"]));
    expect((await runHere(["jump", "demo-host", "hello"], local)).out).toBe("hello\n");
  },
);

test.concurrent("found on PATH in such a place, it is named as PATH finds it", async () => {
  const place = join(tempDir(), "it's");
  mkdirSync(place);
  const { program, build } = withSmallBuild();
  writeFileSync(join(place, "runspec"), readFileSync(build), { mode: 0o755 });
  const path = `${pathWithout(["uname"], ELSEWHERE)}:${place}`;
  const { local } = await bareMachine({}, { path });
  await runHere(["jump", "demo-host", "--install", "--write"], { ...local, program });
  expect(readFileSync(join(local.cwd, "runspec.toml"), "utf8")).toContain('bin = "runspec"\n');
});

test.concurrent.each([
  ["zstd", []],
  ["gzip", ["zstd"]],
  ["plain", ["zstd", "gzip"]],
])("what travels by %s", async (packing, absent) => {
  const { program, build } = withSmallBuild();
  const machine = await bareMachine({}, { path: pathWithout([...absent, "uname"], ELSEWHERE) });
  const done = await machine.install({ program });
  expect([done.code, sha256(readFileSync(machine.path))]).toEqual([0, sha256(readFileSync(build))]);
  expect(/, compressed to \d+ MB by (\w+)\)/.exec(done.stderr)?.[1] ?? "plain").toBe(packing);
});

test.concurrent("a machine that has no program for checksums says so", async () => {
  const machine = await bareMachine({}, { path: pathWithout(["sha256sum", "uname"], ELSEWHERE) });
  const { code, stderr } = await machine.install({ program: withSmallBuild().program });
  expect([code, machine.installed()]).toEqual([125, []]);
  expect(stderr).toMatch(
    /shasum: .*not found\n.*: the script there failed with 127 \(the message is above\); nothing/,
  );
});

/** A PATH of the programs that an install runs, without these, and with `fakes`. */
function pathWithout(names: readonly string[], fakes: Record<string, string>): string {
  const dir = tempDir();
  for (const [name, body] of Object.entries(fakes)) writeExecutable(join(dir, name), body);
  const needed = "sh head getconf ldd mkdir find rm cat chmod mv timeout sha256sum zstd gzip";
  for (const name of needed.split(" ")) {
    const path = Bun.which(name, { PATH: "/usr/bin:/bin" });
    if (path !== null && !names.includes(name)) symlinkSync(path, join(dir, name));
  }
  return dir;
}

/** Ends what never does after no time. */
const TIMEOUT = '[ "$1 $2 $3" = "-s KILL 5" ] && shift 3 && exec /usr/bin/timeout -s KILL 0.1 "$@"';
test.concurrent.each([
  ["an older one", (at: string) => writeExecutable(at, "echo runspec 8"), false],
  ["a program of somebody's", (at: string) => writeExecutable(at, "echo other 1"), true],
  ["one that says nothing", (at: string) => writeExecutable(at, "exit 2"), true],
  ["one that never ends", (at: string) => writeExecutable(at, "exec sleep 600"), true],
  ["one that crashes", (at: string) => writeExecutable(at, "kill -s SEGV $$"), true],
  ["one that may not be run", (at: string) => writeFileSync(at, "older", { mode: 0o600 }), true],
])("in its place is %s", async (_what, put, isKept) => {
  const { path, install, installed } = await bareMachine({ ...ELSEWHERE, timeout: TIMEOUT });
  const { program, build } = withSmallBuild();
  mkdirSync(dirname(path), { recursive: true });
  put(path);
  const before = existsSync(path) ? readFileSync(path) : undefined;
  const done = await install({ program });
  expect([done.code, sha256(readFileSync(path))]).toEqual([0, sha256(readFileSync(build))]);
  // Nor does the shell there say what became of it.
  expect(done.stderr).toMatch(/^copying .* …\n$/);
  const kept = `${path}.before-runspec`;
  expect(installed().sort()).toEqual(["runspec", ...(isKept ? [basename(kept)] : [])]);
  expect(done.out.includes(`); what was there is now ${kept}\n`)).toBe(isKept);
  if (isKept) expect(readFileSync(kept)).toEqual(before ?? Buffer.of());
});

test.skipIf(process.getuid?.() !== 0)("root runs nothing of another user's", async () => {
  const { path, local, install, installed } = await bareMachine(ELSEWHERE);
  const { program } = withSmallBuild();
  const ran = join(tempDir(), "ran");
  mkdirSync(dirname(path), { recursive: true });
  writeExecutable(path, `touch ${ran}; echo runspec 8`);
  chownSync(path, 12_345, 12_345);
  const removal = await runHere(["jump", "demo-host", "--uninstall"], local);
  expect(removal.stderr).toContain("does not say that it is runspec; nothing was removed\n");
  expect([(await install({ program })).code, existsSync(ran)]).toEqual([0, false]);
  expect(installed().sort()).toEqual(["runspec", "runspec.before-runspec"]);
});

test.concurrent("somebody's own program stays where the last step fails", async () => {
  const mv = 'case $2 in */.runspec-install.*) exit 1;; esac; exec /bin/mv "$@"';
  const { path, install } = await bareMachine({ ...ELSEWHERE, mv });
  mkdirSync(dirname(path), { recursive: true });
  writeExecutable(path, "echo other 1");
  const { code } = await install({ program: withSmallBuild().program });
  expect([code, readFileSync(path, "utf8")]).toEqual([125, expect.stringContaining("echo other 1")]);
});

test.concurrent("what does not run in its place is told as written all the same", async () => {
  const mv = '/bin/mv "$@"; for to; do :; done; case $to in */runspec) chmod -x "$to";; esac';
  const { path, install } = await bareMachine({ ...ELSEWHERE, mv });
  const { code, stderr } = await install({ program: withSmallBuild().program });
  expect([code, existsSync(path)]).toEqual([125, true]);
  expect(stderr).toEndWith(
    `runspec: demo-host: ${path} was written and does not run from there (the message is above)\n  runspec doctor demo-host\n`,
  );
});

test.concurrent("what an earlier install has kept is kept", async () => {
  const { path, install, installed } = await bareMachine(ELSEWHERE);
  const { program } = withSmallBuild();
  for (const said of ["first", "second"]) {
    mkdirSync(dirname(path), { recursive: true });
    writeExecutable(path, `echo ${said}`);
    await install({ program });
  }
  const texts = installed().map((name) => readFileSync(join(dirname(path), name), "utf8"));
  expect(texts.map((text) => text.split("echo ")[1]).sort()).toEqual(["first\n", "runspec 9\n", "second\n"]);
});

test.concurrent.each([
  [
    "a directory",
    (at: string) => mkdirSync(at, { recursive: true }),
    /^demo-host: \S+ is a directory; nothing was installed\n {2}name the program itself/,
  ],
  [
    "a link to a directory",
    (at: string) => symlinkSync("/usr", at),
    /^demo-host: \S+ is a directory; nothing was installed\n/,
  ],
])("in its place is %s", async (_what, put, refused) => {
  const { path, install, installed } = await bareMachine(ELSEWHERE);
  const { program } = withSmallBuild();
  mkdirSync(dirname(path), { recursive: true });
  put(path);
  const done = await install({ program });
  expect([done.code, done.stderr.replace("runspec: ", "")]).toEqual([125, expect.stringMatching(refused)]);
  expect(installed()).toEqual(["runspec"]);
});

test.concurrent("what does not say that it is runspec stays", async () => {
  const { path, local } = await bareMachine();
  mkdirSync(dirname(path), { recursive: true });
  writeExecutable(path, "echo something else");
  const { code, out, stderr } = await run(["jump", "demo-host", "--uninstall"], local);
  expect([code, out, existsSync(path)]).toEqual([125, "", true]);
  expect(stderr).toContain(`demo-host: ${path} does not say that it is runspec; nothing was removed\n`);
});

test.concurrent.each([
  [
    "nologin",
    "echo This account is currently not available.; exit 1",
    "the account there has no login shell (nologin)",
  ],
  [
    "sftp alone",
    "echo This service allows sftp connections only.; exit 1",
    "the account there is for sftp alone and runs no command",
  ],
  [
    "a restricted shell",
    'exec bash -r "$@"',
    "the account there has a restricted shell, which starts no program by its path",
  ],
  ["a forced runspec serve", "exec cat", "a forced command, an rc file, or a shell such as /bin/false"],
  [
    "git",
    "echo 'fatal: unrecognized command' >&2; exit 128",
    'which said "fatal: unrecognized command": a forced command',
  ],
  [
    "cmd.exe",
    "printf 'The system cannot find the path specified.\\r\\n' >&2; exit 1",
    "it is a Windows machine",
  ],
  [
    "PowerShell",
    "echo \"The term '/bin/sh' is not recognized as the name of a cmdlet\" >&2; exit 1",
    "it is a Windows machine",
  ],
])("an account that runs no command of ours: %s", async (_what, body, said) => {
  const shell = join(tempDir(), "shell");
  writeExecutable(shell, body);
  const { install, installed } = await bareMachine({}, { shell });
  const { code, out, stderr } = await install();
  expect([code, out, installed()]).toEqual([125, "", []]);
  expect(stderr).toContain("runspec: demo-host: ");
  expect(stderr).toContain(said);
  expect(stderr).toContain("; nothing was installed\n");
});

// To sh and fish, what names no user's home is a directory of that name.
test.concurrent.each(["/bin/sh", "/usr/bin/fish", "/usr/bin/zsh", "/usr/bin/tcsh"].filter(existsSync))(
  "a home that %s does not know is not made",
  async (shell) => {
    const { host, local } = await bareMachine(ELSEWHERE, { shell });
    const { program } = withSmallBuild();
    for (const [flag, outcome] of [
      ["--install", "nothing was installed"],
      ["--uninstall", "nothing was removed"],
    ] as const) {
      const words = ["jump", host.alias, flag, "--bin", "~nobody-of-that-name/bin/runspec"];
      for (const more of [[], ["--dry-run"]]) {
        const { code, out, stderr } = await runHere([...words, ...more], { ...local, program });
        expect([code, out]).toEqual([125, ""]);
        expect(stderr).toEndWith(
          `demo-host: the shell there knows no ~nobody-of-that-name/bin/runspec; ${outcome}\n  name the whole path, from /\n`,
        );
      }
    }
    expect(readdirSync(host.home).filter((name) => name.includes("nobody"))).toEqual([]);
  },
);

test.concurrent("links that lead nowhere are kept as well, and none is written over", async () => {
  const { path, install } = await bareMachine(ELSEWHERE);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync("/nowhere/program", path);
  symlinkSync("/nowhere/older", `${path}.before-runspec`);
  const { code } = await install(withSmallBuild());
  const links = readdirSync(dirname(path)).filter((name) => name !== "runspec");
  const lead = links.map((name) => readlinkSync(join(dirname(path), name))).sort();
  expect([code, lead]).toEqual([0, ["/nowhere/older", "/nowhere/program"]]);
});

test.concurrent("the line it prints is TOML for any alias, and words of the remote's shell are not in it", async () => {
  const shell = join(tempDir(), "shell");
  writeExecutable(shell, `yes noise | head -c 100000\nexec ${fixture("noisy-shell")} "$@"`);
  const { host, path, local } = await bareMachine(ELSEWHERE, { alias: "demo.host", shell });
  const { program } = withSmallBuild();
  const where = project('[config.jump-hosts."demo.host"]\n', host.binDir);
  const { code, out } = await runHere(["jump", "demo.host", "--install"], {
    ...local,
    ...where,
    program,
  });
  expect([code, toml(out)]).toEqual([0, `bin = "${path}"\n`]);
  expect(out).toContain('[config.jump-hosts."demo.host"] (');
});

let large: ReturnType<typeof withSmallBuild> | undefined;
/** A build that no pipe or window on the way holds, for {@link ELSEWHERE}; all that install it here share it. */
function withLargeBuild(): ReturnType<typeof withSmallBuild> {
  if (large === undefined) {
    large = withSmallBuild("exit");
    appendFileSync(large.build, randomBytes(6_000_000));
  }
  return large;
}

/** Waits for leave to unpack. */
const WAITING = `: >"$HOME/started"
until [ -e "$HOME/go" ]; do sleep 0.2; done
exec /usr/bin/zstd "$@"`;

// What listens for INT listens for TERM and HUP.
test.concurrent.each(["SIGKILL", "SIGINT"] as const)("%s in the middle leaves nothing", async (signal) => {
  const { host, local, installed } = await bareMachine({ ...ELSEWHERE, zstd: WAITING }, {}, startSshServer);
  const { program } = withLargeBuild();
  const running = start(["jump", "demo-host", "--install"], { ...local, program });
  await waitUntil(() => existsSync(join(host.home, "started")), LIMIT_MS, "the middle of the copy");
  expect(installed().filter((name) => name === "runspec")).toEqual([]);
  running.kill(signal);
  const ending = await within(running.exited, LIMIT_MS, "the end of jump");
  expect(ending).toEqual(signal === "SIGKILL" ? { code: null, signal } : { code: 130, signal: null });
  writeFileSync(join(host.home, "go"), "");
  const pids = await host.pids();
  await waitUntil(() => !pids.some(alive), LIMIT_MS, "the end of the copy");
  expect(installed()).toEqual([]);
});

test.concurrent("a connection that breaks in the middle leaves nothing, and is 255", async () => {
  const machine = await bareMachine({ ...ELSEWHERE, zstd: WAITING }, { ownProcess: true }, startSshServer);
  const { host, local, installed } = machine;
  const { program } = withLargeBuild();
  const running = start(["jump", "demo-host", "--install"], { ...local, program });
  const stderr = new Response(running.stderr).text();
  await waitUntil(() => existsSync(join(host.home, "started")), LIMIT_MS, "the middle of the copy");
  process.kill(host.serverPid ?? Number.NaN, "SIGKILL");
  expect(await within(running.exited, LIMIT_MS, "the end of jump")).toEqual({ code: 255, signal: null });
  // An ssh that was just writing has a word of its own.
  expect(await stderr).toMatch(
    /runspec: demo-host: (the connection was lost|ssh could not connect, or lost the connection); nothing was installed\n {2}runspec doctor demo-host\n$/,
  );
  writeFileSync(join(host.home, "go"), "");
  const pids = await host.pids();
  await waitUntil(() => !pids.some(alive), LIMIT_MS, "the end of the copy");
  await waitUntil(() => installed().length === 0, LIMIT_MS, "the end of what it left");
  rmSync(dirname(host.home), { recursive: true });
});

test.concurrent.each([
  [
    "a copy with a byte missing",
    { zstd: "/usr/bin/zstd -dqc | tail -c +2" },
    125,
    "demo-host: the copy was cut short or damaged; nothing was installed\n  try again\n",
  ],
  [
    "a copy that is cut short",
    { zstd: "head -c 30 | /usr/bin/zstd -dqc" },
    125,
    /premature end[\s\S]*demo-host: the copy could not be written, or came damaged \(the message is above\); nothing was installed/,
  ],
  [
    "a system without a build",
    { uname: "echo Plan9" },
    125,
    /^demo-host: there is no build of runspec for Plan9, Plan9; nothing was installed\n/,
  ],
  [
    "another machine, whose build is not here",
    ELSEWHERE,
    125,
    /^demo-host: it needs the build for darwin-arm64, and there is no \S+runspec-darwin-arm64; nothing was installed\n {2}put it there, .*: bun build.ts --target darwin-arm64\n$/,
  ],
  [
    "no room",
    { zstd: "echo 'No space left on device' >&2; exit 1" },
    125,
    /No space left[\s\S]*could not be written[\s\S]*nothing was installed\n {2}is there room\? ssh .*df -h/,
  ],
] satisfies [string, Record<string, string>, number, string | RegExp][])(
  "refused: %s",
  async (_what, fakes, code, said) => {
    const small = "zstd" in fakes ? { ...ELSEWHERE, ...fakes } : fakes;
    const { installed, install } = await bareMachine(small);
    // In a directory of its own: beside the one that was built, others may have been.
    const { program, build } = withSmallBuild();
    if (!("zstd" in fakes)) rmSync(build);
    const result = await install({ program });
    expect([result.code, result.out, installed()]).toEqual([code, "", []]);
    const words = copied(result.stderr).replace(/^runspec: /, "");
    if (typeof said === "string") expect(words).toBe(said);
    else expect(words).toMatch(said);
  },
);

test.concurrent("the build for another machine is taken from beside this one", async () => {
  const { path, local } = await bareMachine(ELSEWHERE);
  const { program } = withSmallBuild("echo runspec 9");
  const { code } = await runHere(["jump", "demo-host", "--install"], { ...local, program });
  expect([code, readFileSync(path, "utf8")]).toEqual([0, "#!/bin/sh\necho runspec 9\n"]);
});

test.concurrent("one that others can write is not installed", async () => {
  const { install, installed } = await bareMachine(ELSEWHERE);
  const { program, build } = withSmallBuild();
  chmodSync(build, 0o777);
  const { code, stderr } = await install({ program });
  expect([code, stderr, installed()]).toEqual([
    125,
    `runspec: demo-host: nothing was installed: ${build} is refused: anyone on this machine can write it; run: chmod o-w ${build}\n`,
    [],
  ]);
});

test.concurrent("the same, where it may not be executed, is no runspec that is there", async () => {
  const { host, local } = await bareMachine(ELSEWHERE);
  const { program } = withSmallBuild();
  const install = () => runHere(["jump", "demo-host", "--install"], { ...local, program });
  const path = join(host.home, ".local/bin/runspec");
  expect((await install()).out).toStartWith(`demo-host: installed ${path} `);
  chmodSync(path, 0o644);
  expect((await install()).out).toStartWith(`demo-host: installed ${path} `);
  expect(statSync(path).mode & 0o777).toBe(0o755);
});

test.concurrent("one that does not run there is not installed", async () => {
  const { host, local, installed } = await bareMachine(ELSEWHERE);
  const { program } = withSmallBuild("exit 1");
  const result = await runHere(["jump", "demo-host", "--install"], { ...local, program });
  expect([result.code, copied(result.stderr), installed()]).toEqual([
    125,
    expect.stringContaining(
      `runspec: demo-host: this build does not run there, in ${host.home}/.local/bin (the message is above); nothing was installed\n`,
    ),
    [],
  ]);
});

/** Whether mounts can be made that only the process itself sees. */
const canMount = Bun.spawnSync(["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"]).success;

test.concurrent.skipIf(!canMount)("a directory that is mounted noexec is told as that", async () => {
  const shell = join(tempDir(), "shell");
  writeExecutable(
    shell,
    'mkdir -p ~/.local/bin && exec unshare -m sh -c \'mount -t tmpfs -o noexec none ~/.local/bin && exec sh "$@"\' sh "$@"',
  );
  const { host, local } = await bareMachine(ELSEWHERE, { shell });
  const { program } = withSmallBuild();
  const { code, stderr } = await runHere(["jump", "demo-host", "--install"], { ...local, program });
  expect(code).toBe(125);
  expect(copied(stderr)).toMatch(
    /Permission denied\nrunspec: demo-host: this build does not run there, in .* \(the message is above\); nothing was installed\n {2}a directory mounted noexec\? Then name another with --bin\./,
  );
  // A place on another file system, as the message says.
  const elsewhere = ["--bin", join(host.home, "tools", "runspec")];
  const again = await runHere(["jump", "demo-host", "--install", ...elsewhere], { ...local, program });
  expect(again.code).toBe(0);
});

test.concurrent("no connection is 255, in a sentence", async () => {
  const { install, installed } = await bareMachine({}, { acceptKey: false }, startSshServer);
  const { code, out, stderr } = await install();
  expect([code, out, installed()]).toEqual([255, "", []]);
  expect(stderr).toContain(
    "runspec: demo-host: ssh could not connect, or lost the connection; nothing was installed\n  runspec doctor demo-host\n",
  );
});

test.concurrent.each([
  ["that says nothing", "exec sleep 600"],
  ["whose start-up file prints a word now and then", "while :; do echo .; sleep 0.2; done"],
])("a remote %s is given up, and nothing of ssh is left", async (_what, script) => {
  const pids = join(tempDir(), "pid");
  const ssh = await recordingSsh(tempDir(), { script: `echo $$ >${pids}; ${script}` });
  const { cwd, env } = project("[config.jump-hosts.a]\n", ssh.binDir);
  const { code, out, stderr } = await run(["jump", "a", "--install"], {
    cwd,
    env: { ...env, RUNSPEC_HANDSHAKE_TIMEOUT: "1" },
  });
  expect([code, out, stderr]).toEqual([
    125,
    "",
    "runspec: a: it did not answer within 1 s; nothing was installed\n  runspec doctor a\n",
  ]);
  for (const pid of await pidsIn(pids)) await waitUntil(() => !alive(pid), 20_000, "the end of ssh");
});

test.concurrent("on a list of hosts each says what became of it", async () => {
  const machine = () => bareMachine(ELSEWHERE, {}, startSshServer);
  const [one, other] = [await machine(), await machine()];
  const { program } = withSmallBuild();
  const table = (alias: string, host: SshHost) =>
    explicitJumpHost({ ...host, sshOptions: [...host.sshOptions, "HostKeyAlias=demo-host"] }, alias);
  const local = project(
    `[config.jump-groups]\nweb = ["a", "b"]\n${table("a", one.host)}${table("b", other.host)}[config.jump-hosts.down]\nhost = "127.0.0.1"\nport = 1\nuse-ssh-config = false\n`,
  );
  const done = await runHere(["jump", "@web,down", "--install"], { ...local, program });
  expect(done.code).toBe(255);
  expect(done.out).toContain(`a: installed ${one.path} (runspec 9, `);
  expect(done.out).toContain(`b: installed ${other.path} (runspec 9, `);
  expect(done.stderr).toContain(
    "runspec: down: ssh could not connect, or lost the connection; nothing was installed\n  runspec doctor down\n",
  );
  expect(done.stderr.replace(/: [ab] \(/, ": # (")).toEndWith(
    "runspec: --install succeeded on 2 of 3 hosts\n  failed with 255: down (1 host)\n  the same advice holds for: # (1 host)\n",
  );
  const off = await runHere(["jump", "@web", "--uninstall"], local);
  expect([off.code, one.installed(), other.installed()]).toEqual([0, [], []]);
  expect(off.stderr).toBe("runspec: --uninstall succeeded on all 2 hosts\n");
});

test.concurrent.each([
  ["in the middle", "nothing was installed", withLargeBuild],
  ["once all was sent", "whether that was done there is not known", withSmallBuild],
] as const)("a link that stalls %s is given up: %s", async (_when, outcome, build) => {
  const { host, local } = await bareMachine({ ...ELSEWHERE, zstd: WAITING }, {}, startSshServer);
  const { code, out, stderr } = await run(["jump", "demo-host", "--install"], {
    cwd: local.cwd,
    env: { ...local.env, RUNSPEC_HANDSHAKE_TIMEOUT: "3" },
    timeoutMs: LIMIT_MS,
    program: build().program,
  });
  expect([code, out, copied(stderr)]).toEqual([
    255,
    "",
    `runspec: demo-host: the connection went silent for 3 s; ${outcome}\n  runspec doctor demo-host\n`,
  ]);
  writeFileSync(join(host.home, "go"), "");
  const pids = await host.pids();
  await waitUntil(() => !pids.some(alive), LIMIT_MS, "the end of the copy");
});

test.concurrent("a host that is down is not waited for", async () => {
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const address = silent.address();
  const port = typeof address === "object" ? address?.port : 0;
  const script = `case "$*" in *-G*) printf 'hostname 127.0.0.1\\nport ${port}\\n'; exit;; esac; exec sleep 600`;
  const ssh = await recordingSsh(tempDir(), { script });
  const { cwd, env } = project("[config.jump-hosts.a]\n", ssh.binDir);
  const { code, out, stderr } = await run(["jump", "a", "--install"], { cwd, env });
  silent.close();
  expect([code, out]).toEqual([255, ""]);
  expect(stderr).toStartWith(
    `runspec: a is out of reach: 127.0.0.1, port ${port}, did not answer within 5 s\n`,
  );
});

test.concurrent.each(["exec yes", "exec yes >&2"])("a host that only prints is left: %s", async (script) => {
  const ssh = await recordingSsh(tempDir(), { script });
  const { cwd, env } = project("[config.jump-hosts.a]\n", ssh.binDir);
  const { code, out, stderr } = await run(["jump", "a", "--install"], { cwd, env });
  expect([code, out]).toEqual([125, ""]);
  expect(stderr.replace(/^(y\n)*y?/, "")).toBe(
    "runspec: a: it prints without end where a few words are expected; nothing was installed\n  runspec doctor a\n",
  );
});

test.concurrent("where PATH leads to another, that is what can be taken away", async () => {
  const said = ["target /x/runspec", "kind missing", "path /y/runspec", "end"];
  const script = said.map((line) => `echo runspec-install ${line}\n`).join("");
  const ssh = await recordingSsh(tempDir(), { script });
  const { cwd, env } = project("[config.jump-hosts.a]\n", ssh.binDir);
  const { code, out } = await run(["jump", "a", "--uninstall"], { cwd, env });
  const remedy = "runspec jump a --bin /y/runspec --uninstall";
  expect([code, out]).toEqual([0, `a: there is no /x/runspec; PATH leads to /y/runspec: ${remedy}\n`]);
});

test.concurrent("a list of any length takes no more open files than its first hosts", async () => {
  const said = ["target /x/runspec", "kind missing", "end"].map((line) => `echo runspec-install ${line}\n`);
  const ssh = await recordingSsh(tempDir(), { script: said.join("") });
  const hosts = Array.from({ length: 60 }, (_, at) => `h${at + 1}`);
  const cwd = tempDir();
  writeFileSync(join(cwd, "runspec.toml"), hosts.map((name) => `[config.jump-hosts.${name}]\n`).join(""));
  const limited = ["-c", 'ulimit -n 80 && exec "$0" "$@"', BIN, "jump", "h{1..60}", "--uninstall"];
  const env = { PATH: `${ssh.binDir}:/usr/bin:/bin` };
  const { code, out, stderr } = await run(limited, { program: "/bin/sh", cwd, env });
  const lines = hosts.map((name) => `${name}: there is no /x/runspec`);
  const all = "runspec: --uninstall succeeded on all 60 hosts\n";
  expect([code, out.trimEnd().split("\n").sort(), stderr]).toEqual([0, lines.sort(), all]);
});

test.concurrent("on a list of hosts, what is to be done is told once", async () => {
  const target = 'echo "runspec-install target /home/me/.local/bin/runspec"';
  const facts = ["system Darwin", "machine arm64", "end"].map((fact) => `echo runspec-install ${fact}`);
  const ssh = await recordingSsh(tempDir(), { script: [target, ...facts].join("\n") });
  const { program } = withSmallBuild();
  const { cwd, env } = project("[config.jump-hosts.h1]\n[config.jump-hosts.h2]\n", ssh.binDir);
  const words = ["jump", "h{1..2}", "--install", "--dry-run"];
  const { code, out, stderr } = await run(words, { cwd, env, program });
  expect(stderr.replace(/h\d/, "h#")).toBe(
    "runspec: --install --dry-run succeeded on all 2 hosts\n  the same advice holds for: h# (1 host)\n",
  );
  const advice = out
    .replace(/^h\d: would copy .*\n/gm, "")
    .replaceAll(cwd, "")
    .replace(/h\d|:\d/g, "#");
  expect([code, advice]).toEqual([
    0,
    `
To use it (--write does that), set bin = "/home/me/.local/bin/runspec" in [config.jump-hosts.#] (/runspec.toml#)

#: runspec is not on PATH there. A script that is called there by its path begins with #!/usr/bin/env -S /home/me/.local/bin/runspec script sh
`,
  ]);
  const closed = await recordingSsh(tempDir(), { script: "echo runspec-install target /x/y\nexit 68" });
  const failed = await run(["jump", "h{1..2}", "--install"], {
    cwd,
    env: { ...env, PATH: `${closed.binDir}:/usr/bin:/bin` },
    program,
  });
  expect([failed.code, failed.stderr.match(/^ {2}name a place .*$/gm)?.length]).toEqual([125, 1]);
  expect(failed.stderr).toEndWith(
    "runspec: --install succeeded on 0 of 2 hosts\n  failed with 125: h{1..2} (2 hosts)\n",
  );
});
