/** What is printed for files and tools of this machine is typed, or written where it says, and the failure is gone. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { BASE_ENV, BIN } from "../harness/binary.ts";
import { writeExecutable } from "../harness/ssh-host.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";
import { becomeSite } from "./become-site.ts";
import { canMakeUsers, users } from "./users.ts";

setDefaultTimeout(60_000);

const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

/** A directory with a tool `t`, and how it is called there. */
function here() {
  const home = tempDir();
  const dir = join(home, "my project");
  const bin = join(home, "bin");
  for (const one of [dir, bin]) mkdirSync(one);
  symlinkSync(BIN, join(bin, "runspec"));
  writeSpec(dir, '[t]\ndescription = "Say done"\ncommand = "./t"\n');
  writeExecutable(join(dir, "t"), "echo done");
  const type = async (line: string, cwd = dir) => {
    const child = Bun.spawn(["/bin/sh", "-c", line], {
      cwd,
      env: { ...BASE_ENV, HOME: home, PATH: `${bin}:${BASE_ENV.PATH}` },
      stdout: "pipe",
      stderr: "pipe",
    });
    const [out, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
    return { out, stderr, code: await child.exited };
  };
  return { dir, home, type };
}

const DONE = { out: "done\n", stderr: "", code: 0 };
/** What stands behind `run:`, to the end of the line. */
const toRun = (text: string): string => / run: (.*)/.exec(text)?.[1] ?? "false";

type Spoil = (dir: string) => void;

test.concurrent.each<[string, Spoil, number]>([
  ["a file that anyone can write", (dir) => chmodSync(join(dir, "runspec.toml"), 0o666), 125],
  ["a directory that anyone can write", (dir) => chmodSync(dir, 0o777), 125],
  ["a program that anyone can write", (dir) => chmodSync(join(dir, "t"), 0o777), 125],
  ["a program that is not executable", (dir) => chmodSync(join(dir, "t"), 0o644), 126],
  [
    "a script with Windows line ends",
    (dir) => writeFileSync(join(dir, "t"), "#!/bin/sh\r\necho done\r\n".replace("done\r", "done")),
    126,
  ],
  [
    "a script that begins with a byte order mark",
    (dir) => writeFileSync(join(dir, "t"), "\ufeff#!/bin/sh\necho done\n"),
    126,
  ],
])("%s", async (_what, spoil, code) => {
  const { dir, type } = here();
  spoil(dir);
  const failed = await type("runspec run t");
  const local = await type("runspec local");
  expect(failed.code).toBe(code);
  // What local prints for it is the same command.
  expect(toRun(local.out)).toBe(toRun(failed.stderr));
  expect((await type(toRun(failed.stderr))).code).toBe(0);
  expect(await type("runspec run t")).toEqual(DONE);
});

describe.skipIf(!isRoot)("of somebody else's", () => {
  test.concurrent.each<[string, Spoil]>([
    ["file", (dir) => chownSync(join(dir, "runspec.toml"), NOBODY, NOBODY)],
    ["program", (dir) => chownSync(join(dir, "t"), NOBODY, NOBODY)],
    ["directory", (dir) => chownSync(dir, NOBODY, NOBODY)],
  ])("%s: it is read, and then taken over", async (_what, spoil) => {
    const { dir, type } = here();
    spoil(dir);
    const failed = await type("runspec run t");
    expect([failed.code, failed.stderr.includes("read it first")]).toEqual([125, true]);
    expect((await type(toRun(failed.stderr))).code).toBe(0);
    expect(await type("runspec run t")).toEqual(DONE);
  });
});

test.concurrent.skipIf(!isRoot)(
  "somebody else's link to a program: it is named where it really is",
  async () => {
    const { dir, type } = here();
    const real = join(tempDir(), "t");
    writeExecutable(real, "echo done");
    rmSync(join(dir, "t"));
    symlinkSync(real, join(dir, "t"));
    lchownSync(join(dir, "t"), NOBODY, NOBODY);
    const failed = await type("runspec run t");
    expect(failed.code).toBe(125);
    const named = /name it by its path there, (.*)/.exec(failed.stderr)?.[1] ?? "";
    writeSpec(dir, `[t]\ndescription = "Say done"\ncommand = "${named}"\n`);
    expect(await type("runspec run t")).toEqual(DONE);
  },
);

test.concurrent("a .runspec_env that others can read is closed", async () => {
  const { dir, type } = here();
  writeSpec(dir, '[config]\nrunspec_env = "env"\n[t]\ndescription = "Say done"\ncommand = "./t"\n');
  writeFileSync(join(dir, "env"), "A=b\n");
  chmodSync(join(dir, "env"), 0o644);
  const warned = await type("runspec run t");
  expect([warned.code, warned.out]).toEqual([0, "done\n"]);
  expect((await type(toRun(warned.stderr))).code).toBe(0);
  expect(await type("runspec run t")).toEqual(DONE);
});

test.concurrent.each([
  ["timout", '[t]\ndescription = "d"\ncommand = "./t"\ntimout = "5s"\n'],
  ["integer", '[t]\ndescription = "d"\ncommand = "./t"\nargs.x = { type = "integer", default = 1 }\n'],
  ["jump-hosts", '[jump-hosts.box]\nhost = "b"\n[t]\ndescription = "d"\ncommand = "./t"\n'],
])("a slip in the file, %s: written as was asked", async (slip, toml) => {
  const { dir, type } = here();
  writeSpec(dir, toml);
  const told = await type("runspec local");
  const [, meant = ""] = /did you mean "?\[?([\w.-]+)\]?"?\?/.exec(told.out) ?? [];
  writeSpec(dir, toml.replace(slip, meant));
  const right = await type("runspec local");
  expect([right.code, right.out.includes("no issues"), meant === slip]).toEqual([0, true, false]);
  expect(await type("runspec run t")).toEqual(DONE);
});

test.concurrent("a script without a block: it is added as was said", async () => {
  const { dir, type } = here();
  const file = join(dir, "plain");
  writeExecutable(file, "echo done");
  const told = await type("runspec local ./plain");
  expect(told.code).toBe(1);
  expect(told.out).toContain(
    'add to it: # /// runspec, then lines of TOML behind "# " (description = "…"), then # ///',
  );
  const [first, ...rest] = readFileSync(file, "utf8").split("\n");
  writeFileSync(file, [first, "# /// runspec", '# description = "…"', "# ///", ...rest].join("\n"));
  expect((await type("runspec local ./plain")).code).toBe(0);
});

const { invoker, target } = users;

/** A site for one test, on which `invoker` calls its tool. */
function becoming(body: string, more: readonly string[] = [], user = target) {
  const site = becomeSite((script) =>
    [
      "[t]",
      'description = "Say done"',
      `command = ["${script("my-tool", body)}"]`,
      `run_as = "${user}"`,
      'args.note = { default = "n" }',
      ...more,
      "",
    ].join("\n"),
  );
  const call = (...words: string[]) => {
    const { stdout, stderr, exitCode } = Bun.spawnSync([site.bin(invoker), ...words], { cwd: "/" });
    return { out: stdout.toString(), stderr: stderr.toString(), code: exitCode };
  };
  return { site, call };
}

describe.skipIf(!canMakeUsers)("as another user", () => {
  // One after the other: there is one file of rules.
  test("what sudo must allow is added to sudoers, by the message and by local --sudoers", () => {
    const { site, call } = becoming("id -un");
    users.allow(`Defaults:${invoker} !lecture`);
    const serve = () => serveCall(site.bin(invoker));
    const refused = serve();
    const rule = /add to sudoers \(visudo\): ([^"\\]*)/.exec(refused)?.[1] ?? "";
    users.allow(rule);
    expect(serve()).toContain(target);
    users.allow(`Defaults:${invoker} !lecture`);
    expect(serve()).not.toContain(`${target}\\n"`);
    users.allow(...call("local", "--sudoers").out.split("\n"));
    expect(serve()).toContain(target);
  });

  test("variables that would be missing are carried, or left alone", () => {
    const { site, call } = becoming('echo "got $RUNSPEC_ARG_NOTE"');
    users.allow(`${invoker} ALL=(${target}) NOPASSWD: ALL`);
    const refused = call("run", "t");
    const [, carry = "", table = ""] = /set (become_env = true) in (\[t\])/.exec(refused.stderr) ?? [];
    const [leave = ""] = /become_env = false/.exec(refused.stderr) ?? [];
    const file = join(site.dir, "runspec.toml");
    const toml = readFileSync(file, "utf8");
    expect(refused.code).toBe(125);
    writeFileSync(file, toml.replace(table, `${table}\n${carry}`));
    expect(call("run", "t")).toEqual({ out: "got n\n", stderr: "", code: 0 });
    writeFileSync(file, toml.replace(table, `${table}\n${leave}`));
    expect(call("run", "t")).toEqual({ out: "got \n", stderr: "", code: 0 });
    users.allow();
  });

  const anything = `${invoker} ALL=(${target}) NOPASSWD: ALL`;
  /** The line of TOML that is to be set, written into the site's file. */
  const edit = (dir: string, from: string, to: string) => {
    const file = join(dir, "runspec.toml");
    writeFileSync(file, readFileSync(file, "utf8").replace(from, to));
  };

  test("a terminal that sudo insists on is not asked for any more", () => {
    const { site } = becoming("id -un");
    users.allow(`Defaults:${invoker} requiretty`, anything);
    const line = /add to sudoers \(visudo\): ([^"\\]*)/.exec(serveCall(site.bin(invoker)))?.[1] ?? "";
    users.allow(`Defaults:${invoker} requiretty`, anything, line);
    expect(serveCall(site.bin(invoker))).toContain(`${target}\\n`);
  });

  test("a program that is closed to the user is opened", () => {
    const { site } = becoming("id -un");
    users.allow(anything);
    chmodSync(join(site.dir, "my-tool"), 0o700);
    expect(serveCall(site.bin(invoker))).toContain(`let ${target} read and execute it`);
    chmodSync(join(site.dir, "my-tool"), 0o755);
    expect(serveCall(site.bin(invoker))).toContain(`${target}\\n`);
  });

  test("a user who is not there: the host is given another", () => {
    const nobody = "runspec-nobody";
    const { site } = becoming("id -un", [], nobody);
    users.allow(`${invoker} ALL=(ALL) NOPASSWD: ALL`);
    const [, key = ""] =
      /give run_as\.hosts\.\\"(.*?)\\" another user/.exec(serveCall(site.bin(invoker))) ?? [];
    edit(
      site.dir,
      `run_as = "${nobody}"`,
      `run_as.default = "${nobody}"\nrun_as.hosts."${key}" = "${target}"`,
    );
    expect(serveCall(site.bin(invoker))).toContain(`${target}\\n`);
  });

  test("a user without a login shell is given one by the flags of su", () => {
    const { site } = becoming("id -un", ['become_method = "su"']);
    Bun.spawnSync(["usermod", "-s", "/usr/sbin/nologin", target]);
    const refused = serveCall(site.bin("root"));
    const set = (/set (become_flags = \\".*?\\"),/.exec(refused)?.[1] ?? "").replaceAll('\\"', '"');
    edit(site.dir, 'become_method = "su"', `become_method = "su"\n${set}`);
    expect(serveCall(site.bin("root"))).toContain(`${target}\\n`);
    Bun.spawnSync(["usermod", "-s", "/bin/sh", target]);
    users.allow();
  });
});

/** A call of `t` without arguments through serve; the answer's line. */
function serveCall(program: string): string {
  const hello = {
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } },
  };
  const lines = [
    { id: 1, ...hello },
    { id: 2, method: "tools/call", params: { name: "t", arguments: {} } },
  ].map((one) => JSON.stringify({ jsonrpc: "2.0", ...one }));
  const { stdout } = Bun.spawnSync([program, "serve"], {
    cwd: "/",
    stdin: Buffer.from(`${lines.join("\n")}\n`),
    stderr: "ignore",
  });
  return stdout.toString().split("\n")[1] ?? "";
}
