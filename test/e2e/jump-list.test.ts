/** `--list-jump-hosts`: what is configured, from which file, with the bin that counts. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";

setDefaultTimeout(60_000);

const REFERENCE = `
[config.jump-hosts.prod-app]

[config.jump-hosts.shorty]
host = "actual.hostname.example.com"

[config.jump-hosts.ci-target]
host = "10.0.0.5"
user = "deploy"
port = 2222
ssh-key = "/secrets/deploy_key"
use-ssh-config = false
ssh-options = ["ConnectTimeout=10"]
`;

function projectWith(toml: string): { cwd: string; file: string } {
  const cwd = tempDir();
  return { cwd, file: writeSpec(cwd, toml) };
}

test.concurrent.each([["--list-jump-hosts"], ["-l"]])("%s: the text of the reference", async (flag) => {
  const { cwd, file } = projectWith(REFERENCE);
  const { code, out, stderr } = await run(["jump", flag], { cwd });
  expect([code, stderr]).toEqual([0, ""]);
  expect(out).toBe(`Configured jump hosts (${file}):

  prod-app          host: prod-app                    bin: runspec
  shorty            host: actual.hostname.example.com bin: runspec
  ci-target         host: 10.0.0.5 (user: deploy)     bin: runspec
`);
});

test.concurrent("groups without hosts are the whole list", async () => {
  const { out } = await runHere(["jump", "-l"], projectWith('[config.jump-groups]\nweb = ["web-{1..3}"]\n'));
  expect(out).toBe("Groups:\n\n  @web              web-{1..3}\n");
});

test.concurrent("long names move the columns of all", async () => {
  const long = "a-very-long-name-for-a-single-host";
  const { cwd, file } = projectWith(`
[config.jump-hosts.${long}]
[config.jump-hosts.b]
user = "someone-with-a-long-name"
bin = "/opt/runspec/bin/runspec"
`);
  const { out } = await runHere(["jump", "-l", "--format", "text"], { cwd });
  expect(out).toBe(`Configured jump hosts (${file}):

  ${long}  host: ${long} bin: runspec
  b                                   host: b (user: someone-with-a-long-name) bin: /opt/runspec/bin/runspec
`);
});

test.concurrent.each([["--format"], ["-f"]])("%s json: an array, with the bin that counts", async (flag) => {
  const { cwd, file } = projectWith(`${REFERENCE}
[config.jump-hosts.pinned]
bin = "/opt/runspec/bin/runspec"
`);
  const env = { RUNSPEC_JUMP_BIN: "/env/runspec" };
  const { code, out, stderr } = await runHere(["jump", "-l", flag, "json"], { cwd, env });
  expect([code, stderr]).toEqual([0, ""]);
  const common = { port: 22, "use-ssh-config": true, "ssh-options": [], multiplex: false, file };
  expect(JSON.parse(out)).toEqual([
    { alias: "prod-app", host: "prod-app", bin: "/env/runspec", ...common },
    { alias: "shorty", host: "actual.hostname.example.com", bin: "/env/runspec", ...common },
    {
      alias: "ci-target",
      host: "10.0.0.5",
      bin: "/env/runspec",
      user: "deploy",
      port: 2222,
      "ssh-key": "/secrets/deploy_key",
      "use-ssh-config": false,
      "ssh-options": ["ConnectTimeout=10"],
      multiplex: false,
      file,
    },
    { alias: "pinned", host: "pinned", bin: "/opt/runspec/bin/runspec", ...common },
  ]);
});

const NONE = `No jump hosts are configured. Add one to ~/.config/runspec/runspec.toml:

  [config.jump-hosts.my-host]
  # host, user, port … all optional; without them ~/.ssh/config decides
`;

test.concurrent.each([
  ["no file at all", undefined],
  ["a file without any", "[hello]\n"],
])("none configured, %s", async (_what, toml) => {
  const cwd = toml === undefined ? tempDir() : projectWith(toml).cwd;
  const text = await runHere(["jump", "-l"], { cwd });
  expect([text.code, text.out, text.stderr]).toEqual([0, NONE, ""]);
  const json = await runHere(["jump", "-l", "-f", "json"], { cwd });
  expect([json.code, json.out, json.stderr]).toEqual([0, "[]\n", ""]);
});

const ELSEWHERE = tempDir();
const OTHER = writeSpec(tempDir(), "[hello]\n");

test.concurrent.each([
  [{ XDG_CONFIG_HOME: ELSEWHERE }, [], join(ELSEWHERE, "runspec", "runspec.toml")],
  [{ RUNSPEC_CONFIG: OTHER }, [], OTHER],
  [{ RUNSPEC_CONFIG: ELSEWHERE }, ["--config", OTHER], OTHER],
])("none configured, with %j and %j: the file that is read is named", async (env, words, own) => {
  const { out } = await runHere(["jump", "-l", ...words], { cwd: tempDir(), env });
  expect(out).toBe(NONE.replace("~/.config/runspec/runspec.toml", own));
  const { stderr } = await runHere(["jump", "prod", ...words], { cwd: tempDir(), env });
  expect(stderr).toContain(`add [config.jump-hosts.prod] to ${own}, or`);
});

test.concurrent("two files, one block each; what the first defines is not repeated", async () => {
  const home = tempDir();
  const directory = join(home, ".config", "runspec");
  mkdirSync(directory, { recursive: true });
  const user = writeSpec(
    directory,
    '[config.jump-hosts.prod-app]\nhost = "other"\n[config.jump-hosts.mine]\n',
  );
  const { cwd, file } = projectWith("[config.jump-hosts.prod-app]\n");
  const { code, out } = await runHere(["jump", "-l"], { cwd, env: { HOME: home } });
  expect(code).toBe(0);
  expect(out).toBe(`Configured jump hosts (${file}):

  prod-app          host: prod-app bin: runspec

Configured jump hosts (${user}):

  mine              host: mine bin: runspec
`);
});

test.concurrent("control characters in a file cannot act on the terminal", async () => {
  const { cwd } = projectWith('[config.jump-hosts."a\\u001b[31m"]\nhost = "b\\u0007\\u202e"\n');
  const { out } = await runHere(["jump", "-l"], { cwd });
  expect(out.split("\n")[2]).toBe("  a\\x1b[31m         host: b\\x07\\u202e bin: runspec");
  expect(out).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/);
});

test.concurrent.each([
  ["an unknown field", "[config.jump-hosts.a]\nhots = 1\n", 'did you mean "host"?'],
  [
    "a table of hosts at the top",
    "[jump-hosts.a]\n",
    '[jump-hosts]: found a tool named "jump-hosts"; did you mean [config.jump-hosts]?',
  ],
  [
    "a list of hosts at the top",
    'jump-hosts = ["a"]\n',
    "jump-hosts: found a list, expected a table; left out: a tool is declared as [jump-hosts], a setting under [config]",
  ],
  ["groups at the top", '[jump-groups]\nweb = ["a"]\n', "did you mean [config.jump-groups]?"],
  ["a broken file", "[config.jump-hosts.a\n", "line 1"],
])("%s is said on stderr", async (_what, toml, words) => {
  const { cwd, file } = projectWith(toml);
  const { stderr } = await runHere(["jump", "-l"], { cwd });
  expect(stderr).toContain(file);
  expect(stderr).toContain(words);
  expect(stderr).not.toMatch(/\n\s+at /);
});

test.concurrent("nothing is said of a tool that has such a name", async () => {
  const { cwd } = projectWith('[jump-hosts]\ndescription = "Lists them"\n[config.jump-hosts.a]\n');
  const { code, stderr } = await runHere(["jump", "-l"], { cwd });
  expect([code, stderr]).toEqual([0, ""]);
});

test.concurrent.each([
  ["-l h", "--list-jump-hosts takes no alias"],
  ["-l --install", "--list-jump-hosts and --install cannot be used together"],
  ["-l --mcp", "--list-jump-hosts and --mcp cannot be used together"],
  ["h tool --mcp", "--mcp takes no tool"],
  ["h tool --install", "--install takes no tool"],
  ["h --install -- word", "--install takes no arguments after --"],
  ["h -- word", "arguments after -- need a tool before it"],
  ["h,i -- word", "arguments after -- need a tool before it"],
  ["h --write", "--write goes with --install"],
  ["h --mcp --install", "--mcp and --install cannot be used together"],
  ["h --install --uninstall", "--install and --uninstall cannot be used together"],
  ["h,i tool --fold --format json", "--fold is for text: --format json has a line for each host"],
  ["h --dry-run --format json", "--format is for lists and for a tool's output, not for --dry-run"],
  ["@g,h --dry-run --format json", "--format is for lists and for a tool's output, not for --dry-run"],
  [
    "h tool --format json",
    "--format is for lists; a tool's output is passed on unchanged\n  a comma behind one host makes it a list: h,",
  ],
])("jump %s: what would do nothing is refused", async (words, message) => {
  const { cwd } = projectWith("[config.jump-hosts.h]\n");
  const { code, out, stderr } = await runHere(["jump", ...words.split(" ")], { cwd });
  expect([code, out, stderr]).toEqual([2, "", `runspec: ${message}\n  see runspec jump --help\n`]);
});

test.concurrent("groups stand below the hosts, with their members, or the command that prints them", async () => {
  const { cwd, file } = projectWith(`[config.jump-hosts.web-1]
[config.jump-groups]
web = ["web-1", "web-{2..3}"]
all = { command = ["./hosts", "all of them"] }
db = { command = ["./hosts"], group = "db" }
`);
  const { out } = await runHere(["jump", "-l"], { cwd });
  expect(out).toEndWith(`
  @web              web-1, web-{2..3}
  @all              by command: ./hosts 'all of them'
  @db               by command: ./hosts (its group db)
`);
  const json = await runHere(["jump", "-l", "-f", "json"], { cwd });
  expect(JSON.parse(json.out).slice(1)).toEqual([
    { group: "web", members: ["web-1", "web-{2..3}"], file },
    { group: "all", inventory: { command: ["./hosts", "all of them"] }, file },
    { group: "db", inventory: { command: ["./hosts"], group: "db" }, file },
  ]);
});

test.concurrent("no words at all: the usage, as an error", async () => {
  const asked = await run(["--help"], { cwd: tempDir() });
  expect(await run([], { cwd: tempDir() })).toMatchObject({ code: 2, out: "", stderr: asked.out });
});
