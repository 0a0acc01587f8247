/** A directory that holds files which Bun would obey: the binary is no Bun, and obeys none of them. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SCRIPTS } from "../../src/scaffold/languages.ts";
import { type RunOptions, run } from "../harness/binary.ts";
import { recordingSsh } from "../harness/recording-ssh.ts";
import { serveClient } from "../harness/serve-client.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";
import { fixture, script, tool } from "./site.ts";

setDefaultTimeout(60_000);

const NAMES = [
  "RUNSPEC_JUMP_BIN",
  "RUNSPEC_CONFIG",
  "FROM_DOTENV",
  "RUNSPEC_DEBUG",
  "BUN_OPTIONS",
  "NODE_ENV",
];

const TOOLS = [
  "[config.jump-hosts.prod-app]",
  tool("environment", [fixture("env-dump"), ...NAMES]),
  tool("where", script("echo ran")),
].join("\n");

interface Trap {
  cwd: string;
  spec: string;
  /** Whether something of the directory was executed. */
  sprung(): boolean;
}

/** A directory with every file that we know Bun to load by itself, each of them leaving a mark when it is obeyed. */
function hostileDirectory(): Trap {
  const cwd = tempDir();
  const mark = join(cwd, "mark");
  const evil = `require("node:fs").writeFileSync(${JSON.stringify(mark)}, "obeyed"); console.log("obeyed");\n`;
  const variables = [
    "RUNSPEC_JUMP_BIN=/evil/runspec",
    "RUNSPEC_CONFIG=/evil/runspec.toml",
    "FROM_DOTENV=1",
    "RUNSPEC_DEBUG=1",
    'BUN_OPTIONS="--preload ./evil.js"',
    "PATH=/evil",
  ].join("\n");
  for (const name of [".env", ".env.local", ".env.production", ".env.development", ".env.test"]) {
    writeFileSync(join(cwd, name), `${variables}\n`);
  }
  writeFileSync(join(cwd, "evil.js"), evil);
  writeFileSync(
    join(cwd, "bunfig.toml"),
    'preload = ["./evil.js"]\n[run]\npreload = ["./evil.js"]\n[test]\npreload = ["./evil.js"]\n',
  );
  writeFileSync(
    join(cwd, "package.json"),
    `${JSON.stringify({ type: "commonjs", imports: { "#*": "./evil.js" }, main: "evil.js" })}\n`,
  );
  writeFileSync(
    join(cwd, "tsconfig.json"),
    `${JSON.stringify({ compilerOptions: { paths: { citty: ["./evil.js"], valibot: ["./evil.js"] }, baseUrl: "." } })}\n`,
  );
  for (const module of ["citty", "smol-toml", "valibot"]) {
    const dir = join(cwd, "node_modules", module);
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, "package.json"), `${JSON.stringify({ name: module, main: "index.js" })}\n`);
    writeFileSync(join(dir, "index.js"), evil);
  }
  return { cwd, spec: writeSpec(cwd, TOOLS), sprung: () => existsSync(mark) };
}

async function runIn(trap: Trap, words: string[], env: RunOptions["env"] = {}) {
  const result = await run(words, { cwd: trap.cwd, env });
  expect(trap.sprung()).toBe(false);
  return result;
}

test.concurrent("the trap would spring: Bun obeys these files", async () => {
  const trap = hostileDirectory();
  writeFileSync(join(trap.cwd, "main.js"), "console.log(process.env.FROM_DOTENV);\n");
  const { out } = await run(["run", "main.js"], { cwd: trap.cwd, program: process.execPath });
  expect([out, trap.sprung()]).toEqual(["obeyed\n1\n", true]);
});

test.concurrent("--version answers as anywhere", async () => {
  const { code, out, stderr } = await runIn(hostileDirectory(), ["--version"]);
  expect([code, out, stderr]).toEqual([0, expect.stringMatching(/^runspec \d+\.\d+\.\d+\+[\w-]+\n$/), ""]);
});

test.concurrent("jump --list-jump-hosts: no bin, and no file, from .env", async () => {
  const trap = hostileDirectory();
  const { code, out, stderr } = await runIn(trap, ["jump", "-l"]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(out).toBe(
    `Configured jump hosts (${trap.spec}):\n\n  prod-app          host: prod-app bin: runspec\n`,
  );
});

test.concurrent("jump: the ssh of the real PATH, and the runspec of the remote's", async () => {
  const ssh = await recordingSsh(tempDir(), { exitCode: 255 });
  const { code } = await runIn(hostileDirectory(), ["jump", "prod-app", "where"], {
    PATH: `${ssh.binDir}:/usr/bin:/bin`,
  });
  expect([code, await ssh.calls()]).toEqual([255, [["-o", "BatchMode=yes", "prod-app", "runspec", "serve"]]]);
});

test.concurrent("serve: its tools get nothing of it", async () => {
  const trap = hostileDirectory();
  const client = serveClient({ cwd: trap.cwd });
  await client.open();
  const { result } = await client.request("tools/call", { name: "environment", arguments: {} });
  expect(result).toMatchObject({
    content: [{ type: "text", text: `RUNSPEC_CONFIG=${trap.spec}\0` }],
    isError: false,
  });
  expect([await client.close(), client.noise, client.stderr(), trap.sprung()]).toEqual([
    { code: 0, signal: null },
    [],
    "",
    false,
  ]);
});

test.concurrent("run: a tool in TypeScript as init writes it, for which Bun is started there", async () => {
  const trap = hostileDirectory();
  const dir = tempDir();
  const text = SCRIPTS.typescript.hello.replace('"world"', 'process.env.FROM_DOTENV ?? "world"');
  writeFileSync(join(dir, "hello"), text, { mode: 0o755 });
  symlinkSync(process.execPath, join(dir, "bun"));
  const config = writeSpec(dir, "[hello]\nargs.who = { required = false }\n");
  const env = { PATH: `${dir}:/usr/bin:/bin` };
  const { code, out } = await runIn(trap, ["run", "hello", "--config", config], env);
  expect([code, out]).toEqual([0, "Hello, world!\n"]);
});

test.concurrent("an error shows no stack trace, whatever .env says of RUNSPEC_DEBUG", async () => {
  const { code, stderr } = await runIn(hostileDirectory(), ["jump", "prod-ap"]);
  expect([code, stderr]).toEqual([
    125,
    'runspec: unknown jump host "prod-ap"; did you mean "prod-app"?\n  known: prod-app\n',
  ]);
  const traced = await run(["run", "nope"], { env: { RUNSPEC_DEBUG: "1" } });
  expect(traced.stderr).toMatch(/^runspec: [^\n]+\n[\s\S]+^RunspecError: [\s\S]+ at /m);
});
