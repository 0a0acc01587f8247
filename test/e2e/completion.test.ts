/** Completion, by pressing Tab in the real shells. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { BIN, run } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { SHELLS, startShell } from "../harness/interactive-shell.ts";
import { waitUntil } from "../harness/processes.ts";
import { recordingSsh } from "../harness/recording-ssh.ts";
import type { SshHost } from "../harness/ssh-host.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";
import { startWithoutSsh } from "../harness/without-ssh.ts";
import { furnish, type Local, project, script, tool } from "./site.ts";

setDefaultTimeout(120_000);

const HOSTILE = "$(touch injected); touch injected 'x' \"y\" `z` \\ !w #v";

const REMOTE_TOOLS = [
  tool(
    "release",
    script('printf "%s\\n" "$@" >"$HOME/argv.new"; mv "$HOME/argv.new" "$HOME/argv"'),
    `description = "Release the shop"
[release.args]
region   = { options = ["eu-west", "us-east"], position = 1, required = false }
channel  = { options = ["beta", "stable"], required = false, description = "Which channel" }
manifest = { type = "path", required = false }
note     = { options = [${JSON.stringify(HOSTILE)}, "plain"], required = false }
dry-run  = { type = "flag" }`,
  ),
  tool("rollback", script("true")),
].join("\n");

const PROJECT = `${tool("local-report", script("true"), 'args.depth = { options = ["shallow", "deep"], default = "deep" }')}
[config.jump-hosts.demo-host]
[config.jump-hosts.staging-web]
host = "web.staging.example.com"
[config.jump-groups]
shop = ["staging-web", "till-{1..2}"]
`;

let host: SshHost;
let local: Local;

beforeAll(async () => {
  host = await startWithoutSsh();
  furnish(host, REMOTE_TOOLS);
  local = await knownPlace();
});
afterAll(() => host.stop());

/** A project, an empty cache, and a PATH with runspec and the ssh of `binDir` on it. */
function furnishLocal(binDir: string): Local {
  const place = project(PROJECT, binDir);
  const bin = join(tempDir(), "bin");
  mkdirSync(bin);
  symlinkSync(BIN, join(bin, "runspec"));
  writeFileSync(join(place.cwd, "manifest.json"), "{}");
  writeFileSync(
    join(place.cwd, "other.toml"),
    tool("elsewhere", script("true"), 'args.size = { options = ["small"] }'),
  );
  return {
    cwd: place.cwd,
    env: { PATH: [bin, place.env.PATH].join(delimiter), XDG_CACHE_HOME: tempDir() },
  };
}

/** What a word is completed to is the same in every shell (below, in `OFFERED`); how it is put onto the line is not. */
const CASES = [
  ["a flag of a command", "runspec jump --list", "runspec jump --list-jump-hosts "],
  ["an alias", "runspec jump stag", "runspec jump staging-web "],
  ["a group", "runspec jump @sh", "runspec jump @shop "],
  ["a host behind a group", "runspec jump @shop,stag", "runspec jump @shop,staging-web "],
  ["a group for a flag", "runspec jump --except=@sh", "runspec jump --except=@shop "],
  ["what comes after the tool", "runspec jump demo-host release ", "runspec jump demo-host release -- "],
  [
    "a remote tool's flag",
    "runspec jump demo-host release -- --chan",
    "runspec jump demo-host release -- --channel ",
  ],
  [
    "its choice, joined to it",
    "runspec jump demo-host release -- --channel=sta",
    "runspec jump demo-host release -- --channel=stable ",
  ],
  [
    "the same, in quotes",
    `runspec jump demo-host release -- --channel "sta`,
    `runspec jump demo-host release -- --channel "stable" `,
  ],
  [
    "a path",
    "runspec jump demo-host release -- --manifest mani",
    "runspec jump demo-host release -- --manifest manifest.json ",
  ],
  [
    "a path, joined to its flag",
    "runspec jump demo-host release -- --manifest=mani",
    "runspec jump demo-host release -- --manifest=manifest.json ",
  ],
  ["nothing for an unknown tool", "runspec jump demo-host nosuch -- --x", undefined],
] as const;

/** Of what runspec itself knows files for, tried in one shell. */
const FILES = [
  ["a file for --config", "runspec jump --config mani", "runspec jump --config manifest.json "],
  ["a script", "runspec script sh mani", "runspec script sh manifest.json "],
  ["a further file to check", "runspec local x mani", "runspec local x manifest.json "],
  [
    "a place for outputs",
    "runspec jump demo-host --output-dir mani",
    "runspec jump demo-host --output-dir manifest.json ",
  ],
] as const;

/** What is offered for a line, whatever shell asks. */
const OFFERED: [what: string, line: string, offered: string[]][] = [
  ["a command", "comple", ["completion"]],
  ["a value of a flag", "local --format anth", ["anthropic"]],
  ["the same, joined to it", "local --format=anth", ["--format=anthropic"]],
  ["an alias for doctor", "doctor demo", ["demo-host"]],
  ["a group behind a host", "jump demo-host,@sh", ["demo-host,@shop"]],
  ["hosts that only a group lists", "doctor ti", ["till-1", "till-2"]],
  ["the same, behind one of them", "jump till-1,ti", ["till-1,till-2"]],
  ["not before a letter of them", "doctor ", ["demo-host", "staging-web", "@shop"]],
  ["a remote tool", "jump demo-host rel", ["release"]],
  ["its choice", "jump demo-host release -- --channel sta", ["stable"]],
  ["its choice, by position", "jump demo-host release -- --dry-run eu", ["eu-west"]],
  ["a tool of this machine", "run loc", ["local-report"]],
  ["its choices", "run local-report -- --depth sh", ["shallow"]],
  ["a tool of the file of --config", "run --config other.toml ", ["elsewhere"]],
  ["its choices, too", "run --config other.toml elsewhere -- --size sm", ["small"]],
  ["a shell", "completion fi", ["fish"]],
  ["a command whose help is meant", "help comple", ["completion"]],
  ["nothing behind it", "help completion do", []],
  ["nothing for an unknown alias", "jump nowhere re", []],
  ["nothing for an unknown command", "nosuch re", []],
];
test.each(OFFERED)("%s is offered: %s", async (_what, line, offered) => {
  expect(await candidates(line.split(" "), local)).toEqual(offered);
});

// CI has all three; elsewhere a shell that is missing is reported as skipped.
const required = process.env.CI !== undefined;

/** A place of its own, where the tools of demo-host are kept by a first call. */
async function knownPlace({ binDir } = host): Promise<Local> {
  const place = furnishLocal(binDir);
  const { code } = await run(["jump", "demo-host", "rollback"], place);
  expect(code).toBe(0);
  return place;
}

const shells = SHELLS.map((shell) => {
  const missing = Bun.which(shell) === null;
  return {
    shell,
    skip: missing && !required,
    note: missing ? ` (there is no ${shell} on this machine)` : "",
  };
});

// One shell for all that it completes, and all shells at a time: each Tab is waited for.
for (const { shell, skip, note } of shells)
  test.skipIf(skip).concurrent(`Tab in ${shell}${note}`, async () => {
    const there = await startWithoutSsh();
    furnish(there, REMOTE_TOOLS);
    const place = await knownPlace(there);
    const opened = await startShell(shell, place);
    for (const [what, typed, line] of shell === "bash" ? [...CASES, ...FILES] : CASES) {
      // fish puts no space behind a word that ends with a dash.
      const whole = shell === "fish" ? line?.replace(/- $/, "-") : line;
      expect([what, await opened.tab(typed)]).toEqual([what, whole ?? typed]);
    }
    writeSpec(place.cwd, "[broken\n");
    const alias = await opened.tab("runspec jump dem");
    const toolName = await opened.tab("runspec run loc");
    expect([alias, toolName]).toEqual(["runspec jump dem", "runspec run loc"]);
    expect(opened.screen()).not.toContain("runspec:");
    expect(opened.screen()).not.toContain("error");
    // A hostile choice of a remote is put onto the line as one word, also when Enter is pressed. What is typed begins like it, with the dollar as each shell writes it.
    writeSpec(place.cwd, PROJECT);
    const argv = join(there.home, "argv");
    opened.tabEnter("runspec jump demo-host release -- --note \\$");
    await waitUntil(
      () => existsSync(argv),
      60_000,
      () => `the call; the shell shows ${opened.screen()}`,
    );
    await opened.close();
    expect(readFileSync(argv, "utf8")).toBe(`--note\n${HOSTILE}\n`);
    for (const dir of [place.cwd, there.home]) expect(existsSync(join(dir, "injected"))).toBe(false);
    await there.stop();
  });

/** The same aliases from the user's own file, where Tab may connect. */
function asOwn({ cwd, env }: Local): Local {
  const home = tempDir();
  mkdirSync(join(home, "runspec"));
  renameSync(join(cwd, "runspec.toml"), join(home, "runspec", "runspec.toml"));
  return { cwd: tempDir(), env: { ...env, XDG_CONFIG_HOME: home } };
}

test("for an alias of the nearest file, Tab never connects, not even when told to", async () => {
  const ssh = await recordingSsh(tempDir(), { exitCode: 255 });
  const place = furnishLocal(ssh.binDir);
  const asking = { ...place, env: { ...place.env, RUNSPEC_COMPLETE_REMOTE: "1" } };
  expect(await candidates(["jump", "demo-host", ""], asking)).toEqual([]);
  expect(await candidates(["jump", "demo-host", "release", "--", "--"], asking)).toEqual([]);
  // The user's own of that name is not meant.
  const own = asOwn(furnishLocal(ssh.binDir));
  expect(
    await candidates(["jump", "demo-host", ""], { cwd: place.cwd, env: { ...own.env, ...asking.env } }),
  ).toEqual([]);
  expect(await ssh.calls()).toEqual([]);
});

/** The candidates, without descriptions. */
async function candidates(words: readonly string[], place: Local): Promise<string[]> {
  const { code, out, stderr } = await runHere(["__complete", "fish", "--", "runspec", ...words], place);
  expect([code, stderr]).toEqual([0, ""]);
  return out
    .split("\n")
    .slice(1, -1)
    .map((line) => line.split("\t")[0] ?? "");
}

test("a list is continued with what it does not have yet", async () => {
  expect(await candidates(["jump", "demo-host,"], local)).toEqual([
    "demo-host,staging-web",
    "demo-host,@shop",
  ]);
  expect(await candidates(["jump", "--hosts-from", "list", ""], local)).toEqual([]);
  expect(await candidates(["jump", "--list-jump-hosts", ""], local)).toEqual([]);
  expect(await candidates(["jump", "staging-web,nowhere,d"], local)).toEqual([
    "staging-web,nowhere,demo-host",
  ]);
});

test("the tools of a list are those that all of its hosts have, as far as they are known", async () => {
  const place = await knownPlace();
  expect(await candidates(["jump", "demo-host,staging-web", ""], place)).toEqual(["release", "rollback"]);
  // Beside what takes no tool.
  for (const flag of ["--mcp", "--install", "--uninstall"])
    expect(await candidates(["jump", flag, "demo-host,staging-web", ""], place)).toEqual([]);
  const cache = join(place.env.XDG_CACHE_HOME ?? "", "runspec");
  const before = readdirSync(cache);
  expect((await run(["jump", "staging-web", "rollback"], place)).code).toBe(0);
  const file = join(cache, readdirSync(cache).find((name) => !before.includes(name)) ?? "");
  const kept = JSON.parse(readFileSync(file, "utf8"));
  const tools = kept.tools.filter(({ name }: { name: string }) => name === "rollback");
  writeFileSync(file, JSON.stringify({ ...kept, tools }));
  expect(await candidates(["jump", "demo-host,staging-web", ""], place)).toEqual(["rollback"]);
});

test("a host's tools are those that are kept, however old; the host is asked only when told", async () => {
  const ssh = await recordingSsh(tempDir(), { exitCode: 255 });
  const PATH = [ssh.binDir, local.env.PATH].join(delimiter);
  const deaf = { ...local, env: { ...local.env, PATH } };
  const tools = ["release", "rollback"];
  expect(await candidates(["jump", "demo-host", ""], deaf)).toEqual(tools);
  const cache = join(local.env.XDG_CACHE_HOME ?? "", "runspec");
  const [file = ""] = readdirSync(cache);
  const kept = JSON.parse(readFileSync(join(cache, file), "utf8"));
  writeFileSync(join(cache, file), JSON.stringify({ ...kept, at: 1 }));
  expect(await candidates(["jump", "demo-host", ""], deaf)).toEqual(tools);
  expect(await ssh.calls()).toEqual([]);

  const fresh = asOwn(furnishLocal(host.binDir));
  expect(await candidates(["jump", "demo-host", ""], fresh)).toEqual([]);
  const asking = { ...fresh, env: { ...fresh.env, RUNSPEC_COMPLETE_REMOTE: "1" } };
  expect(await candidates(["jump", "demo-host", ""], asking)).toEqual(tools);
  // What was asked is remembered.
  expect(await candidates(["jump", "demo-host", ""], fresh)).toEqual(tools);
  expect(await candidates(["jump", "demo-host", "release", "--", "--channel", ""], fresh)).toEqual([
    "beta",
    "stable",
  ]);
  // What is old is asked for again.
  const keptHere = join(fresh.env.XDG_CACHE_HOME ?? "", "runspec");
  for (const name of readdirSync(keptHere))
    writeFileSync(join(keptHere, name), JSON.stringify({ ...kept, at: 1 }));
  const away = { ...asking, env: { ...asking.env, PATH } };
  expect(await candidates(["jump", "demo-host", ""], away)).toEqual([]);
  expect(await ssh.calls()).toHaveLength(1);
});

test.skipIf(Bun.which("fish") === null && !required)("fish shows what each candidate is for", async () => {
  const ask = 'runspec completion fish | source; complete -C "runspec jump demo-host "';
  const { code, out } = await run(["-c", ask], { ...local, program: Bun.which("fish") ?? "fish" });
  expect([code, out]).toEqual([0, "release\tRelease the shop\nrollback\n"]);
});

test("a host that cannot be asked has no tools, and nothing is said of it", async () => {
  const ssh = await recordingSsh(tempDir(), { exitCode: 255, stderr: "no route\n" });
  const place = asOwn(furnishLocal(ssh.binDir));
  const asking = { ...place, env: { ...place.env, RUNSPEC_COMPLETE_REMOTE: "1" } };
  expect(await candidates(["jump", "demo-host", ""], asking)).toEqual([]);
  expect(await ssh.calls()).toHaveLength(1);
});

test.skipIf(Bun.which("zsh") === null)("zsh takes its script also where arrays begin at 0", async () => {
  const { out } = await run(["completion", "zsh"]);
  const file = join(tempDir(), "_runspec");
  writeFileSync(file, out);
  const words = ["-f", "-c", `setopt ksharrays; source ${file}; echo "\${_comps[runspec]}"`];
  const taken = await run(words, { program: Bun.which("zsh") ?? "", env: { HOME: tempDir() } });
  expect(taken).toMatchObject({ code: 0, out: "_runspec\n", stderr: "" });
});

test.each([["bash"], ["zsh"], ["fish"]])(
  "the script for %s is printed, and is what the shell accepts",
  async (shell) => {
    const { code, out, stderr } = await run(["completion", shell]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(out).toStartWith(shell === "zsh" ? "#compdef runspec\n" : `# runspec: completion for ${shell}.`);
    const program = Bun.which(shell);
    if (program === null) return expect(required).toBe(false);
    const checked = Bun.spawnSync([program, "-n", "/dev/stdin"], { stdin: Buffer.from(out) });
    expect([checked.exitCode, checked.stderr.toString()]).toEqual([0, ""]);
  },
);

test.each([
  [["completion"], "completion needs a shell: bash, zsh or fish"],
  [["completion", "tcsh"], 'there is no completion for "tcsh": bash, zsh or fish'],
])("wrong usage: 2 (%j)", async (words, message) => {
  const { code, out, stderr } = await runHere(words);
  expect([code, out, stderr]).toEqual([2, "", `runspec: ${message}\n  see runspec completion --help\n`]);
});
