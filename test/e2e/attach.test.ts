/** `runspec attach`: printed with absolute paths, written once, and never by a checkout's word for a host. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { BIN, run } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";
import { startWithoutSsh } from "../harness/without-ssh.ts";
import { furnish, project } from "./site.ts";
import { canMakeUsers, demoted, users } from "./users.ts";

setDefaultTimeout(30_000);

const TOOLS = '[look]\nautonomy = "autonomous"\ncommand = "true"\n[deploy]\ncommand = "true"\n';
const HOST = '[config.jump-hosts.prod-app]\nhost = "prod.example"\n';

/** A project with this runspec.toml, and a home, where `own` is the user's own file. */
function place(toml: string, own?: string) {
  const [cwd, home] = [tempDir(), tempDir()];
  if (own !== undefined) putOwn(join(home, ".config"), own);
  return { cwd, env: { HOME: home }, home, file: writeSpec(cwd, toml) };
}

function putOwn(config: string, toml: string): string {
  const dir = join(config, "runspec");
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return writeSpec(dir, toml);
}

test("prints the entry on stdout, and what may be decided besides on stderr", async () => {
  const { cwd, env, file } = place(TOOLS);
  const { out, stderr, code } = await run(["attach", "codex"], { cwd, env });
  expect({ out, code }).toEqual({
    out: `[mcp_servers.runspec]\ncommand = ${JSON.stringify(BIN)}\nargs = ["serve","--config",${JSON.stringify(file)}]\n`,
    code: 0,
  });
  expect(stderr).toStartWith(
    `\nIt goes into ${join(env.HOME, ".codex/config.toml")}; --write puts it there.\n`,
  );
  expect(stderr).toContain('[mcp_servers.runspec.tools.look]\napproval_mode = "approve" # autonomous\n');
});

test("speaks of the tools that the entry offers, not of others that are found from here", async () => {
  const { cwd, env } = place(TOOLS, '[mine]\nautonomy = "autonomous"\ncommand = "id"\n');
  const { stderr } = await runHere(["attach", "codex"], { cwd, env });
  expect(stderr).toContain("tools.look]");
  expect(stderr).not.toContain("tools.mine]");
});

test("a nearest file that has hosts and no tools is not named: it would hide the user's own tools", async () => {
  const { cwd, env } = place(HOST, TOOLS);
  const { out, stderr } = await runHere(["attach", "codex"], { cwd, env });
  expect(out).toContain('args = ["serve"]\n');
  expect(stderr).toContain("tools.look]");
});

test("a nearest file without tools is named where there are none at all: they may come", async () => {
  const { cwd, env, file } = place(HOST);
  const { out } = await runHere(["attach", "codex"], { cwd, env });
  expect(out).toContain(`args = ["serve","--config",${JSON.stringify(file)}]\n`);
});

test("a file with an error is attached to no client: its server would not start", async () => {
  const { cwd, env, home, file } = place(`${TOOLS}[broken]\nautonomy = "no"\n`);
  for (const words of [["cursor"], ["cursor", "--write"], ["codex", "--config", file]]) {
    const { code, out, stderr } = await runHere(["attach", ...words], { cwd, env });
    expect([code, out, stderr.split("\n")[0]]).toEqual([125, "", "runspec: an error in runspec.toml:"]);
    expect(stderr).toContain(': [broken] autonomy: found "no", expected one of ');
  }
  expect(await Bun.file(join(home, ".cursor/mcp.json")).exists()).toBe(false);
});

test("an error in another file than the one that its server reads is of no account", async () => {
  const { cwd, env, home, file } = place(TOOLS, '[broken]\nautonomy = "no"\n');
  const { code, out } = await runHere(["attach", "codex"], { cwd, env });
  expect([code, out]).toEqual([0, expect.stringContaining(`["serve","--config",${JSON.stringify(file)}]`)]);
  const elsewhere = await runHere(["attach", "codex"], { cwd: home, env });
  expect([elsewhere.code, elsewhere.stderr.split("\n")[0]]).toEqual([
    125,
    "runspec: an error in runspec.toml:",
  ]);
});

test("a host of the user's own file is written, with what ssh needs", async () => {
  const { cwd, env, home } = place(TOOLS, HOST);
  const target = join(home, ".cursor/mcp.json");
  const { out, stderr, code } = await run(["attach", "cursor", "prod-app", "--write"], { cwd, env });
  expect({ out, code }).toEqual({ out: `Wrote "prod-app" into ${target}\n`, code: 0 });
  expect(stderr).toContain("(IdentityAgent). runspec doctor prod-app checks the connection.\n");
  expect(JSON.parse(readFileSync(target, "utf8"))).toEqual({
    mcpServers: { "prod-app": { command: BIN, args: ["jump", "prod-app", "--mcp"] } },
  });
  const again = await runHere(["attach", "cursor", "prod-app", "--write"], { cwd, env });
  expect(again.out).toBe(`"prod-app" is in ${target} already\n`);
});

test("an entry that leads to another file is replaced, which is said", async () => {
  const { cwd, env, home } = place(TOOLS);
  const elsewhere = place(TOOLS);
  await run(["attach", "cursor", "--write"], { cwd: elsewhere.cwd, env });
  const target = join(home, ".cursor/mcp.json");
  const { out } = await runHere(["attach", "cursor", "--write"], { cwd, env });
  expect(out).toBe(
    `Wrote "runspec" (from ${join(cwd, "runspec.toml")}) into ${target}, in place of the "runspec" that was there (backup: ${target}.before-runspec)\n`,
  );
});

test("a host of the nearest file is printed only", async () => {
  const { cwd, env, home, file } = place(HOST);
  const printed = await runHere(["attach", "gemini", "prod-app"], { cwd, env });
  expect(JSON.parse(printed.out)).toEqual({
    mcpServers: { "prod-app": { command: BIN, args: ["jump", "prod-app", "--mcp", "--config", file] } },
  });
  expect(printed.stderr).toStartWith("\nRead the file before you hand this on: prod-app is declared in ");
  const { out, stderr, code } = await runHere(["attach", "gemini", "prod-app", "--write"], { cwd, env });
  expect({ out, code }).toEqual({ out: "", code: 125 });
  expect(stderr).toContain("nothing was written: prod-app is declared in the nearest runspec.toml");
  expect(await Bun.file(join(home, ".gemini/settings.json")).exists()).toBe(false);
});

test("so is one that only a group of that file names", async () => {
  const { cwd, env, file } = place('[config.jump-groups]\ng = ["box-1"]\n');
  const printed = await runHere(["attach", "gemini", "box-1"], { cwd, env });
  expect(JSON.parse(printed.out)).toEqual({
    mcpServers: { "box-1": { command: BIN, args: ["jump", "box-1", "--mcp", "--config", file] } },
  });
  expect((await runHere(["attach", "gemini", "box-1", "--write"], { cwd, env })).code).toBe(125);
});

test("a list that is declared here and elsewhere is not printed: no one file would lead a client to it", async () => {
  const { cwd, env, home, file } = place('[config.jump-groups]\ng = ["prod-app"]\n');
  const other = putOwn(join(home, ".config"), HOST);
  const { code, out, stderr } = await runHere(["attach", "gemini", "@g"], { cwd, env });
  expect([code, out, stderr]).toEqual([
    125,
    "",
    `runspec: what @g names is declared in several files, and a client starts in another directory\n  put it into one of them, and name that with --config FILE: ${file}, ${other}\n`,
  ]);
});

test("no client is wrong usage", async () => {
  const { code, stderr } = await runHere(["attach"], place(TOOLS));
  expect([code, stderr.split("\n")[0]]).toEqual([2, "runspec: attach needs a client"]);
});

describe("a file that is there", () => {
  test("is copied, keeps its mode, and stays a link", async () => {
    const { cwd, env, home } = place(TOOLS);
    const real = join(home, "dotfiles/codex.toml");
    const link = join(home, ".codex/config.toml");
    for (const path of [real, link]) mkdirSync(dirname(path), { recursive: true });
    writeFileSync(real, '# mine\nmodel = "x"\n', { mode: 0o640 });
    symlinkSync(real, link);
    const { code } = await runHere(["attach", "codex", "--write"], { cwd, env });
    expect({ code, mode: statSync(real).mode & 0o777 }).toEqual({ code: 0, mode: 0o640 });
    expect(readFileSync(real, "utf8")).toStartWith('# mine\nmodel = "x"\n\n[mcp_servers.runspec]\n');
    expect(readFileSync(`${real}.before-runspec`, "utf8")).toBe('# mine\nmodel = "x"\n');
  });

  test("and cannot be read as what it should be, is left alone", async () => {
    const { cwd, env, home } = place(TOOLS);
    const target = join(home, ".claude.json");
    writeFileSync(target, "{ not json");
    const { stderr, code } = await runHere(["attach", "claude-code", "me@box", "--write"], { cwd, env });
    expect([code, stderr]).toEqual([
      125,
      `runspec: nothing was written to ${target}: it cannot be read: line 1: expected a value
  the same without --write prints the entry, to be put there by hand\n`,
    ]);
    expect(readFileSync(target, "utf8")).toBe("{ not json");
  });
});

test.skipIf(!canMakeUsers).each([
  ["is kept", "--groups=4242", 4242, 0o640],
  ["that is not the user's is not handed to another", "--clear-groups", undefined, 0o600],
])("a file's group %s", async (_what, groups, group, mode) => {
  const cwd = mkdtempSync(join(users.dir, "h"));
  const file = join(cwd, ".claude.json");
  writeFileSync(file, "{}");
  const { uid, gid } = statSync(join(users.dir, users.invoker));
  chownSync(cwd, uid, gid);
  chownSync(file, uid, 4242);
  chmodSync(file, 0o640);
  const words = [`--reuid=${uid}`, `--regid=${gid}`, groups, "--", BIN, "attach", "claude-code", "--write"];
  const { code } = await run(words, { program: "setpriv", cwd, env: { HOME: cwd } });
  const facts = [file, `${file}.before-runspec`].map((path) => statSync(path));
  const expected = { gid: group ?? gid, mode };
  expect(facts.map(({ gid, mode }) => ({ gid, mode: mode & 0o777 }))).toEqual([expected, expected]);
  expect(code).toBe(0);
});

test.skipIf(!canMakeUsers)("another user's file stays theirs, though one may write it", async () => {
  const cwd = mkdtempSync(join(users.dir, "h"));
  const file = join(cwd, ".claude.json");
  writeFileSync(file, "{}");
  const [me, other] = [users.invoker, users.target].map((name) => statSync(join(users.dir, name)).uid);
  chownSync(cwd, me ?? 0, 0);
  chownSync(file, other ?? 0, 0);
  chmodSync(file, 0o666);
  const [program = "", ...words] = demoted(users.invoker, [BIN, "attach", "claude-code", "--write"]);
  const { code, stderr } = await run(words, { program, cwd, env: { HOME: cwd } });
  expect([code, stderr, statSync(file).uid, readdirSync(cwd)]).toEqual([
    125,
    `runspec: nothing was written: ${file} belongs to another user, and would be yours then\n`,
    other ?? 0,
    [".claude.json"],
  ]);
});

describe("nothing is written", () => {
  const file = ".gemini/settings.json";
  test.each<[string, string, (path: string) => void]>([
    ["to a file that is read-only", "is read-only", (path) => writeFileSync(path, "{}", { mode: 0o444 })],
    [
      "where a link leads to nothing",
      "is a link, and what it leads to is not there",
      (path) => symlinkSync("away", path),
    ],
    ["into a directory", "is not a regular file", (path) => void mkdirSync(path)],
    ["into a pipe", "is not a regular file", (path) => void Bun.spawnSync(["mkfifo", path])],
  ])("%s", async (_what, reason, make) => {
    const { cwd, env, home } = place(TOOLS);
    mkdirSync(join(home, ".gemini"));
    make(join(home, file));
    const { stderr, code } = await runHere(["attach", "gemini", "--write"], { cwd, env });
    expect(stderr).toBe(`runspec: nothing was written: ${join(home, file)} ${reason}\n`);
    expect({ code, left: readdirSync(join(home, ".gemini")) }).toEqual({
      code: 125,
      left: ["settings.json"],
    });
  });
});

test.each(['{"theme": "dark"}', undefined])("several at once lose none: %j", async (before) => {
  const { cwd, env, home } = place(TOOLS);
  if (before !== undefined) writeFileSync(join(home, ".claude.json"), before);
  const names = ["a", "b", "c", "d", "e", "f"];
  const all = names.map((name) => run(["attach", "claude-code", "--write", "--name", name], { cwd, env }));
  expect((await Promise.all(all)).map(({ code }) => code)).toEqual(names.map(() => 0));
  const { theme, mcpServers } = JSON.parse(readFileSync(join(home, ".claude.json"), "utf8"));
  expect({ theme, servers: Object.keys(mcpServers).sort() }).toEqual({
    theme: before && "dark",
    servers: names,
  });
});

test("a file that only this shell's XDG_CONFIG_HOME leads to is named", async () => {
  const { cwd, env } = place("");
  const config = tempDir();
  const file = putOwn(config, HOST);
  const words = ["attach", "cursor", "prod-app"];
  const { out } = await runHere(words, { cwd, env: { ...env, XDG_CONFIG_HOME: config } });
  const args = ["jump", "prod-app", "--mcp", "--config", file];
  expect(JSON.parse(out)).toEqual({ mcpServers: { "prod-app": { command: BIN, args } } });
});

test.each([
  ["moved", "elsewhere", ["serve", "--config", "HOME/elsewhere/runspec/runspec.toml"]],
  ["where it is without that variable", ".config", ["serve"]],
])("this machine's own file, %s by XDG_CONFIG_HOME, is found by the entry", async (_, directory, args) => {
  const { env, home } = place("");
  putOwn(join(home, directory), TOOLS);
  const moved = { ...env, XDG_CONFIG_HOME: join(home, directory) };
  const { out } = await runHere(["attach", "cursor"], { cwd: tempDir(), env: moved });
  expect(JSON.parse(out.replaceAll(home, "HOME")).mcpServers.runspec.args).toEqual(args);
});

test.each([
  ["plain", ["--bin", "/opt/runspec"]],
  ["plain,me@box", ["--bin", "/opt/runspec"]],
  ["own", []],
  ["plain,own", []],
])("RUNSPEC_JUMP_BIN, which a client does not have, is named for %s where it counts", async (hosts, bin) => {
  const { cwd, env, file } = place(
    '[config.jump-hosts.plain]\n[config.jump-hosts.own]\nbin = "/usr/bin/runspec"\n',
  );
  const words = ["attach", "cursor", hosts, "--name", "x", "--config", file];
  const { out } = await runHere(words, { cwd, env: { ...env, RUNSPEC_JUMP_BIN: "/opt/runspec" } });
  expect(JSON.parse(out).mcpServers.x.args).toEqual(["jump", hosts, "--mcp", ...bin, "--config", file]);
});

test.each(["attach", "local", "serve", "doctor", "schema", "init"])(
  "%s passes nothing on, and takes nothing behind --",
  async (command) => {
    const { out, stderr, code } = await runHere([command, "--", "codex"], place(TOOLS));
    expect({ out, code }).toEqual({ out: "", code: 2 });
    expect(stderr).toStartWith('runspec: unexpected argument "codex"\n');
  },
);

test("an alias without a letter that clients take needs a name", async () => {
  const { cwd, env } = place('[config.jump-hosts."日本"]\n');
  const { code, out, stderr } = await runHere(["attach", "codex", "日本"], { cwd, env });
  expect([code, out, stderr]).toEqual([
    2,
    "",
    'runspec: "-" is not a name that every client takes\n  letters, digits, - and _: --name prod-app\n  see runspec attach --help\n',
  ]);
});

test.each([
  ["gemini", "my_box", "my-box"],
  ["gemini", "my_box,b", "my-box-b"],
  ["cursor", "my_box", "my_box"],
])("%s: %s is called %s", async (client, alias, name) => {
  const site = place("[config.jump-hosts.my_box]\n[config.jump-hosts.b]\n");
  const { out, code } = await runHere(["attach", client, alias], site);
  expect([code, Object.keys(JSON.parse(out).mcpServers)]).toEqual([0, [name]]);
});

test("no such client is wrong usage", async () => {
  const { stderr, code } = await runHere(["attach", "clod"], place(TOOLS));
  expect(code).toBe(2);
  expect(stderr).toContain('there is no client "clod"');
});

describe("a list of hosts", () => {
  const FLEET =
    '[config.jump-hosts.web-1]\n[config.jump-hosts.web-2]\n[config.jump-groups]\nprod = ["web-{1..2}"]\n';

  test("of the user's own file is one server, under a name that is short enough", async () => {
    const { cwd, env, home } = place(TOOLS, FLEET);
    const entries: [list: string, name: string][] = [
      ["@prod", "prod"],
      ["web-{1..2}", "web-1-2"],
      ["web-1,web-2,web-1,web-2,web-1", "web-1-web-2-web"],
    ];
    for (const [list, name] of entries) {
      const { out, code } = await runHere(["attach", "cursor", list], { cwd, env });
      expect([code, JSON.parse(out)]).toEqual([
        0,
        { mcpServers: { [name]: { command: BIN, args: ["jump", list, "--mcp"] } } },
      ]);
    }
    const { code, out } = await runHere(["attach", "cursor", "@prod", "--write"], { cwd, env });
    expect([code, out]).toEqual([0, `Wrote "prod" into ${join(home, ".cursor/mcp.json")}\n`]);
  });

  test("has the levels that its hosts were last listed with, to a person or to an agent", async () => {
    const host = await startWithoutSsh({ alias: "web-1" });
    furnish(host, TOOLS);
    const site = project(FLEET, host.binDir);
    const local = { cwd: site.cwd, env: { ...site.env, XDG_CACHE_HOME: tempDir() } };
    const rules = async () => (await runHere(["attach", "codex", "@prod"], local)).stderr;
    expect(await rules()).not.toContain("tools.look]");
    expect(await rules()).toContain(
      ", the strictest of each, and nothing is known yet of web-{1..2}: read what",
    );
    expect((await run(["jump", "web-1"], local)).code).toBe(0);
    // What web-2 would say may be stricter.
    expect(await rules()).toContain(", the strictest of each, and nothing is known yet of web-2: read what");
    expect((await run(["jump", "@prod"], local)).code).toBe(0);
    expect(await rules()).toContain(", the strictest of each: read what");
    expect(await rules()).toContain('[mcp_servers.prod.tools.look]\napproval_mode = "approve"');
    expect(await rules()).toContain('[mcp_servers.prod.tools.deploy]\napproval_mode = "prompt"');
    // A gateway has asked since then.
    const dir = join(local.env.XDG_CACHE_HOME, "runspec");
    for (const name of readdirSync(dir)) {
      const kept = JSON.parse(readFileSync(join(dir, name), "utf8"));
      writeFileSync(join(dir, name), JSON.stringify({ ...kept, at: 1 }));
    }
    writeSpec(host.home, '[later]\ncommand = "true"\n');
    const clientInfo = { name: "test", version: "1" };
    const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo };
    const asked = [
      { jsonrpc: "2.0", id: 1, method: "initialize", params },
      { jsonrpc: "2.0", id: 2, method: "tools/list" },
    ];
    const stdin = asked.map((one) => `${JSON.stringify(one)}\n`).join("");
    expect((await run(["jump", "@prod", "--mcp"], { ...local, stdin })).out).toContain('"later"');
    expect(await rules()).toContain("[mcp_servers.prod.tools.later]");
    await host.stop();
  });

  test("of the nearest file is printed only, and one that names nobody is refused", async () => {
    const { cwd, env, file } = place(FLEET);
    const printed = await runHere(["attach", "gemini", "@prod"], { cwd, env });
    expect(JSON.parse(printed.out)).toEqual({
      mcpServers: { prod: { command: BIN, args: ["jump", "@prod", "--mcp", "--config", file] } },
    });
    expect(printed.stderr).toStartWith("\nRead the file before you hand this on: @prod is declared in ");
    expect((await runHere(["attach", "gemini", "@prod", "--write"], { cwd, env })).code).toBe(125);
    expect(printed.stderr).toContain(`\nIt goes into ${join(env.HOME, ".gemini/settings.json")}.\n`);
    const unknown = await runHere(["attach", "gemini", "@pord"], { cwd, env });
    expect([unknown.code, unknown.out]).toEqual([125, ""]);
    expect(unknown.stderr).toContain('unknown group "@pord"; did you mean "@prod"?');
  });
});
