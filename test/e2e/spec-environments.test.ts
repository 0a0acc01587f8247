/** runspec dropped into an installation of Python or Node packages that ship tools: it finds them from anywhere. */

import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { BASE_ENV, BIN, type RunOptions, run } from "../harness/binary.ts";
import { serveClient } from "../harness/serve-client.ts";
import { writeExecutable } from "../harness/ssh-host.ts";
import { specDir, tempDir } from "../harness/temp.ts";
import { serveHere } from "./spec-site.ts";

setDefaultTimeout(60_000);

/** A tool that tells which program it is. */
const spec = (tool: string): string => `[${tool}]\ndescription = "of a package"\nautonomy = "autonomous"\n`;

function put(root: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

interface Installed {
  root: string;
  /** Where its executables are, runspec among them. */
  bin: string;
  /** Tools, in order, and the file of each. */
  tools: [name: string, file: string][];
}

function installPrograms(bin: string, names: readonly string[]): void {
  mkdirSync(bin, { recursive: true });
  for (const name of names) writeExecutable(join(bin, name), `printf "%s" "$0"`);
}

/** Two distributions: one with the file in its package, one with it deep inside, where only its RECORD tells of it. */
function pythonEnvironment(): Installed {
  const root = join(tempDir(), "venv");
  const bin = join(root, "bin");
  const packages = "lib/python3.12/site-packages";
  put(root, {
    "pyvenv.cfg": "home = /usr/bin\n",
    [`${packages}/alpha/__init__.py`]: "",
    [`${packages}/alpha/runspec.toml`]: spec("alpha-tool"),
    [`${packages}/alpha-1.0.dist-info/METADATA`]: "Name: alpha\n",
    [`${packages}/alpha-1.0.dist-info/RECORD`]: "alpha/__init__.py,,\nalpha/runspec.toml,sha256=x,42\n",
    [`${packages}/beta/data/runspec.toml`]: spec("beta-tool"),
    [`${packages}/beta-2.0.dist-info/RECORD`]: "beta/data/runspec.toml,sha256=x,42\n",
    [`${packages}/gamma/__init__.py`]: "",
  });
  installPrograms(bin, ["alpha-tool", "beta-tool"]);
  symlinkSync(BIN, join(bin, "runspec"));
  return {
    root,
    bin,
    tools: [
      ["alpha-tool", join(root, packages, "alpha/runspec.toml")],
      ["beta-tool", join(root, packages, "beta/data/runspec.toml")],
    ],
  };
}

/** Two packages, one of them in a scope; `runspec` is a link to a package of its own, as npm makes it. */
function nodeProject(): Installed {
  const root = join(tempDir(), "app");
  const bin = join(root, "node_modules/.bin");
  put(root, {
    "package.json": '{"dependencies": {"alpha": "1"}, "devDependencies": {"@team/beta": "2"}}',
    "node_modules/alpha/package.json": '{"name": "alpha"}',
    "node_modules/alpha/runspec.toml": spec("alpha-tool"),
    "node_modules/@team/beta/package.json": '{"name": "@team/beta"}',
    "node_modules/@team/beta/tools/runspec.toml": spec("beta-tool"),
    "node_modules/gamma/package.json": "{}",
    "node_modules/runspec/package.json": '{"name": "runspec"}',
  });
  installPrograms(bin, ["alpha-tool", "beta-tool"]);
  mkdirSync(join(root, "node_modules/runspec/bin"));
  symlinkSync(BIN, join(root, "node_modules/runspec/bin/runspec"));
  symlinkSync("../runspec/bin/runspec", join(bin, "runspec"));
  return {
    root,
    bin,
    tools: [
      ["beta-tool", join(root, "node_modules/@team/beta/tools/runspec.toml")],
      ["alpha-tool", join(root, "node_modules/alpha/runspec.toml")],
    ],
  };
}

const elsewhere = tempDir();

/** Ways to call it: the program, its directory, and more. */
const CALLS: [
  how: string,
  call: (installed: Installed) => RunOptions & { program: string; words?: string[] },
][] = [
  ["by its path, from elsewhere", ({ bin }) => ({ program: join(bin, "runspec"), cwd: elsewhere })],
  ["by its path, from /", ({ bin }) => ({ program: join(bin, "runspec"), cwd: "/" })],
  ["by its path, from inside", ({ bin, root }) => ({ program: join(bin, "runspec"), cwd: root })],
  [
    "by a relative path",
    ({ bin }) => ({
      program: "/bin/sh",
      words: ["-c", 'exec "$0" "$@"', join(relative(elsewhere, bin), "runspec")],
      cwd: elsewhere,
    }),
  ],
  [
    "by its name, through PATH",
    ({ bin }) => ({
      program: "/bin/sh",
      words: ["-c", 'exec runspec "$@"', "sh"],
      cwd: elsewhere,
      env: { PATH: `${bin}:${BASE_ENV.PATH}` },
    }),
  ],
  [
    "by its name, from its directory, with . on PATH",
    ({ bin }) => ({
      program: "/bin/sh",
      words: ["-c", 'exec runspec "$@"', "sh"],
      cwd: bin,
      env: { PATH: `.:${BASE_ENV.PATH}` },
    }),
  ],
];

describe.each([
  ["a Python environment", pythonEnvironment],
  ["a Node project", nodeProject],
] as const)("in %s", (_name, install) => {
  let installed: Installed;
  beforeAll(() => {
    installed = install();
  });

  test.each(CALLS)("local finds all tools, called %s", async (_how, call) => {
    const { words = [], ...options } = call(installed);
    const { code, out, stderr } = await run([...words, "local", "--format", "json"], options);
    expect([code, stderr]).toEqual([0, ""]);
    const { tools, issues } = JSON.parse(out);
    expect(issues).toEqual([]);
    expect(
      tools.map(({ name, file, executable }: Record<string, unknown>) => ({ name, file, executable })),
    ).toEqual(
      installed.tools.map(([name, file]) => ({
        name,
        file,
        executable: { kind: "found", argv: [join(installed.bin, name)] },
      })),
    );
  });

  test("serve offers and runs them, after those of the nearest file", async () => {
    const cwd = specDir(
      `${spec("own")}command = "/bin/echo"\n${spec("alpha-tool")}command = ["echo", "mine"]\n`,
    );
    await using server = await serveHere({ cwd, program: join(installed.bin, "runspec") });
    expect(await server.names()).toEqual(["own", "alpha-tool", "beta-tool"]);
    expect(await server.call("beta-tool")).toMatchObject({ text: join(installed.bin, "beta-tool") });
    expect(await server.call("alpha-tool")).toMatchObject({ text: "mine\n" });
    const file = installed.tools.find(([name]) => name === "alpha-tool")?.[1];
    expect(server.client.stderr()).toBe(
      `runspec: warning: ${file}: [alpha-tool]: the tool "alpha-tool" is already defined in ${cwd}/runspec.toml; this definition is left out\n`,
    );
  });
});

describe("a package in node_modules that the project's package.json does not name", () => {
  const UNLISTED = `[other]
autonomy = "autonomous"
read-only = true
command = "true"
[careful]
autonomy = "confirm"
read-only = true
command = "true"
`;
  const script = '#!/bin/sh\n# /// runspec\n# autonomy = "autonomous"\n# ///\n';

  test.concurrent("counts at most as confirm, and local says so", async () => {
    const { root, bin } = nodeProject();
    const file = join(root, "node_modules/zeta/runspec.toml");
    put(root, { "node_modules/zeta/runspec.toml": UNLISTED });
    mkdirSync(join(root, "node_modules/zeta/tools"));
    const helper = join(root, "node_modules/zeta/tools/helper");
    writeFileSync(helper, script, { mode: 0o755 });
    const { code, out } = await run(["local", "-f", "json"], {
      program: join(bin, "runspec"),
      cwd: elsewhere,
    });
    const { tools, issues } = JSON.parse(out);
    const levels = tools.map(({ name, autonomy }: Record<string, string>) => [name, autonomy]);
    expect([code, Object.fromEntries(levels)]).toEqual([
      0,
      {
        "alpha-tool": "autonomous",
        "beta-tool": "autonomous",
        other: "confirm",
        careful: "confirm",
        helper: "confirm",
      },
    ]);
    const says = (path: string, names: string) => ({
      severity: "note",
      file: path,
      message: `${join(root, "package.json")} does not name the package zeta, so its tools count at most as confirm: ${names}`,
    });
    const about = issues.filter(({ message }: { message: string }) => !message.startsWith("no description"));
    expect(about).toEqual([says(file, "other, careful"), says(helper, "helper")]);
    // Nor is it believed that it only reads, which some clients let pass unasked.
    const mcp = await run(["local", "-f", "mcp"], { program: join(bin, "runspec"), cwd: elsewhere });
    const other = JSON.parse(mcp.out).tools.find(({ name }: { name: string }) => name === "other");
    expect(other.annotations).toMatchObject({ readOnlyHint: false, destructiveHint: true });
  });
});

test.concurrent("a script beside a package's file that is left out is left out as well: that may say it is manual", async () => {
  const { root, bin } = nodeProject();
  const file = join(root, "node_modules/@team/beta/tools/runspec.toml");
  const helper = join(root, "node_modules/@team/beta/tools/tools/helper");
  put(root, {
    "node_modules/@team/beta/tools/tools/helper": '#!/bin/sh\n# /// runspec\n# description = "x"\n# ///\n',
  });
  chmodSync(helper, 0o755);
  const look = async (toml: string) => {
    writeFileSync(file, `[config]\nautonomy-default = "manual"\n${toml}`);
    const { out } = await run(["local", "-f", "json"], { program: join(bin, "runspec"), cwd: elsewhere });
    const { tools, issues }: { tools: Record<string, string>[]; issues: Record<string, string>[] } =
      JSON.parse(out);
    return [
      tools.find(({ name }) => name === "helper")?.autonomy,
      issues.find((issue) => issue.file === helper)?.message,
    ];
  };
  expect(await look("")).toEqual(["manual", undefined]);
  const left = `left out, as is ${file}, which has its settings`;
  expect(await look("[broken]\ntimeout = 5\n")).toEqual([undefined, left]);
  expect(await look("[broken\n")).toEqual([undefined, left]);
});

test.concurrent("a package's tool takes the place of no script of the project's, nor of a tool of one that the project names; its hosts and its name for the server count for nobody else", async () => {
  const { root, bin } = nodeProject();
  const home = tempDir();
  const script = join(root, "tools/deploy");
  put(root, {
    "runspec.toml": "",
    "tools/deploy": '#!/bin/sh\n# /// runspec\n# description = "x"\n# ///\n',
    "node_modules/aaa/runspec.toml": `[config]
name = "taken"
[config.jump-hosts.box]
ssh-options = ["ProxyCommand=x"]
[config.jump-groups.g]
command = ["x"]
${spec("deploy")}${spec("alpha-tool")}`,
  });
  chmodSync(script, 0o755);
  const program = join(bin, "runspec");
  const { out } = await run(["local", "-f", "json"], { program, cwd: root, env: { HOME: home } });
  const { tools, issues }: { tools: Record<string, string>[]; issues: Record<string, string>[] } =
    JSON.parse(out);
  const files = tools.map(({ name, file = "" }) => [name, relative(root, file)]);
  expect(files).toEqual([
    ["deploy", "tools/deploy"],
    ["beta-tool", "node_modules/@team/beta/tools/runspec.toml"],
    ["alpha-tool", "node_modules/alpha/runspec.toml"],
  ]);
  expect(issues.filter(({ message = "" }) => message.startsWith("found"))).toEqual([]);
  const doctor = await run(["doctor"], { program, cwd: elsewhere, env: { HOME: home } });
  expect(doctor.out).toContain("and 0 jump hosts in");
  const nameOf = async () => {
    const client = serveClient({ cwd: root, program, env: { HOME: home }, timeoutMs: 20_000 });
    const { result } = await client.open();
    await client.close();
    return result?.serverInfo;
  };
  expect(await nameOf()).toMatchObject({ name: "taken" });
  put(home, { ".config/runspec/runspec.toml": '[config]\nname = "mine"\n' });
  expect(await nameOf()).toMatchObject({ name: "mine" });
});

test.concurrent("a package that package.json no longer names counts less at once, also in a server that runs", async () => {
  const { root, bin } = nodeProject();
  const env = { HOME: tempDir(), RUNSPEC_WATCH_MS: "20" };
  await using client = serveClient({ cwd: elsewhere, program: join(bin, "runspec"), env, timeoutMs: 20_000 });
  await client.open();
  const listed = async () => JSON.stringify((await client.request("tools/list")).result);
  expect(await listed()).not.toContain('"runspec/autonomy":"confirm"');
  put(root, { "package.json": "{}" });
  while ((await listed()).includes('"runspec/autonomy":"autonomous"')) await Bun.sleep(20);
  expect(await listed()).toContain('"runspec/autonomy":"confirm"');
});
