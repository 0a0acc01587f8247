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
import { runHere } from "../harness/in-process.ts";
import { writeExecutable } from "../harness/ssh-host.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";

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
  /** A call of the test's own, which starts nothing: no shell has to read it. */
  const ask = (words: string) => runHere(words.split(" "), { cwd: dir, env: { HOME: home } });
  return { dir, home, type, ask };
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
  const { dir, type, ask } = here();
  spoil(dir);
  const failed = await ask("run t");
  const local = await ask("local");
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
    const { dir, type, ask } = here();
    spoil(dir);
    const failed = await ask("run t");
    expect([failed.code, failed.stderr.includes("read it first")]).toEqual([125, true]);
    expect((await type(toRun(failed.stderr))).code).toBe(0);
    expect(await type("runspec run t")).toEqual(DONE);
  });
});

test.concurrent.skipIf(!isRoot)(
  "somebody else's link to a program: it is named where it really is",
  async () => {
    const { dir, type, ask } = here();
    const real = join(tempDir(), "t");
    writeExecutable(real, "echo done");
    rmSync(join(dir, "t"));
    symlinkSync(real, join(dir, "t"));
    lchownSync(join(dir, "t"), NOBODY, NOBODY);
    const failed = await ask("run t");
    expect(failed.code).toBe(125);
    const named = /name it by its path there, (.*)/.exec(failed.stderr)?.[1] ?? "";
    writeSpec(dir, `[t]\ndescription = "Say done"\ncommand = "${named}"\n`);
    expect(await type("runspec run t")).toEqual(DONE);
  },
);

test.concurrent.each<[string, (dir: string, said: string) => void]>([
  [
    "it is put there",
    (dir, said) => {
      const [, place = ""] = /in .*, (\S.*?\/my project\/bin), .*; put it there, or /.exec(said) ?? [];
      mkdirSync(place);
      writeExecutable(join(place, "u"), "echo done");
      expect(place).toBe(join(dir, "bin"));
    },
  ],
  [
    "its path is given",
    (dir, said) => {
      const [, key = "", table = ""] = /give its path as (command) in (\[u\])/.exec(said) ?? [];
      writeSpec(dir, `${table}\ndescription = "Say done"\n${key} = "${join(dir, "t")}"\n`);
    },
  ],
])("a program that is not there: %s", async (_how, follow) => {
  const { dir, type, ask } = here();
  writeSpec(dir, '[u]\ndescription = "Say done"\n');
  const failed = await ask("run u");
  expect(failed.code).toBe(127);
  follow(dir, failed.stderr);
  expect(await type("runspec run u")).toEqual(DONE);
});

test.concurrent("no tools here: a first one is written as was said, and one more", async () => {
  const { type, home } = here();
  const said = await type("runspec run", home);
  expect(said).toMatchObject({ code: 0, out: "Tools here:\n\n  (none)\n" });
  const [command = "false"] = /runspec init/.exec(said.stderr) ?? [];
  expect((await type("runspec run t", home)).stderr).toContain(said.stderr.split("\n")[1] ?? "-");
  expect((await type(command, home)).code).toBe(0);
  expect(await type("runspec run hello", home)).toMatchObject({ code: 0, out: "Hello, world!\n" });
  const again = await type(command, home);
  const [add = "false"] = /runspec init --add --name NAME/.exec(again.stderr) ?? [];
  expect([again.code, (await type(add.replace("NAME", "more"), home)).code]).toEqual([125, 0]);
  expect(await type("runspec run more", home)).toMatchObject({ code: 0, out: "Hello, world!\n" });
});

test.concurrent("tools for other hosts alone: the command shows why, and the host is added", async () => {
  const { dir, type } = here();
  const toml = '[t]\ndescription = "Say done"\ncommand = "./t"\nhosts = ["elsewhere"]\n';
  writeSpec(dir, toml);
  const [command = "false"] = /runspec local/.exec((await type("runspec run")).stderr) ?? [];
  const [, name = "?"] = /hosts: elsewhere; this is (\S+)/.exec((await type(command)).out) ?? [];
  writeSpec(dir, toml.replace("elsewhere", name));
  expect(await type("runspec run t")).toEqual(DONE);
});

test.concurrent("a script for which run was asked: it is called, and checked, as was said", async () => {
  const { dir, type } = here();
  const script =
    "#!/usr/bin/env -S runspec script sh\n# /// runspec\n# description = 'd'\n# ///\necho done\n";
  writeFileSync(join(dir, "greeting"), script, { mode: 0o755 });
  const failed = await type("runspec run greeting");
  const [, call = "false", check = "false"] =
    /called by its path: (.*); check it: (.*)/.exec(failed.stderr) ?? [];
  expect([failed.code, (await type(check)).code]).toEqual([127, 0]);
  expect(await type(call)).toEqual(DONE);
});

test.concurrent("nothing to add to: it is written as was said", async () => {
  const { type, home } = here();
  const failed = await type("runspec init --add --name greet", home);
  const [, command = "false"] = /write one: (.*)/.exec(failed.stderr) ?? [];
  expect([failed.code, (await type(command, home)).code]).toEqual([125, 0]);
  expect(await type("runspec run greet", home)).toMatchObject({ code: 0, out: "Hello, world!\n" });
});

test.concurrent("RUNSPEC_CONFIG that names no file is unset; --config is corrected", async () => {
  const { dir, type, ask } = here();
  const failed = await type("RUNSPEC_CONFIG=gone.toml runspec run t");
  const [unset = "false"] = /unset RUNSPEC_CONFIG/.exec(failed.stderr) ?? [];
  expect(failed.code).toBe(125);
  expect(await type(`RUNSPEC_CONFIG=gone.toml; export RUNSPEC_CONFIG; ${unset}; runspec run t`)).toEqual(
    DONE,
  );
  const named = await ask("run t --config gone.toml");
  expect(named.stderr).toContain(`looked for ${dir}/gone.toml`);
  writeFileSync(join(dir, "gone.toml"), readFileSync(join(dir, "runspec.toml")));
  expect(await type("runspec run t --config gone.toml")).toEqual(DONE);
});

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
  const { dir, type, ask } = here();
  writeSpec(dir, toml);
  const told = await ask("local");
  const [, meant = ""] = /did you mean "?\[?([\w.-]+)\]?"?\?/.exec(told.out) ?? [];
  writeSpec(dir, toml.replace(slip, meant));
  const right = await ask("local");
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
    'add to it: # /// runspec, then lines of TOML behind "# " (description = "…"), then # ///; in JavaScript with // for #',
  );
  const [first, ...rest] = readFileSync(file, "utf8").split("\n");
  writeFileSync(file, [first, "# /// runspec", '# description = "…"', "# ///", ...rest].join("\n"));
  expect((await type("runspec local ./plain")).code).toBe(0);
});

const HOSTS = "[config.jump-hosts.a]\n[config.jump-hosts.b]\n";
/** As they would be reached; nothing is connected to. */
const BOTH = expect.stringMatching(/^ssh .* a .*\nssh .* b .*\n$/);

test.concurrent.each<[string, string, string, RegExp, (toml: string, found: string[]) => string]>([
  [
    "a group that is not there is added",
    HOSTS,
    "@web",
    /add to runspec.toml, under (\[config\.jump-groups\]): web = (\[.*\])/,
    (toml, [table = ""]) => `${toml}${table}\nweb = ["a", "b"]\n`,
  ],
  [
    "a circle of groups is cut where it is named",
    `${HOSTS}[config.jump-groups]\nweb = ["a", "@db"]\ndb = ["b", "@web"]\n`,
    "@web",
    /fix (\[config\.jump-groups\]) in /,
    (toml) => toml.replace(', "@web"', ""),
  ],
  [
    "an inventory's group is left out",
    `${HOSTS}[config.jump-groups]\nweb = { command = ["/bin/echo", "a b"], group = "web" }\n`,
    "@web",
    /leave (group) out/,
    (toml, [key = ""]) => toml.replace(`, ${key} = "web"`, ""),
  ],
  ["a host that nobody declared is added", "[config.jump-hosts.a]\n", "a,b", /(known): a/, () => HOSTS],
])("%s", async (_what, toml, list, advice, follow) => {
  const { dir, type } = here();
  writeSpec(dir, toml);
  const call = `runspec jump ${list} t --dry-run`;
  const failed = await type(call);
  const [whole, ...found] = advice.exec(failed.stderr) ?? [];
  expect([failed.code, whole]).toEqual([125, expect.any(String)]);
  writeSpec(dir, follow(toml, found));
  expect(await type(call)).toEqual({ code: 0, out: BOTH, stderr: "" });
});

test.concurrent("a broken file of a directory above: one goes on without it by the two ways that are named", async () => {
  const { dir, home, type } = here();
  const [own, inside] = [join(home, "own.toml"), join(home, "elsewhere")];
  mkdirSync(inside);
  writeSpec(home, "broken =\n");
  rmSync(join(dir, "runspec.toml"));
  writeFileSync(own, `[t]\ndescription = "Say done"\ncommand = ["${join(dir, "t")}"]\n`);
  mkdirSync(join(home, ".config/runspec"), { recursive: true });
  writeFileSync(join(home, ".config/runspec/runspec.toml"), readFileSync(own));
  const failed = await type("runspec run t");
  const [, flag = "", above = ""] =
    /name yours with (--config), or work in a directory that is not below (\S+)/.exec(failed.stderr) ?? [];
  expect([failed.code, above]).toEqual([125, home]);
  expect(await type(`runspec run t ${flag} ${own}`)).toEqual(DONE);
  expect(await type("runspec run t", tempDir())).toEqual(DONE);
});

test.concurrent.each<[string, string, string, RegExp, (toml: string, found: string[]) => string]>([
  [
    "an argument that a rule chooses and that must always be given",
    '[t]\ndescription = "d"\ncommand = "./t"\n[t.args.a]\ntype = "str"\n[t.args.b]\ntype = "str"\nrequired = false\n[t.groups.g]\nexclusive = true\nargs = ["a", "b"]\n',
    "runspec run t -- --b 1",
    /set (required = false) on it/,
    (toml, [set = ""]) => toml.replace("[t.args.a]", `[t.args.a]\n${set}`),
  ],
  [
    "a flag by which sudo would take the tool's input",
    '[t]\ndescription = "d"\ncommand = "./t"\nrun_as = "root"\nbecome_flags = "-S"\n',
    "runspec run t --dry-run",
    /add (-n), or take -S out/,
    (toml, [flag = ""]) => toml.replace('"-S"', `"-S ${flag}"`),
  ],
  [
    "the settings of runspec beside them",
    '[jump-hosts.a]\nhost = "b"\n[t]\ndescription = "d"\ncommand = "./t"\n',
    "runspec jump a t --dry-run",
    /did you mean \[(config\.jump-hosts)\]/,
    (toml, [table = ""]) => toml.replace("[jump-hosts.a]", `[${table}.a]`),
  ],
])("%s: it is written as was said", async (_what, toml, call, advice, follow) => {
  const { dir, type, ask } = here();
  writeSpec(dir, toml);
  const told = await ask("local");
  const [, ...found] = advice.exec(told.out) ?? [];
  expect([(await type(call)).code, found.length]).toEqual([125, 1]);
  writeSpec(dir, follow(toml, found));
  expect((await ask("local")).code).toBe(0);
  expect((await type(call)).code).toBe(0);
});

const ARGS = `[t]
description = "d"
command = "./t"
[t.args]
name = { type = "str", required = false }
loud = { type = "flag" }
rest = { type = "rest" }
`;

test.concurrent.each([
  ["-- --nmae x", /did you mean "(--name)"/, "-- NEW x"],
  ["--name x", /^ {2}runspec run t (-- --name x)$/m, "NEW"],
  ["-- --loud false", /a flag's value is written --loud(=false)/, "-- --loudNEW"],
  ["-- word", /words for <rest> come after a "(--)" of their own/, "-- NEW word"],
  ["-- --rest word", /its words come after a "(--)" of their own/, "-- NEW word"],
  ["-- --no-name", /there is no such flag; (--name) takes a value/, "-- NEW x"],
  ["-- --no-loud=1", /it says (--loud=false)/, "-- NEW"],
  ["-- --name", /--(name): needs a value/, "-- --NEW x"],
])("a slip in the words, %s: as the message has it, the tool runs", async (words, advice, right) => {
  const { dir, type } = here();
  // Where there is a rest, a word is one of those.
  writeSpec(dir, words.endsWith("false") ? ARGS.replace(/rest = .*/, "") : ARGS);
  const failed = await type(`runspec run t ${words}`);
  const [, meant = "?"] = advice.exec(failed.stderr) ?? [];
  expect([failed.code === 0, meant]).toEqual([false, expect.not.stringMatching(/\?/)]);
  expect(await type(`runspec run t ${right.replace("NEW", meant)}`)).toEqual(DONE);
});

test.concurrent("what reads a directory is given the file that is named", async () => {
  const { type } = here();
  const failed = await type("runspec serve < .");
  const [file = ""] = /\/dev\/null/.exec(failed.stderr) ?? [];
  expect(failed.code).not.toBe(0);
  expect(await type(`runspec serve < ${file}`)).toEqual({ code: 0, out: "", stderr: "" });
});

test.concurrent("a tool that is killed in its clean-up has longer where the message says", async () => {
  const { dir, type } = here();
  const toml = '[t]\ndescription = "d"\ncommand = "./t"\nstop-timeout = "200ms"\n';
  writeSpec(dir, toml);
  // It has runspec end it, once it is ready for that.
  const cleanUp = "until [ -e may-end ]; do sleep 0.05; done; echo clean; exit 3";
  writeExecutable(join(dir, "t"), `trap '${cleanUp}' TERM; kill -TERM $PPID; while :; do sleep 0.05; done`);
  const failed = await type("runspec run t");
  const [, key = "", now = ""] =
    /it has longer with (stop-timeout) in its table \(now (.*)\)/.exec(failed.stderr) ?? [];
  expect([failed.code, failed.out]).toEqual([137, ""]);
  writeFileSync(join(dir, "may-end"), "");
  writeSpec(dir, toml.replace(`${key} = "${now}"`, `${key} = "60s"`));
  expect(await type("runspec run t")).toMatchObject({ code: 3, out: "clean\n" });
});
