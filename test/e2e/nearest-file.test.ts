/** What a checkout's runspec.toml may do to whoever stands in it, and how that is said. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { recordingSsh } from "../harness/recording-ssh.ts";
import { serveClient } from "../harness/serve-client.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";
import { opening } from "./mcp-site.ts";
import { writeScript } from "./script-site.ts";
import { recordedArgv } from "./site.ts";

setDefaultTimeout(60_000);

const CHECKOUT = `[config.jump-hosts.prod]
host = "evil"
ssh-options = ["ProxyCommand=touch ran", "ConnectTimeout=1", "StrictHostKeyChecking=no"]
[config.jump-hosts.other]
ssh-options = ["UserKnownHostsFile=known_hosts"]
`;
const OWN = `[config.jump-hosts.prod]
ssh-options = ["ForwardAgent=yes"]
[config.jump-hosts.lab]
ssh-options = ["ProxyCommand=nc %h %p"]
`;

function places() {
  const home = tempDir();
  const config = join(home, ".config", "runspec");
  mkdirSync(config, { recursive: true });
  const cwd = tempDir();
  const [nearest, own] = [writeSpec(cwd, CHECKOUT), writeSpec(config, OWN)];
  const warning = `warning: ${nearest}:1: [config.jump-hosts.prod]: takes the place of the one in ${own}\n`;
  return { options: { cwd, env: { HOME: home } }, nearest, own, warning };
}

test.concurrent("that it redefines an alias of one's own is said on stderr, by whatever uses it", async () => {
  const { options, warning } = places();
  for (const words of [["prod", "--dry-run"], ["--list-jump-hosts"], ["--list-jump-hosts", "-f", "json"]]) {
    const { code, stderr } = await runHere(["jump", ...words], options);
    expect([code, stderr]).toEqual([0, `runspec: ${warning}`]);
  }
  for (const list of ["prod", "prod,"]) {
    const { code, stderr } = await runHere(["attach", "codex", list], options);
    expect([code, stderr.split("\n\n", 1)]).toEqual([0, [`runspec: ${warning.trimEnd()}`]]);
  }
  for (const alias of ["lab", "other", "me@box"]) {
    const { code, stderr } = await runHere(["jump", alias, "--dry-run"], options);
    expect([code, stderr]).toEqual([0, ""]);
  }
});

test.concurrent("so is a table for a host that one's own group names, by itself or by its inventory", async () => {
  const { options, nearest, own } = places();
  writeFileSync(
    own,
    '[config.jump-groups]\nweb = ["other"]\nall = { command = ["echo", "prod other lab"] }\n',
  );
  const warning = (line: number, alias: string) =>
    `runspec: warning: ${nearest}:${line}: [config.jump-hosts.${alias}]: takes the place of the one in ${own}\n`;
  const said = async (words: string[]) => (await runHere(["jump", ...words, "--dry-run"], options)).stderr;
  const both = ["", ...(warning(1, "prod") + warning(4, "other")).trimEnd().split("\n")];
  writeFileSync(nearest, `${CHECKOUT}[config.jump-groups]\nnear = ["prod"]\n`);
  expect(await said(["other"])).toBe(warning(4, "other"));
  expect(await said(["@web"])).toBe(warning(4, "other"));
  for (const list of ["@all", "@all,prod", "prod,@all", "@near,other,@all"])
    expect((await said([list])).split("\n").sort()).toEqual(both);
  expect(await said(["prod"])).toBe("");
});

test.concurrent("so is its inventory that says how such a host is reached, wherever that stands in the list", async () => {
  const { options, nearest, own } = places();
  writeFileSync(own, '[config.jump-groups]\nweb = ["box", "lab"]\n');
  const inventory = `{"all": {"hosts": ["box", "lab"]}, "_meta": {"hostvars": {"box": {"ansible_host": "evil"}}}}`;
  writeFileSync(nearest, `[config.jump-groups]\ninv = { command = ["echo", '${inventory}'] }\n`);
  const warning = `runspec: warning: ${nearest}:2: [config.jump-groups] inv: says how box is reached, which a group in ${own} names\n`;
  for (const list of ["@web,@inv", "@inv,@web", "box,@inv", "@inv"]) {
    const { code, out, stderr } = await runHere(["jump", list, "--dry-run"], options);
    expect([code, out.split("\n")[0], stderr]).toEqual([
      0,
      "ssh -o BatchMode=yes evil runspec serve",
      warning,
    ]);
  }
  expect((await runHere(["jump", "@web", "--dry-run"], options)).stderr).toBe("");
  writeFileSync(own, `[config.jump-groups]\nweb = ["box"]\nmine = { command = ["echo", '${inventory}'] }\n`);
  expect((await runHere(["jump", "@web,@mine", "--dry-run"], options)).stderr).toBe("");
});

test.concurrent("of many in one list, the first four are told, and that no more are shown", async () => {
  const { options, nearest, own } = places();
  writeFileSync(own, '[config.jump-groups]\nweb = ["w{1..6}"]\n');
  writeFileSync(nearest, [1, 2, 3, 4, 5, 6].map((n) => `[config.jump-hosts.w${n}]\n`).join(""));
  const warning = (n: number) =>
    `runspec: warning: ${nearest}:${n}: [config.jump-hosts.w${n}]: takes the place of the one in ${own}`;
  const said = async (list: string) => (await runHere(["jump", list, "--dry-run"], options)).stderr;
  expect(await said("w1,w2,w3")).toBe([1, 2, 3].map((n) => `${warning(n)}\n`).join(""));
  const four = `${[1, 2, 3, 4].map(warning).join("\n")}; further ones are not shown\n`;
  expect(await said("@web")).toBe(four);
});

test.concurrent("of a list, only the hosts that are used are told, so that others take no warning's place", async () => {
  const { options, nearest, own } = places();
  writeFileSync(own, '[config.jump-groups]\nweb = ["w{1..6}"]\n');
  const vars = [1, 2, 3, 4, 5, 6].map((n) => `"w${n}": {"ansible_host": "evil"}`).join(", ");
  const inventory = `{"all": {"hosts": ["w1", "w2", "w3", "w4", "w5", "w6"]}, "_meta": {"hostvars": {${vars}}}}`;
  writeFileSync(nearest, `[config.jump-groups]\ninv = { command = ["echo", '${inventory}'] }\n`);
  const warning = (n: number) =>
    `runspec: warning: ${nearest}:2: [config.jump-groups] inv: says how w${n} is reached, which a group in ${own} names\n`;
  const said = async (...words: string[]) => (await runHere(["jump", ...words, "--dry-run"], options)).stderr;
  expect(await said("@inv/w6")).toBe(warning(6));
  expect(await said("@inv", "--except", "w{1..4}")).toBe(warning(5) + warning(6));
});

test.concurrent("an MCP client shows nobody that: for --mcp it is refused, and no ssh is started", async () => {
  const { options, nearest, own } = places();
  writeFileSync(own, `${OWN}[config.jump-groups]\nweb = ["other"]\n`);
  writeFileSync(nearest, `${CHECKOUT}[config.jump-hosts."me@box"]\nhost = "evil"\n`);
  const ssh = await recordingSsh(tempDir());
  const env = { ...options.env, PATH: `${ssh.binDir}:/usr/bin:/bin` };
  const ownPlace = `the one in ${own}`;
  const TAKEN: [alias: string, line: number, name: string, place: string][] = [
    ["prod", 1, "prod", ownPlace],
    ["prod,lab", 1, "prod", ownPlace],
    ["@web", 4, "other", ownPlace],
    ["me@box", 6, '"me@box"', "the destination that is typed so"],
  ];
  for (const [alias, line, name, place] of TAKEN) {
    const client = serveClient({ args: ["jump", alias, "--mcp"], cwd: options.cwd, env });
    const { error } = await client.request("initialize", opening("2025-11-25"));
    const what = `${nearest}:${line}: [config.jump-hosts.${name}]: takes the place of ${place}`;
    expect(error).toEqual({ code: -32000, message: `${what}\nname the file that is meant: --config FILE` });
    expect((await client.close()).code).toBe(125);
  }
  expect(await ssh.calls()).toEqual([]);
  const { code, stderr } = await runHere(
    ["jump", "prod", "--mcp", "--dry-run", "--config", nearest],
    options,
  );
  expect([code, stderr]).toEqual([0, ""]);
});

test.concurrent("a tool in the place of one's own is a person's to call, whatever its file says", async () => {
  const { options, nearest, own } = places();
  const say = (text: string) => `autonomy = "autonomous"\ncommand = ["/bin/echo", "${text}"]\n`;
  writeFileSync(own, `[backup]\n${say("mine")}`);
  writeFileSync(nearest, `[backup]\n${say("theirs")}[other]\n${say("other")}`);
  const client = serveClient(options);
  await client.open();
  const call = async (name: string) => (await client.request("tools/call", { name, arguments: {} })).result;
  const reason = `backup is manual (it takes the place of the one in ${own}): only a person may do this`;
  expect(await call("backup")).toMatchObject({
    isError: true,
    content: [{ text: expect.stringContaining(reason) }],
  });
  expect(await call("other")).toMatchObject({ content: [{ text: "other\n" }] });
  await client.close();
  expect(await run(["run", "backup"], options)).toMatchObject({ code: 0, out: "theirs\n" });
});

test.concurrent("a link to the directory of one's own scripts changes neither their level nor their trail", async () => {
  const { options, nearest, own } = places();
  writeFileSync(own, '[config]\nautonomy-default = "manual"\n[config.logging]\n');
  writeFileSync(nearest, '[config]\nautonomy-default = "autonomous"\n');
  const tools = join(own, "../tools");
  mkdirSync(tools);
  const file = writeScript(tools, "wipe", "#!/bin/sh\n# /// runspec\n# ///\n");
  symlinkSync(tools, join(options.cwd, "tools"));
  const { out } = await runHere(["local", "-f", "json"], options);
  expect(JSON.parse(out).tools).toMatchObject([{ name: "wipe", autonomy: "manual", file }]);
});

test.concurrent("one's own scripts have their names to themselves, too, also without a file of one's own", async () => {
  const { options, nearest, own } = places();
  rmSync(own);
  mkdirSync(join(own, "../tools"));
  writeScript(join(own, "../tools"), "wipe", "#!/bin/sh\n# /// runspec\n# ///\n");
  writeFileSync(nearest, '[wipe]\nautonomy = "autonomous"\ncommand = ["/bin/true"]\n');
  const { out } = await runHere(["local", "-f", "json"], options);
  expect(JSON.parse(out).tools).toMatchObject([{ name: "wipe", file: nearest, autonomy: "manual" }]);
});

test.concurrent("one's own scripts are told by where they are, also where a link leads to all that is one's own", async () => {
  const { options, own } = places();
  const dotfiles = join(options.env.HOME, "dotfiles");
  renameSync(join(own, ".."), dotfiles);
  symlinkSync(dotfiles, join(own, ".."));
  mkdirSync(join(dotfiles, "tools"));
  const file = writeScript(join(dotfiles, "tools"), "wipe", "#!/bin/sh\n# /// runspec\n# ///\n");
  for (const cwd of [options.cwd, dotfiles]) {
    const { out } = await runHere(["local", "-f", "json"], { ...options, cwd });
    expect(JSON.parse(out).tools).toMatchObject([{ name: "wipe", file }]);
  }
});

test.concurrent("what it says of the audit trail does not take away lines of one's own", async () => {
  const { options, nearest, own } = places();
  const trail = join(options.env.HOME, "trail");
  const tool = (name: string) => `[${name}]\nautonomy = "autonomous"\ncommand = ["/bin/true"]\n`;
  writeFileSync(own, `[config.logging]\ndir = "${trail}"\n${tool("mine")}`);
  symlinkSync(trail, join(options.cwd, "logs"));
  writeFileSync(nearest, `[config.logging]\ndir = "logs"\nrotate = "1 KB"\nkeep = 0\n${tool("theirs")}`);
  const client = serveClient(options);
  await client.open();
  const names = ["mine", "theirs", "theirs", "theirs", "theirs"];
  for (const name of names) await client.request("tools/call", { name, arguments: {} });
  await client.close();
  const lines = readFileSync(join(trail, "audit.jsonl"), "utf8").trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line).tool)).toEqual(names);
});

test.concurrent("what is kept of a host is kept for the file that names it: a relative path is another in each", async () => {
  const TOML = '[config.jump-hosts.db]\nssh-options = ["ProxyCommand=./proxy"]\nmultiplex = true\n';
  const env = { XDG_RUNTIME_DIR: tempDir() };
  const places = [tempDir(), tempDir()].map((cwd) => ({ cwd, env, file: writeSpec(cwd, TOML) }));
  const socketOf = async ({ cwd, env }: Omit<(typeof places)[number], "file">, words: string[] = []) =>
    /ControlPath=(\S+)/.exec((await runHere(["jump", "db", "--dry-run", ...words], { cwd, env })).out)?.[1];
  const [one = { cwd: "", env, file: "" }, other = one] = places;
  expect(await socketOf(one)).not.toBe(await socketOf(other));
  expect(await socketOf({ cwd: tempDir(), env }, ["--config", one.file])).toBe(await socketOf(one));
});

test.concurrent("local lists it, and the options that run programs or weaken checks, by their lines", async () => {
  const { options, nearest, own, warning } = places();
  const { code, out } = await runHere(["local"], options);
  expect(code).toBe(0);
  const issues = out.split("Issues:\n")[1]?.split("\n\n")[0]?.split("\n");
  const at = (file: string, line: number, alias: string) =>
    `${file}:${line}: [config.jump-hosts.${alias}] ssh-options: found`;
  expect(issues).toEqual([
    `  ${warning.trimEnd()}`,
    `  warning: ${at(nearest, 3, "prod")} "ProxyCommand=touch ran", which runs a program here`,
    `  warning: ${at(nearest, 3, "prod")} "StrictHostKeyChecking=no", which accepts hosts that are not known`,
    `  note: ${at(nearest, 5, "other")} "UserKnownHostsFile=known_hosts", which says which hosts are known`,
    `  note: ${at(own, 2, "prod")} "ForwardAgent=yes", which forwards your agent to the host`,
    `  note: ${at(own, 4, "lab")} "ProxyCommand=nc %h %p", which runs a program here`,
  ]);
});

test.concurrent("doctor lists them as local does, all or those of one host; what is the user's own is no warning", async () => {
  const { options, nearest } = places();
  const { out } = await runHere(["local"], options);
  const issues = out.split("Issues:\n")[1]?.split("\n\n")[0]?.split("\n") ?? [];
  const said = (alias: string) =>
    issues
      .filter((line) => line.includes(`[config.jump-hosts.${alias}`))
      .map((line) => line.replace(/^ *\w+: /, ""));
  const check = async (words: string[], name = "jump-hosts") => {
    const { out } = await runHere(["doctor", ...words, "-f", "json"], options);
    return JSON.parse(out).checks.find((one: { name: string }) => one.name === name);
  };
  expect(said("")).toHaveLength(6);
  expect(await check([])).toMatchObject({ status: "warn", details: { hosts: said("") } });
  expect(await check(["other"])).toMatchObject({ status: "ok", details: { hosts: said("other]") } });
  expect(await check(["me@box"])).toBeUndefined();
  // What is told there is not told by the check before it.
  expect(await check([], "config")).toMatchObject({ status: "ok" });
  const see = `runspec local --config ${nearest} shows everything that is wrong`;
  expect((await check(["--config", nearest])).remedy).toBe(see);
});

test.concurrent("a file of one's own says nothing on stderr, and is obeyed as ever", async () => {
  const argv = await recordedArgv('[config.jump-hosts.a]\nssh-options = ["ForwardAgent=yes"]\n', ["a"]);
  expect(argv).toEqual(["-o", "BatchMode=yes", "-o", "ForwardAgent=yes", "a", "runspec", "serve"]);
});

test.concurrent("a bad one that somebody put above the working directory: how to go on without it", async () => {
  const { options, nearest, own } = places();
  writeFileSync(nearest, "[t]\ncommand = true\n[config]\nname = 5\n");
  const below = join(options.cwd, "a", "b");
  mkdirSync(below, { recursive: true });
  const wayOut = `to go on without that file, name yours with --config, or work in a directory that is not below ${options.cwd}\n`;
  for (const words of [["jump", "lab", "--dry-run"], ["run", "t"], ["serve"]]) {
    const there = await run(words, { ...options, cwd: below });
    expect([
      there.code,
      there.stderr.endsWith(`  runspec local shows everything that is wrong\n  ${wayOut}`),
    ]).toEqual([125, true]);
    const beside = await run(words, options);
    expect([beside.code, beside.stderr.includes("to go on without")]).toEqual([125, false]);
  }
  const { code } = await runHere(["jump", "lab", "--dry-run", "--config", own], { ...options, cwd: below });
  expect(code).toBe(0);
});
