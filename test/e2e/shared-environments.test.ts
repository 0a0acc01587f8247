/** An environment that packages share: what is wrong with one of them is not the others' trouble. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { BASE_ENV, BIN, run } from "../harness/binary.ts";
import { recordingSsh } from "../harness/recording-ssh.ts";
import { quote, writeExecutable } from "../harness/ssh-host.ts";
import { specDir, tempDir } from "../harness/temp.ts";
import { serveHere } from "./spec-site.ts";

setDefaultTimeout(60_000);

const SOUND = '[sound]\ndescription = "of a package"\nautonomy = "autonomous"\n';
/** Two errors, and a tool that would be sound. */
const BROKEN = '[fine]\n\n[broken]\nserve = "everywhere"\ntimeout = 5\n';
const ODD =
  '[odd.args]\nport = {type = "port", default = 8080}\n\n[odd.groups.out]\nexclusive = true\nargs = ["port", "raw"]\n\n[odd]\ndescription = "of a package"\n';
const COMMAND_LINE = readFileSync(join(import.meta.dir, "../fixtures/command-line.toml"), "utf8");

interface Installed {
  root: string;
  bin: string;
  /** Where the package of that name has its file. */
  file(name: string): string;
}

/** Four packages; `broken` instead of the broken file's text. */
type Install = (broken?: string) => Installed;

const python: Install = (broken = BROKEN) => {
  const root = join(tempDir(), "tools-prod");
  const packages = join(root, "lib/python3.12/site-packages");
  const file = (name: string) => join(packages, name, "runspec.toml");
  install(join(root, "bin"), file, broken);
  symlinkSync(BIN, join(root, "bin/runspec"));
  return { root, bin: join(root, "bin"), file };
};

const node: Install = (broken = BROKEN) => {
  const root = join(tempDir(), "tools-prod");
  const modules = join(root, "node_modules");
  const file = (name: string) =>
    join(modules, name === "runspec" ? "runspec-node/dist/runspec.toml" : `${name}/runspec.toml`);
  install(join(modules, ".bin"), file, broken);
  writeFileSync(join(modules, "runspec-node/package.json"), '{"name": "runspec-node"}');
  writeFileSync(join(root, "package.json"), '{"dependencies": {"sound": "1", "broken": "1", "odd": "1"}}');
  symlinkSync(BIN, join(modules, ".bin/runspec"));
  return { root, bin: join(modules, ".bin"), file };
};

function install(bin: string, file: (name: string) => string, broken: string): void {
  const texts = { sound: SOUND, broken, odd: ODD, runspec: COMMAND_LINE };
  for (const [name, text] of Object.entries(texts)) {
    mkdirSync(dirname(file(name)), { recursive: true });
    writeFileSync(file(name), text);
  }
  mkdirSync(bin, { recursive: true });
  for (const name of ["sound", "broken", "fine", "odd"])
    writeExecutable(join(bin, name), `echo "${name} $RUNSPEC_ARG_FROM $TOKEN"`);
}

/** What is said of the packages, once each. */
const warnings = ({ file }: Installed): string[] => [
  `${file("broken")}:4: [broken] serve: left out, with 1 more error: found "everywhere", expected true, false, or a list of "local" and "remote"`,
  `${file("odd")}:2: [odd.args] port.type: found "port", which runspec has no type for: taken as text, for the tool to check`,
  `${file("odd")}:2: [odd.args] port.default: found 8080, taken as "8080"`,
  `${file("odd")}:6: [odd.groups.out] args: found "raw", no argument of this tool and so never given: the rule has no effect`,
];

function inLines(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .sort();
}

const told = (installed: Installed): string[] =>
  warnings(installed)
    .map((warning) => `runspec: warning: ${warning}`)
    .sort();

describe.each([
  ["a Python environment", python],
  ["a Node project", node],
] as const)("in %s with a broken package and another's command line", (_name, install) => {
  const cwd = tempDir();

  test("local shows all of it, and finds no error", async () => {
    const installed = install();
    const { code, out } = await run(["local", "--format", "json"], {
      program: join(installed.bin, "runspec"),
      cwd,
    });
    const { tools, issues } = JSON.parse(out);
    expect(code).toBe(0);
    expect(tools.map(({ name }: { name: string }) => name).sort()).toEqual(["odd", "sound"]);
    const lines = issues.map(
      ({ severity, file, line, key, message }: Record<string, unknown>) =>
        `${severity}: ${file}${line === undefined ? "" : `:${line}`}: ${key === undefined ? "" : `${key}: `}${message}`,
    );
    expect(lines.sort()).toEqual(
      [
        ...warnings(installed).map((warning) => `warning: ${warning}`),
        `note: ${installed.file("broken")}:5: [broken] timeout: found 5, expected a duration with its unit (ms, s, m or h), such as "90s" or "5m"`,
        `note: ${installed.file("runspec")}: declares the command line of another runspec, which is not a tool; left out`,
      ].sort(),
    );
  });

  test("serve offers what is sound, under the environment's name, and says the rest once", async () => {
    const installed = install();
    await using server = await serveHere({ cwd, program: join(installed.bin, "runspec") });
    expect((await server.names()).sort()).toEqual(["odd", "sound"]);
    expect(await server.call("sound")).toMatchObject({ text: "sound  \n", isError: false });
    const { result } = await server.client.open();
    expect(result?.serverInfo).toMatchObject({ name: "tools-prod" });
    expect(inLines(server.client.stderr())).toEqual(told(installed));
  });

  test("run runs what is sound, and says the rest once", async () => {
    const installed = install();
    const { code, out, stderr } = await run(["run", "sound"], {
      program: join(installed.bin, "runspec"),
      cwd,
    });
    expect([code, out, inLines(stderr)]).toEqual([0, "sound  \n", told(installed)]);
  });

  test("jump reaches what is sound, and says the rest once", async () => {
    const installed = install();
    const program = join(installed.bin, "runspec");
    const ssh = await recordingSsh(tempDir(), { script: `exec ${quote(program)} serve` });
    const here = specDir("[config.jump-hosts.far]\n");
    const env = { PATH: [ssh.binDir, BASE_ENV.PATH].join(delimiter), XDG_CACHE_HOME: tempDir() };
    const { code, out, stderr } = await run(["jump", "far", "sound"], { cwd: here, env });
    expect([code, out, inLines(stderr)]).toEqual([0, "sound  \n", told(installed)]);
  });

  test("a pattern for run_as that cannot be read stops everything", async () => {
    const installed = install('[broken.run_as]\npatterns = {"(" = "oracle"}\n');
    const program = join(installed.bin, "runspec");
    const local = await run(["local"], { program, cwd });
    const serve = await run(["serve"], { program, cwd });
    expect([local.code, serve.code]).toEqual([1, 125]);
    expect(serve.stderr).toContain(
      `${installed.file("broken")}:2: [broken.run_as] patterns."(": the pattern "(" cannot be used`,
    );
  });

  test("the environment's own .runspec_env is the last place where values are looked for", async () => {
    const installed = install('[broken]\nargs.from = {type = "str", env = "FROM"}\n');
    writeFileSync(join(installed.root, ".runspec_env"), "FROM=environment\nTOKEN=secret\n");
    const program = join(installed.bin, "runspec");
    const called = await run(["run", "broken"], { program, cwd });
    expect([called.code, called.out]).toEqual([0, "broken environment secret\n"]);
    const named = join(tempDir(), "other.env");
    writeFileSync(named, "FROM=named\n");
    const other = await run(["run", "broken"], { program, cwd, env: { RUNSPEC_ENV_FILE: named } });
    expect([other.code, other.out]).toEqual([0, "broken named \n"]);
    const config = { RUNSPEC_CONFIG: installed.file("broken") };
    const byName = await run(["run", "broken"], { program, cwd, env: config });
    expect([byName.code, byName.out]).toEqual([0, "broken environment secret\n"]);
  });
});
