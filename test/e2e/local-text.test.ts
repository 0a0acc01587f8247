/** What `local` tells a person: tools by file, whether each would run here, what is wrong, and how much of it. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chownSync, mkdirSync, writeFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { run } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";

setDefaultTimeout(60_000);

/** A home whose user-wide runspec.toml is `toml`, and a project with `project`. */
function places(project: string, toml?: string) {
  const home = tempDir();
  const cwd = tempDir();
  const file = writeSpec(cwd, project);
  const user = join(home, ".config/runspec");
  if (toml !== undefined) {
    mkdirSync(user, { recursive: true });
    writeSpec(user, toml);
  }
  const options = { cwd, env: { HOME: home, PATH: "/usr/bin:/bin" } };
  return { options, cwd, file, user: join(user, "runspec.toml") };
}

const FULL = `
[deploy]
autonomy = "autonomous"
command = ["/bin/sh", "-c", "echo 'hi'"]
descripton = "x"

[restart-everything]
command = "/bin/echo"
run_as.default = "nobody"
become_method = "su"
become_flags = "-s /bin/sh"

[gone]
[plain]
command = "./plain"
[other]
hosts = ["web-01", "web-02"]
[never]
command = "/bin/echo"
serve = false
[unset]
command = "/bin/echo"
run_as = "$NOT_SET_HERE"

[bad]
autonomy = "maybe"
`;

/** Without the line breaks that depend on how long a path happens to be. */
const unwrapped = (text: string): string => text.replaceAll(/\n {8,}/g, " ");

// su takes -s from root alone where the user's own shell is none.
test.skipIf(process.getuid?.() !== 0)("files, tools, issues, and the counts of each", async () => {
  const { options, cwd, user } = places(
    FULL,
    '[deploy]\n[mine]\nautonomy = "manual"\ncommand = "/bin/echo"\n',
  );
  writeFileSync(join(cwd, "plain"), "", { mode: 0o644 });
  const { code, out, stderr } = await run(["local"], options);
  expect([code, stderr]).toEqual([1, ""]);
  const text = unwrapped(out).replaceAll(cwd, "/here").replaceAll(user, "/user.toml");
  expect(text.replaceAll(`this is ${hostname()}`, "this is box")).toBe(`/here/runspec.toml
  deploy              manual   callable      /bin/sh -c 'echo '\\''hi'\\'
  restart-everything  confirm  callable      /bin/echo, as nobody via su (run_as), with the environment that su hands on
  gone                confirm  not callable  no executable "gone" in /here, /here/bin or on PATH
  plain               confirm  not callable  /here/plain is not executable; run: chmod +x /here/plain
  other               confirm  not offered   hosts: web-01, web-02; this is box
  never               confirm  not offered   serve: false; this is local
  unset               confirm  not callable  run_as is $NOT_SET_HERE, which is not set here
  (what has an error is left out, see below)

/user.toml
  mine  manual  callable  /bin/echo

Issues:
  warning: /here/runspec.toml:5: [deploy] descripton: unknown key; did you mean "description"?
  error: /here/runspec.toml:26: [bad] autonomy: found "maybe", expected one of "autonomous", "confirm", "supervised", "manual"
  warning: /user.toml: [deploy]: the tool "deploy" is already defined in /here/runspec.toml; this definition is left out, and that one is manual unless serve --config names its file
  warning: /user.toml: no description: mine; agents choose tools by their descriptions, and see only the name

8 tools: 3 callable, 3 not callable, 2 not offered here
1 error, 3 warnings; serve and run do not start until the errors are fixed
`);
});

test("a tool whose become program is not there is not callable", async () => {
  const { options } = places('[t]\ncommand = "/bin/echo"\nrun_as = "nobody"\nbecome_method = "dzdo"\n');
  const bare = { ...options, env: { ...options.env, PATH: tempDir() } };
  const { code, out } = await runHere(["local"], bare);
  expect([code, out.split("\n")[1]]).toEqual([0, "  t  confirm  not callable  there is no dzdo on PATH"]);
});

test.concurrent.skipIf(process.platform !== "linux")(
  "a user that is not there is a warning, but of a tool that is for another host, or that pbrun may start on one",
  async () => {
    const cwd = tempDir();
    const toml = (name: string, more: string) => `[${name}]\ncommand = "/bin/echo"\nrun_as = ${more}\n`;
    const one = toml("one", '"no-such-user"');
    const file = writeSpec(
      cwd,
      `${one}${toml("two", '"nobody"')}${toml("three", '"no-such-user"\nhosts = ["elsewhere"]')}${toml("four", '"no-such-user"\nbecome_method = "pbrun"')}`,
    );
    const { code, out } = await runHere(["local"], { cwd });
    const told = out.split("\n").filter((line) => line.includes("is to run as"));
    const message = "one is to run as no-such-user, and no such user is known here";
    expect([code, told]).toEqual([0, [`  warning: ${file}: ${message}`]]);
  },
);

test.concurrent("a program that a become program would not take for one is not callable", async () => {
  const cwd = tempDir();
  writeFileSync(join(cwd, "a=b"), "#!/bin/sh\n", { mode: 0o755 });
  writeSpec(cwd, '[t]\ncommand = "./a=b"\nrun_as = "nobody"\nbecome_method = "su"\nbecome_flags = "-p"\n');
  const { code, out } = await runHere(["local"], { cwd });
  const why = `"${cwd}/a=b" cannot be run by su: it would not be taken for a program`;
  expect([code, out.split("\n")[1]]).toEqual([0, `  t  confirm  not callable  ${why}`]);
});

test("nothing to tell: files without tools, and no issues", async () => {
  const { options, file } = places("[config.jump-hosts.a]\n");
  const { code, out, stderr } = await runHere(["local"], options);
  expect([code, out, stderr]).toEqual([0, `${file}\n  (no tools)\n\n0 tools\nno issues in the files\n`, ""]);
});

test("no file at all: where it was looked for", async () => {
  const cwd = tempDir();
  const home = tempDir();
  const { code, out, stderr } = await runHere(["local"], { cwd, env: { HOME: home } });
  expect([code, stderr]).toEqual([0, ""]);
  expect(out).toBe(`No runspec.toml was found. Looked for:
  ${cwd}/runspec.toml, and above
  ${home}/.config/runspec/runspec.toml
  /etc/runspec/runspec.toml
runspec init writes one.

0 tools
no issues in the files
`);
});

describe("--runnable", () => {
  test("shows one tool and its file; errors of others still count", async () => {
    const { options, file } = places(FULL, '[mine]\ncommand = "/bin/echo"\n');
    const { code, out } = await runHere(["local", "--runnable", "deploy"], options);
    expect(code).toBe(1);
    expect(out).toStartWith(`${file}\n  deploy  autonomous  callable  /bin/sh -c 'echo '\\''hi'\\'\n`);
    expect(out).not.toMatch(/mine|gone|PATH/);
    expect(out).toContain("\n1 tool: 1 callable\n1 error, 1 warning;");
  });

  test.each([
    [
      "deploi",
      'runspec: there is no tool "deploi" here\n  did you mean "deploy"?\n  runspec local lists them',
    ],
    ["bad", 'runspec: there is no tool "bad" here\n  runspec local lists them'],
  ])("%s is none: 127", async (name, said) => {
    const { code, out, stderr } = await runHere(["local", "--runnable", name], places(FULL).options);
    expect([code, out, stderr]).toEqual([127, "", `${said}, and the errors, which leave tools out\n`]);
  });
});

test("control characters in a file cannot act on the terminal", async () => {
  const { options } = places(
    '[a]\ncommand = ["/bin/echo", "\\u001b[31m\\u0007"]\n[a.args]\n"b\\u001b[32m" = 1\nx = {type = "\\u001b[33m\\u202e"}\n',
  );
  const { out } = await runHere(["local"], options);
  expect(out).toContain("\\x1b[32m");
  expect(out).toContain("\\x1b[33m\\u202e");
  expect(out).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f\u202e]/);
});

// Only root can give a file away.
test.skipIf(userInfo().uid !== 0)("a runspec.toml that belongs to somebody else is refused", async () => {
  const { options, file } = places("[a]\n");
  chownSync(file, 12_345, 12_345);
  const { code, out } = await runHere(["local"], options);
  expect(code).toBe(1);
  expect(out).toContain(
    `error: ${file}: refused: it belongs to user 12345, not to root; what is in there decides what runs as you, so read it first, and if you trust it run: chown root ${file}\n`,
  );
});

test.concurrent("jump hosts that jump would refuse are told of, each at its line, and keep nothing else from working", async () => {
  const cwd = tempDir();
  const file = writeSpec(
    cwd,
    '[config.jump-hosts.a]\nhost = "-oX"\n[config.jump-hosts.b]\nbin = "/bin/cat"\n[config.jump-hosts."@c"]\n[t]\ncommand = "true"\n',
  );
  const { code, out } = await runHere(["local"], { cwd });
  expect(code).toBe(0);
  expect(out).toContain(`${file}:5: [config.jump-hosts."@c"]: nobody can type this name: `);
  expect(out).toContain(
    [
      `  warning: ${file}:2: [config.jump-hosts.a] host: found "-oX", which jump refuses: ssh would read it as an option`,
      `  warning: ${file}:4: [config.jump-hosts.b] bin: found "/bin/cat", which jump refuses: its last part is "cat", not runspec or runspec.exe\n`,
    ].join("\n"),
  );
  expect(await run(["run", "t"], { cwd })).toMatchObject({ code: 0, stderr: "" });
});

test("a variable that the tool's .runspec_env hands it is named beside the command line, without its value", async () => {
  const { options } = places('[t]\ncommand = "echo"\nrunspec_env = "vars"\n');
  writeFileSync(join(options.cwd, "vars"), "BASH_ENV=hunter2\nPATH=/none\n", { mode: 0o600 });
  const { out } = await runHere(["local", "--runnable", "t"], options);
  expect(out).toMatch(/\n\nserve would run here:\n {2}\S+\/echo\n {2}its \.runspec_env hands it BASH_ENV\n$/);
  expect(out).not.toContain("hunter2");
});

test("what a call would run has the flags that must be given", async () => {
  const { options } = places('[t]\ncommand = "echo"\nargs.sure = { type = "flag", required = true }\n');
  const { out } = await runHere(["local", "--runnable", "t"], options);
  expect(out).toMatch(/\n\nserve would run here:\n {2}\S+\/echo --sure\n$/);
});
