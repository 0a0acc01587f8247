import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { RunspecError } from "../../../src/errors.ts";
import { findConfigFiles, nearestSpecFile, ownDirectory } from "../../../src/spec/discover/find.ts";
import { environmentFiles, findSpecFiles, launchPath } from "../../../src/spec/discover/find-environment.ts";
import { readSource } from "../../../src/spec/discover/source.ts";

let top = "";

beforeAll(() => {
  top = realpathSync(mkdtempSync(join(tmpdir(), "runspec-find-")));
});
afterAll(() => rmSync(top, { recursive: true }));

function write(path: string, text = "[tool]\n"): string {
  const full = join(top, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
  return full;
}

function directory(path: string): string {
  mkdirSync(join(top, path), { recursive: true });
  return join(top, path);
}

type Search = Parameters<typeof findSpecFiles>[0];

function where(changes: Partial<Search>): Search {
  return {
    cwd: directory("empty"),
    home: undefined,
    env: {},
    execPath: "/nowhere/bin/runspec",
    argv0: "not-on-any-path",
    systemDir: join(top, "none"),
    ...changes,
  };
}

describe("the nearest runspec.toml", () => {
  test("is the one in the directory, else the closest above it", () => {
    const outer = write("near/runspec.toml");
    const inner = write("near/a/b/runspec.toml");
    expect(nearestSpecFile(join(top, "near/a/b"))).toBe(inner);
    expect(nearestSpecFile(directory("near/a/b/c/d"))).toBe(inner);
    expect(nearestSpecFile(join(top, "near/a"))).toBe(outer);
    expect(nearestSpecFile(join(top, "near"))).toBe(outer);
  });

  test("is not a directory that is called so", () => {
    const outer = write("named/runspec.toml");
    directory("named/a/runspec.toml");
    expect(nearestSpecFile(join(top, "named/a"))).toBe(outer);
  });

  test("is a link that leads nowhere, too, and so is the user's: what it says is not known, and no other stands in for it", () => {
    write("lost/runspec.toml");
    const nearest = join(directory("lost/a"), "runspec.toml");
    const user = join(directory("lost/home/.config/runspec"), "runspec.toml");
    symlinkSync("gone.toml", nearest);
    symlinkSync("runspec.toml", user);
    const found = findSpecFiles(where({ cwd: join(top, "lost/a/b"), home: join(top, "lost/home") }));
    expect(found.map(({ path, source }) => [path, source])).toEqual([
      [nearest, "nearest"],
      [user, "user"],
    ]);
    const problems = found.map(({ path }) => readSource(path));
    expect(problems).toEqual([
      { problem: "it is a link to nothing" },
      { problem: "cannot be read: too many symbolic links encountered" },
    ]);
  });
});

describe("all places, in order", () => {
  test("nearest, environment, user, system; the environment has no say in the settings", async () => {
    const nearest = write("all/project/runspec.toml");
    const shipped = write("all/venv/lib/python3.12/site-packages/pkg/runspec.toml");
    const user = write("all/home/.config/runspec/runspec.toml");
    const system = write("all/etc/runspec.toml");
    const all = where({
      cwd: join(top, "all/project"),
      home: join(top, "all/home"),
      execPath: join(top, "all/venv/bin/runspec"),
      systemDir: join(top, "all/etc"),
    });
    expect(findSpecFiles(all)).toEqual([
      { path: nearest, source: "nearest" },
      {
        path: shipped,
        source: "environment",
        binDir: join(top, "all/venv/bin"),
        root: join(top, "all/venv"),
      },
      { path: user, source: "user" },
      { path: system, source: "system" },
    ]);
    expect(findConfigFiles(all).map(({ source }) => source)).toEqual(["nearest", "user", "system"]);
  });

  test("XDG_CONFIG_HOME stands for ~/.config when it is absolute", async () => {
    const xdg = write("xdg/conf/runspec/runspec.toml");
    const home = write("xdg/home/.config/runspec/runspec.toml");
    const paths = async (dir?: string) =>
      findSpecFiles(
        where({ home: join(top, "xdg/home"), env: { ...(dir !== undefined && { XDG_CONFIG_HOME: dir }) } }),
      ).map(({ path }) => path);
    expect(await paths(join(top, "xdg/conf"))).toEqual([xdg]);
    expect(await paths("conf")).toEqual([home]);
    expect(await paths("")).toEqual([home]);
    expect(await paths()).toEqual([home]);
  });

  test("a file that is reached twice counts once, and keeps its environment", async () => {
    const user = write("twice/.config/runspec/runspec.toml");
    const cwd = join(top, "twice/.config/runspec");
    expect(findSpecFiles(where({ cwd, home: join(top, "twice") }))).toEqual([
      { path: user, source: "nearest" },
    ]);
    const shipped = write("own/lib/python3.12/site-packages/pkg/runspec.toml");
    expect(findSpecFiles(where({ cwd: dirname(shipped), execPath: join(top, "own/bin/runspec") }))).toEqual([
      { path: shipped, source: "nearest", binDir: join(top, "own/bin"), root: join(top, "own") },
    ]);
  });

  test("nothing anywhere is no error", async () => {
    expect(findSpecFiles(where({}))).toEqual([]);
  });
});

describe("a file that is named", () => {
  test("ends the search, --config before RUNSPEC_CONFIG", async () => {
    write("named2/runspec.toml");
    const other = write("named2/other.toml");
    const third = write("named2/third.toml");
    const cwd = join(top, "named2");
    const found = async (changes: Partial<Search>) =>
      findSpecFiles(where({ cwd, ...changes })).map(({ path }) => path);
    expect(await found({ config: "other.toml" })).toEqual([other]);
    expect(await found({ env: { RUNSPEC_CONFIG: third } })).toEqual([third]);
    expect(await found({ config: other, env: { RUNSPEC_CONFIG: third } })).toEqual([other]);
    expect(await found({ env: { RUNSPEC_CONFIG: "" } })).toEqual([join(cwd, "runspec.toml")]);
    expect(findConfigFiles(where({ cwd, config: other }))).toEqual([{ path: other, source: "explicit" }]);
  });

  const missing: [string, Partial<Search>, string][] = [
    ["--config", { config: "missing.toml" }, '--config names "missing.toml": there is no such file'],
    [
      "RUNSPEC_CONFIG",
      { env: { RUNSPEC_CONFIG: "/x/y.toml" } },
      'RUNSPEC_CONFIG names "/x/y.toml": there is no such file',
    ],
    ["an empty --config", { config: "" }, '--config names "": there is no such file'],
    ["a directory", { config: "/" }, '--config names "/": it is not a file'],
    ["below a file", { config: "/dev/null/x" }, '--config names "/dev/null/x": there is no such file'],
    ["a name with a line break", { config: "a\nb" }, '--config names "a\\nb": there is no such file'],
    ["a device", { config: "/dev/null" }, '--config names "/dev/null": it is not a file'],
    [
      "a name that is too long",
      { config: "x".repeat(300) },
      `--config names "${"x".repeat(300)}": cannot be read: name too long`,
    ],
  ];
  test.each(missing)("%s that leads nowhere is an error with 125", async (_, changes, message) => {
    const look = () => findSpecFiles(where(changes));
    expect(look).toThrow(RunspecError);
    expect(look).toThrow(expect.objectContaining({ message, exitCode: 125 }));
  });
});

/** Paths below the top, so that a table can name them, each once: see "a file that is reached twice". */
function environment(execPath: string): string[] {
  return [...new Set(environmentFiles(join(top, execPath)).map(({ path }) => path.slice(top.length + 1)))];
}

describe("a Python environment", () => {
  test("gives what its distributions ship: packages, nested packages, and projects installed for editing", () => {
    const site = "py/lib/python3.11/site-packages";
    write(`${site}/alpha/runspec.toml`);
    write(`${site}/alpha-1.0.dist-info/RECORD`, "alpha/__init__.py,,\nalpha/runspec.toml,sha256=x,30\n");
    write(`${site}/company/tools/deep/runspec.toml`);
    write(
      `${site}/company_tools-1.0.dist-info/RECORD`,
      '"company/tools/deep/runspec.toml",sha256=x,3\r\ncompany/gone/runspec.toml,,\n',
    );
    write(`${site}/quiet-2.0.dist-info/RECORD`, "quiet/__init__.py,,\n");
    write(`${site}/delta-1.0.dist-info/RECORD`, "__editable__.delta-1.0.pth,,\n");
    write(
      `${site}/__editable__.delta-1.0.pth`,
      `# comment\n${directory("src-layout/src")}\nimport os; os.x()\n`,
    );
    write("src-layout/src/delta/runspec.toml");
    write("src-layout/src/delta/__init__.py", "");
    write("src-layout/src/data/runspec.toml");
    write(
      `${site}/my_gamma-1.0.dist-info/direct_url.json`,
      `{"dir_info": {"editable": true}, "url": "file://${directory("flat layout").replace(" ", "%20")}"}`,
    );
    write("flat layout/my_gamma/runspec.toml");
    write("flat layout/tests/runspec.toml");
    write("flat layout/runspec.toml");
    write(
      `${site}/copied-1.0.dist-info/direct_url.json`,
      `{"dir_info": {}, "url": "file://${directory("elsewhere")}"}`,
    );
    write("elsewhere/copied/runspec.toml");
    write(
      `${site}/odd-1.0.dist-info/direct_url.json`,
      '{"dir_info": {"editable": true}, "url": "file://host/x"}',
    );
    write("py/bin/runspec", "");
    expect(environment("py/bin/runspec")).toEqual([
      `${site}/alpha/runspec.toml`,
      `${site}/company/tools/deep/runspec.toml`,
      "flat layout/my_gamma/runspec.toml",
      "src-layout/src/delta/runspec.toml",
    ]);
  });

  test.each(["python3.13t", "pypy3.10"])("is whatever Python it is of: %s", (name) => {
    const shipped = `${name}/lib/${name}/site-packages/a/runspec.toml`;
    write(shipped);
    expect(environment(`${name}/bin/runspec`)).toEqual([shipped]);
  });

  test.each([
    [
      "include-system-site-packages = true\r\n",
      ["lib/a", "lib/c/data", "sys/lib/python3/dist-packages/b", "sys/lib/python3/dist-packages/d/data"],
    ],
    ["include-system-site-packages = false\n", ["lib/a", "lib/c/data"]],
    ["", ["lib/a", "lib/c/data"]],
  ])(
    "has the packages of the system that it does not hide, where pyvenv.cfg says so: %j",
    (line, expected) => {
      const venv = `venv${line.length}`;
      write(`${venv}/lib/python3/site-packages/a/runspec.toml`);
      for (const name of ["a", "b"]) write(`sys/lib/python3/dist-packages/${name}/runspec.toml`);
      for (const [root, place, name] of [
        [venv, "site", "c"],
        ["sys", "dist", "d"],
      ]) {
        write(
          `${root}/lib/python3/${place}-packages/${name}-1.dist-info/RECORD`,
          `${name}/data/runspec.toml,,\n`,
        );
        write(`${root}/lib/python3/${place}-packages/${name}/data/runspec.toml`);
      }
      write(`${venv}/pyvenv.cfg`, `home = ${directory("sys/bin")}\n${line}version = 3.11\n`);
      const found = environmentFiles(join(top, venv, "bin/runspec"));
      const short = (path: string) =>
        path
          .slice(top.length + 1)
          .replace(`${venv}/lib/python3/site-packages`, "lib")
          .replace("/runspec.toml", "");
      expect(found.map(({ path }) => short(path))).toEqual(expected);
      const [, , other] = found;
      if (other !== undefined)
        expect(other).toMatchObject({ binDir: join(top, "sys/bin"), via: [join(top, venv, "pyvenv.cfg")] });
    },
  );

  test("is looked for at both ends of a link", () => {
    write("inside/lib/python3.11/site-packages/a/runspec.toml");
    const real = write("inside/bin/runspec", "");
    const link = join(directory("links/bin"), "runspec");
    symlinkSync(real, link);
    expect(environmentFiles(link).map(({ binDir }) => binDir)).toEqual([join(top, "inside/bin")]);
    write("outside/lib/python3.11/site-packages/b/runspec.toml");
    const there = join(directory("outside/bin"), "runspec");
    symlinkSync(write("opt/runspec", ""), there);
    expect(environmentFiles(there).map(({ binDir }) => binDir)).toEqual([join(top, "outside/bin")]);
  });

  test("is not made out of any other directory", () => {
    write("other/lib/python3.11/site-packages/a/runspec.toml");
    expect(environment("other/tools/runspec")).toEqual([]);
    expect(environment("gone/bin/runspec")).toEqual([]);
  });
});

test("a file that another file leads to says so", () => {
  const places = "led/venv/lib/python3/site-packages";
  write(`${places}/one.pth`, `${directory("led/one")}\n`);
  write("led/one/one/runspec.toml");
  write(
    `${places}/two-1.dist-info/direct_url.json`,
    `{"url": "file://${directory("led/two")}", "dir_info": {"editable": true}}`,
  );
  write("led/two/src/two/runspec.toml");
  write(`${places}/three-1.dist-info/RECORD`, "three/data/runspec.toml,,\n");
  write(`${places}/three/data/runspec.toml`);
  write(`${places}/four/runspec.toml`);
  directory("led/venv/bin");
  const led = environmentFiles(join(top, "led/venv/bin/runspec")).map(({ path, via }) => [path, via]);
  expect(Object.fromEntries(led)).toEqual({
    [join(top, "led/one/one/runspec.toml")]: [join(top, places, "one.pth")],
    [join(top, "led/two/src/two/runspec.toml")]: [join(top, places, "two-1.dist-info/direct_url.json")],
    [join(top, places, "three/data/runspec.toml")]: [join(top, places, "three-1.dist-info/RECORD")],
    [join(top, places, "four/runspec.toml")]: undefined,
  });
});

test("a package.json that others can write names nothing", () => {
  const manifest = write("open/app/package.json", '{"dependencies": {"one": "1"}}');
  write("open/app/node_modules/one/runspec.toml");
  const bin = join(directory("open/app/node_modules/.bin"), "runspec");
  const listed = () =>
    environmentFiles(bin, { uid: process.getuid?.() }).map(({ unlisted }) => unlisted?.name);
  expect(listed()).toEqual([undefined]);
  chmodSync(manifest, 0o666);
  expect(listed()).toEqual(["one"]);
});

describe("a Node environment", () => {
  test("gives what its packages ship, not what their own dependencies do", () => {
    const modules = "app/node_modules";
    write(`${modules}/plain/runspec.toml`);
    write(`${modules}/@acme/tools/dist/runspec.toml`);
    write(`${modules}/related/package.json`, '{"dependencies": {"runspec": "1"}}');
    write(`${modules}/related/dist/tools/runspec.toml`);
    write(`${modules}/unrelated/package.json`, "{}");
    write(`${modules}/unrelated/a/b/runspec.toml`);
    write(`${modules}/plain/node_modules/inner/runspec.toml`);
    write(`${modules}/.cache/runspec.toml`);
    write(`${modules}/runspec-linux/bin/runspec`, "");
    symlinkSync(directory("workspace/linked"), join(top, modules, "linked"));
    write("workspace/linked/runspec.toml");
    symlinkSync("../runspec-linux/bin/runspec", join(directory(`${modules}/.bin`), "runspec"));
    const files = [
      `${modules}/@acme/tools/dist/runspec.toml`,
      `${modules}/linked/runspec.toml`,
      `${modules}/plain/runspec.toml`,
      `${modules}/related/dist/tools/runspec.toml`,
    ];
    expect(environment(`${modules}/.bin/runspec`)).toEqual(files);
    expect(environment(`${modules}/runspec-linux/bin/runspec`)).toEqual(files);
    expect(environmentFiles(join(top, modules, ".bin/runspec"))[0]).toMatchObject({
      binDir: join(top, modules, ".bin"),
      root: join(top, "app"),
    });
  });
});

describe("a package that the project's own package.json does not name", () => {
  const DEPENDENCIES = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];
  const named = Object.fromEntries(DEPENDENCIES.map((key, index) => [key, { [`@acme/p${index}`]: "1" }]));
  const projects: [what: string, root: string, manifest: string | undefined, unlisted: string[]][] = [
    ["of a project", "listed/app", JSON.stringify(named), ["@acme/p4", "outside"]],
    ["without a package.json", "unlisted/app", undefined, ["@acme/p0", "@acme/p4", "outside"]],
    ["with one that is no JSON", "broken/app", "{", ["@acme/p0", "@acme/p4", "outside"]],
    ["installed by npm for everybody", "global/lib", undefined, []],
  ];
  test.each(projects)("is told apart: %s", (_, root, manifest, unlisted) => {
    if (manifest !== undefined) write(`${root}/package.json`, manifest);
    for (const name of ["@acme/p0", "@acme/p4"]) write(`${root}/node_modules/${name}/runspec.toml`);
    // A workspace is a part of the project; what is linked in from outside is not.
    write(`${root}/packages/inside/runspec.toml`);
    write(`${root}-elsewhere/runspec.toml`);
    symlinkSync(join(top, root, "packages/inside"), join(top, root, "node_modules/inside"));
    symlinkSync(join(top, `${root}-elsewhere`), join(top, root, "node_modules/outside"));
    const found = environmentFiles(join(directory(`${root}/node_modules/.bin`), "runspec"));
    expect(found.flatMap(({ unlisted: place }) => (place === undefined ? [] : [place.name]))).toEqual(
      unlisted,
    );
  });
});

test("node_modules may be a link inside the project, as to node_modules.nosync: its packages are no workspaces", () => {
  write("synced/app/package.json", '{"dependencies": {"zeta": "1"}}');
  for (const name of ["alpha", "zeta"]) write(`synced/app/node_modules.nosync/${name}/runspec.toml`);
  write("synced/app/packages/work/runspec.toml");
  symlinkSync("node_modules.nosync", join(top, "synced/app/node_modules"));
  symlinkSync("../packages/work", join(top, "synced/app/node_modules/work"));
  const found = environmentFiles(join(directory("synced/app/node_modules/.bin"), "runspec"));
  // What the project names comes before what came with it.
  expect(found.map(({ path, unlisted }) => [basename(dirname(path)), unlisted?.name])).toEqual([
    ["work", undefined],
    ["zeta", undefined],
    ["alpha", "alpha"],
  ]);
});

test("a file of one's own that a package leads to stays one's own", () => {
  const place = "mine/venv/lib/python3/site-packages";
  const user = write("mine/home/.config/runspec/runspec.toml");
  write(`${place}/runspec.pth`, `${dirname(dirname(user))}\n`);
  const execPath = join(directory("mine/venv/bin"), "runspec");
  const found = findSpecFiles(where({ home: join(top, "mine/home"), execPath }));
  expect(found).toEqual([{ path: user, source: "user" }]);
});

describe("the path the program was started under", () => {
  test("is the link that was followed, when argv0 tells it", () => {
    const real = write("launch/opt/runspec", "");
    chmodSync(real, 0o755);
    const link = join(directory("launch/venv/bin"), "runspec");
    symlinkSync(real, link);
    const other = write("launch/other/runspec", "");
    const cwd = join(top, "launch/venv");
    const PATH = `${join(top, "launch/nothing")}:${join(top, "launch/venv/bin")}`;
    const rows: [string, string | undefined, string][] = [
      [link, undefined, link],
      ["bin/runspec", undefined, link],
      ["./bin/../bin/runspec", undefined, link],
      ["runspec", PATH, link],
      ["runspec", undefined, real],
      ["missing", PATH, real],
      [other, PATH, real],
    ];
    for (const [argv0, path, expected] of rows) {
      expect([
        argv0,
        launchPath({ argv0, execPath: real, cwd, env: { ...(path !== undefined && { PATH: path }) } }),
      ]).toEqual([argv0, expected]);
    }
  });
});

test.each([
  ["XDG_CACHE_HOME", { XDG_CACHE_HOME: "/x" }, "/home/ada", "/x/runspec"],
  ["XDG_CACHE_HOME", {}, "/home/ada", "/home/ada/.cache/runspec"],
  ["XDG_CACHE_HOME", { XDG_CACHE_HOME: "relative" }, "/home/ada", "/home/ada/.cache/runspec"],
  ["XDG_CACHE_HOME", { XDG_STATE_HOME: "/x" }, "/home/ada", "/home/ada/.cache/runspec"],
  ["XDG_STATE_HOME", { XDG_STATE_HOME: "" }, "/home/ada", "/home/ada/.local/state/runspec"],
  ["XDG_STATE_HOME", { XDG_STATE_HOME: "/x" }, undefined, "/x/runspec"],
  ["XDG_STATE_HOME", {}, undefined, undefined],
  ["XDG_STATE_HOME", {}, "relative", undefined],
] as const)("what %s is for with %j and the home %p is kept in %p", (variable, env, home, expected) => {
  expect(ownDirectory(variable, { env, home })).toBe(expected);
});
