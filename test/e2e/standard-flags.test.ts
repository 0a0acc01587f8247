/** The flags that libraries of the format add to every tool that logs. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { run } from "../harness/binary.ts";
import { specDir, tempDir, writeSpec } from "../harness/temp.ts";
import { REPORT, readReport, serveTools } from "./spec-site.ts";

setDefaultTimeout(60_000);

const TOOL = `[config.logging]\ndir = "log"\n[t]\n${REPORT}\nargs.a = { type = "str", required = false }\n`;

test("are passed on from a command line, and shown to nobody", async () => {
  const cwd = specDir(TOOL);
  const { code, out } = await run(["run", "t", "--", "--debug", "--a", "x", "--no-summary"], { cwd });
  const { argv, values } = readReport(out);
  expect([code, argv, values]).toEqual([
    0,
    ["--a", "x", "--debug", "--no-summary"],
    { A: "x", DEBUG: "1", NO_SUMMARY: "1" },
  ]);
  const help = await run(["run", "t", "--", "--help"], { cwd });
  expect(help.out).not.toMatch(/debug|no-summary/);
});

test("are passed on from an agent, where there is logging", async () => {
  await using logs = await serveTools(TOOL);
  expect((await logs.report("t", { debug: true })).argv).toEqual(["--debug"]);
  expect((await logs.report("t")).values).toEqual({});
  await using silent = await serveTools(`[t]\n${REPORT}\n`);
  expect((await silent.refusal("t", { debug: true })).refused).toBe(
    "debug: there is no such argument; this tool takes none",
  );
});

test("are refused where neither a word nor a variable takes them to the user of the tool", async () => {
  const cwd = tempDir();
  const table = '[config.logging]\n[t]\ncommand = "true"\nrun_as = "nobody"\nargv = "none"\n';
  const call = () => run(["run", "t", "--dry-run", "--", "--debug"], { cwd });
  writeSpec(cwd, table);
  const lost = "t: --debug: only a variable says true, and that does not reach nobody: set become_env = true";
  const usage = "  usage: runspec run t -- --help\n";
  expect(await call()).toMatchObject({ code: 125, out: "", stderr: `runspec: ${lost}\n${usage}` });
  writeSpec(cwd, `${table}become_env = true\n`);
  expect((await call()).out).toContain(" RUNSPEC_ARG_DEBUG=1 ");
});
