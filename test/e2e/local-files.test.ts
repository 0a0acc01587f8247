/** `runspec local FILE…`: scripts are checked before they are copied anywhere. */

import { expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { tempDir } from "../harness/temp.ts";
import { project, tool } from "./site.ts";

const script = (block: string, end = "\n"): string =>
  [
    "#!/usr/bin/env -S runspec script sh",
    "# /// runspec",
    ...block.split("\n"),
    "# ///",
    "echo done",
    "",
  ].join(end);

test.concurrent("good ones are listed, and what is wrong with the others is told, with 1", async () => {
  const { cwd, env } = project(tool("elsewhere", ["/bin/true"]));
  const dir = { cwd, env: { ...env, PATH: `${join(import.meta.dir, "../../dist")}:${env.PATH}` } };
  writeFileSync(join(cwd, "good"), script('# description = "Sums"\n# autonomy = "autonomous"'), {
    mode: 0o755,
  });
  writeFileSync(join(cwd, "bad"), script("# autonomy = 3"), { mode: 0o755 });
  writeFileSync(join(cwd, "windows"), script('# description = "x"', "\r\n"), { mode: 0o755 });
  writeFileSync(join(cwd, "plain"), "#!/bin/sh\necho\n", { mode: 0o755 });
  const good = await run(["local", "./good"], dir);
  expect([good.code, good.stderr]).toEqual([0, ""]);
  expect(good.out).toContain("1 tool: 1 callable\nno issues in the files\n");
  expect(good.out).not.toContain("elsewhere");
  const all = await run(["local", "good", "bad", "windows", "plain", "missing", "runspec.toml"], dir);
  expect(all.code).toBe(1);
  for (const said of [
    "autonomy: found 3",
    "ends in a carriage return",
    'has no "# /// runspec" block; add',
    "missing: there is no such file; for a tool: runspec local --runnable missing",
    "elsewhere",
  ])
    expect(all.out).toContain(said);
});

test.concurrent("a directory is told by what is in it", async () => {
  const { cwd, env } = project("");
  mkdirSync(join(cwd, "the tools"));
  const { code, out } = await runHere(["local", "the tools/", "."], { cwd, env });
  expect(code).toBe(1);
  expect(out).toContain("the tools: it is not a file; what is in it: runspec local 'the tools'/*\n");
  expect(out).toContain(": it is not a file; what is in it: runspec local ./runspec.toml\n");
});

test.concurrent("one that declares no tool is not to be made executable", async () => {
  const { cwd, env } = project("");
  writeFileSync(join(cwd, "notes"), "bread, milk\n", { mode: 0o644 });
  const { code, out } = await runHere(["local", "./notes"], { cwd, env });
  expect([code, out]).toEqual([1, expect.stringContaining('has no "# /// runspec" block; add')]);
  expect(out).not.toContain("chmod");
});

test.concurrent("one that is not executable is told to be no tool yet", async () => {
  const { cwd, env } = project("");
  const path = join(cwd, "closed");
  writeFileSync(path, script('# description = "Sums"'), { mode: 0o644 });
  const { code, out } = await runHere(["local", "./closed"], { cwd, env });
  expect([code, out]).toEqual([
    0,
    expect.stringContaining(
      `  warning: ${path}: not executable, so that it is no tool in a tools directory; run: chmod +x ${path}\n`,
    ),
  ]);
});

test.concurrent("a runspec.toml that is named by a link is read as by --config: what is relative starts where it is", async () => {
  const [{ cwd, env }, link] = [
    project('[t]\ncommand = "bin/t"\nrunspec_env = "e"\n'),
    join(tempDir(), "l.toml"),
  ];
  for (const place of [cwd, dirname(link)]) {
    mkdirSync(join(place, "bin"));
    writeFileSync(join(place, "bin/t"), "#!/bin/sh\n", { mode: 0o755 });
  }
  symlinkSync(join(cwd, "runspec.toml"), link);
  const named = await runHere(["local", link], { cwd, env });
  expect(named.out).toContain(join(cwd, "bin/t"));
  expect(named).toEqual(await runHere(["local", "--config", link], { cwd, env }));
});

test.concurrent("a script in tools/ has the level and the runspec_env that the file beside that gives it", async () => {
  const { cwd, env } = project('[config]\nautonomy-default = "manual"\nrunspec_env = "values"\n');
  mkdirSync(join(cwd, "tools"));
  writeFileSync(join(cwd, "tools/it"), script('# description = "x"'), { mode: 0o755 });
  writeFileSync(join(cwd, "values"), "TOKEN=1\n", { mode: 0o600 });
  for (const words of [[], ["tools/it"]]) {
    const { out } = await runHere(["local", "--runnable", "it", ...words], { cwd, env });
    expect(out).toMatch(/^ {2}it {2}manual .*\n {2}its \.runspec_env hands it TOKEN\n/ms);
  }
});
