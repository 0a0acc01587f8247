import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Found } from "../../src/spec/discover/find.ts";
import { loadSpecFile, loadSpecs, parseSpec } from "../../src/spec/load.ts";
import { issueText } from "../../src/spec/toml/issues.ts";
import { temporary } from "./temporary.ts";

describe("several files", () => {
  test("give all their tools; a later definition of a name is a warning", async () => {
    using files = temporary({
      "one.toml": "[deploy]\n[app.commands.run]\n",
      "two.toml": '[report]\n[deploy]\ndescription = "second"\n[app_run]\n',
      "three.toml": '[x]\nserve = "y"\n[deploy.commands.now]\n[app.commands.run]\n[report]\n',
    });
    const path = (name: string) => join(files.path, name);
    const found: Found[] = [
      { path: path("one.toml"), source: "nearest" },
      { path: path("two.toml"), source: "user" },
      { path: path("three.toml"), source: "system" },
    ];
    const { files: read, runnables, issues } = loadSpecs(found);
    expect(read.map((file) => file.path)).toEqual([path("one.toml"), path("two.toml"), path("three.toml")]);
    expect(runnables.map(({ name, file, autonomy }) => [name, file, autonomy])).toEqual([
      ["deploy", path("one.toml"), "manual"],
      ["app_run", path("one.toml"), "manual"],
      ["report", path("two.toml"), "confirm"],
      ["deploy_now", path("three.toml"), "confirm"],
    ]);
    expect(issues.map((issue) => `${issue.severity} ${issueText(issue).replaceAll(files.path, "")}`)).toEqual(
      [
        'error /three.toml:2: [x] serve: found "y", expected true, false, or a list of "local" and "remote"',
        'warning /two.toml: [deploy]: the tool "deploy" is already defined in /one.toml; this definition is left out, and that one is manual unless serve --config names its file',
        'warning /two.toml: [app_run]: the tool "app_run" is already defined in /one.toml; this definition is left out, and that one is manual unless serve --config names its file',
        'warning /three.toml: [app.commands.run]: the tool "app_run" is already defined in /one.toml; this definition is left out, and that one is manual unless serve --config names its file',
        'warning /three.toml: [report]: the tool "report" is already defined in /two.toml; this definition is left out',
      ],
    );
  });

  test("resolve a relative runspec_env from their environment, else from themselves", async () => {
    using files = temporary({
      "pkg/a.toml": '[a]\nrunspec_env = "x.env"\n',
      "pkg/b.toml": '[config]\nrunspec_env = "y.env"\n[b]\n',
      "pkg/c.toml": "[c]\n",
      "pkg/.runspec_env": "",
      ".runspec_env": "",
      "d.toml": '[config]\nrunspec_env = "x.env"\n[d]\n',
      "e.toml": "[e]\n",
    });
    const at = (name: string) => join(files.path, name);
    const environment = { source: "environment", root: at("venv"), binDir: at("venv/bin") } as const;
    mkdirSync(environment.root);
    writeFileSync(at("venv/.runspec_env"), "");
    const { runnables } = loadSpecs([
      ...["pkg/a.toml", "pkg/b.toml", "pkg/c.toml"].map((name) => ({ path: at(name), ...environment })),
      ...["d.toml", "e.toml"].map((name) => ({ path: at(name), source: "nearest" as const })),
    ]);
    const named = ["venv/x.env", "venv/y.env", "venv/.runspec_env", "x.env"].map(at);
    expect(runnables.map(({ envFile }) => envFile)).toEqual([...named, undefined]);
  });
});

test.each([
  ["~/x", "/home/me/x"],
  ["~", "/home/me"],
  ["./~/x", "/project/~/x"],
  ["~me/x", "/project/~me/x"],
  ["/x/~", "/x/~"],
])("the path %s leads to %s, in each field", (path, leads) => {
  const toml = `[config]\nrunspec_env = "${path}"\nlogging.dir = "${path}"\n[a]\n[b]\nrunspec_env = "${path}"\n`;
  const { config, runnables } = parseSpec(toml, "/project/runspec.toml", { home: "/home/me" });
  const [a, b] = runnables;
  expect([config.logging?.dir, a?.envFile, b?.envFile]).toEqual([leads, leads, leads]);
});

describe("a file that cannot be used", () => {
  test("is one error and no tools", async () => {
    using files = temporary({ "open.toml": "[deploy]\n" });
    const path = join(files.path, "open.toml");
    chmodSync(path, 0o602);
    expect(loadSpecFile(path, { uid: process.getuid?.() })).toEqual({
      path,
      config: { autonomyDefault: "confirm", jumpHosts: [], jumpGroups: [] },
      runnables: [],
      issues: [
        {
          severity: "error",
          file: path,
          message: `refused: anyone on this machine can write it; run: chmod o-w ${path}`,
        },
      ],
      lineOf: expect.any(Function),
    });
    const { issues } = loadSpecFile(join(files.path, "missing.toml"));
    expect(issues.map(({ message }) => message)).toEqual(["there is no such file"]);
  });
});

describe("a tool with an error", () => {
  test("is left out, and those beside it are there", () => {
    const { runnables, issues } = parseSpec(
      "[a]\noutput = 1\n[b]\n[c.args]\nconstructor = 1\n[d.commands.x]\n[d.commands.y]\noutput = 1\n",
      "/f",
    );
    expect(runnables.map(({ name }) => name)).toEqual(["b", "d_x"]);
    expect(issues.map(({ key }) => key)).toEqual([
      "[a] output",
      "[c.args] constructor",
      "[d.commands.y] output",
    ]);
  });
});

describe("the become parts of a tool", () => {
  const issuesIn = (source: string) =>
    parseSpec(source, "/f").issues.map(({ line, key, message }) => `${line} ${key}: ${message}`);
  test("are checked where they stand, and only there", () => {
    const source =
      '[a]\nrun_as.patterns."(" = "x"\nrun_as.patterns."ok.*" = "y"\n[b.run_as]\npatterns = {"(" = "z"}\n[b.commands.c]\n';
    expect(parseSpec(source, "/f").runnables.map(({ name }) => name)).toEqual(["b_c"]);
    const found = 'the pattern "(" cannot be used: a parenthesis is never closed';
    expect(issuesIn(source)).toEqual([
      `2 [a] run_as.patterns."(": ${found}`,
      `5 [b.run_as] patterns."(": ${found}`,
    ]);
  });
  test("are checked whatever else is wrong with the tool", () => {
    const broken =
      '[a]\noutput = 5\ntimeout = "0s"\nrun_as = "x y"\nbecome_method = "su"\nbecome_flags = 5\n';
    expect(issuesIn(broken)).toEqual([
      '2 [a] output: found 5, expected one of "text", "json", "html"',
      '3 [a] timeout: found "0s", expected 1ms to 24 days',
      '4 [a] run_as: found "x y", expected a user name: it must begin with a letter or _, go on with letters, digits, _, . or -, and have at most 32 characters',
      "6 [a] become_flags: found 5, expected a string",
    ]);
  });
  test("that do not fit what is above are told where they stop to fit", () => {
    const nested =
      '[a]\nrun_as = "x"\nbecome_method = "pbrun"\nbecome_flags = "-x y"\n[a.commands.b]\n[a.commands.c]\nbecome_method = "sudo"\n';
    expect(issuesIn(nested)).toEqual([
      '7 [a.commands.c] become_method: sudo would take "y" or what follows it for the command',
    ]);
  });
});

test("the issues of a file come in the order of the file", () => {
  const source = `[z]\noutput = 1\n${Array.from({ length: 20 }, (_, index) => `[t${index}]\nunknown = 1\nserve = "x"\n`).join("")}`;
  const keys = parseSpec(source, "/f").issues.map(({ key }) => key);
  const expected = Array.from({ length: 20 }, (_, index) => [
    `[t${index}] unknown`,
    `[t${index}] serve`,
  ]).flat();
  expect(keys).toEqual(["[z] output", ...expected]);
});

test("three thousand tools are read, each with its own arguments", () => {
  const source = Array.from({ length: 3000 }, (_, index) => `[t${index}.args]\nx = ${index}\n`).join("");
  const { runnables, issues } = parseSpec(source, "/f");
  expect(issues).toEqual([]);
  expect(runnables.length).toBe(3000);
  expect(runnables[2999]?.args[0]).toMatchObject({ name: "x", default: 2999 });
});

test.each([
  ["[t]\n", 1],
  ['[t]\nrunspec_env = ".runspec_env"\n', 0],
  ['[config]\nrunspec_env = ".runspec_env"\n[t]\n', 0],
  ["[config.jump-hosts.a]\n", 0],
])("a .runspec_env beside the file is noted where nothing reads it: %j", (toml, count) => {
  const note =
    'the .runspec_env beside it is read only where runspec_env = ".runspec_env" under [config], or RUNSPEC_ENV_FILE, names it';
  using without = temporary({ "runspec.toml": toml });
  using files = temporary({ "runspec.toml": toml, ".runspec_env": "" });
  const messages = (path: string, reviewText: boolean) =>
    loadSpecFile(join(path, "runspec.toml"), { reviewText }).issues.map(({ message }) => message);
  expect(messages(without.path, true)).toEqual([]);
  expect(messages(files.path, true)).toEqual(Array(count).fill(note));
  expect(messages(files.path, false)).toEqual([]);
});
