/** The words after `--`, through `run` and `jump`: what of them reaches the tool's argv and environment. */

import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Jumper, jumper } from "./spec-jump.ts";
import { REPORT, readReport, serveTools } from "./spec-site.ts";

setDefaultTimeout(60_000);

const TOOL = `[t]
autonomy = "autonomous"
${REPORT}

[t.args]
name    = {type = "str", required = false, short = "-n"}
count   = {type = "int", required = false, short = "c", range = [-10, 10]}
ratio   = {type = "float", required = false}
mode    = {options = ["fast", "-slow"], required = false}
on      = {type = "bool", required = false}
verbose = {type = "flag", short = "-v"}
dry-run = {type = "flag", short = "-d"}
tag     = {type = "str", multiple = true, required = false, short = "-t"}
list    = {type = "int", delimiter = ",", required = false}
file    = {type = "path", position = 1, required = false}
more    = {type = "str", position = 2, multiple = true, required = false}
extra   = {type = "rest"}
`;

const ROWS: [words: string[], argv: string[], values?: Record<string, string>][] = [
  [[], []],
  [["--name", "v"], ["--name", "v"], { NAME: "v" }],
  [["--name=v"], ["--name", "v"]],
  [["--name=a=b"], ["--name", "a=b"]],
  [["--name="], ["--name", ""], { NAME: "" }],
  [
    ["--name", ""],
    ["--name", ""],
  ],
  [["--name", "-x"], ["--name=-x"]],
  [["--name", "--verbose"], ["--name=--verbose"]],
  [["--name", "--"], ["--name=--"]],
  [
    ["--name", "$(touch x); `y` 'z' \"ü\" 日本 🙂"],
    ["--name", "$(touch x); `y` 'z' \"ü\" 日本 🙂"],
  ],
  [["--name", "two\nlines\t"], ["--name", "two\nlines\t"], { NAME: "two\nlines\t" }],
  [["--name", "a", "--name", "b"], ["--name", "b"], { NAME: "b" }],
  [
    ["-n", "v"],
    ["--name", "v"],
  ],
  [["-nv"], ["--name", "v"]],
  [["-n=v"], ["--name", "v"]],
  [["-n", "-v"], ["--name=-v"]],
  [["--count", "-5"], ["--count=-5"], { COUNT: "-5" }],
  [["--count=-5"], ["--count=-5"]],
  [["-c-5"], ["--count=-5"]],
  [
    ["--count", "+7"],
    ["--count", "+7"],
  ],
  [["--ratio", "-.5"], ["--ratio=-.5"], { RATIO: "-.5" }],
  [["--ratio=1e3"], ["--ratio", "1e3"]],
  [["--mode", "-slow"], ["--mode=-slow"]],
  [["--on", "yes"], ["--on", "true"], { ON: "1" }],
  [["--on=0"], ["--on", "false"], { ON: "0" }],
  [["--no-on"], ["--on", "false"], { ON: "0" }],
  [["--verbose"], ["--verbose"], { VERBOSE: "1" }],
  [["-v"], ["--verbose"]],
  [["--verbose=true"], ["--verbose"]],
  [["--verbose=false"], [], { VERBOSE: "0" }],
  [["--no-verbose"], [], { VERBOSE: "0" }],
  [["--verbose", "--no-verbose"], [], { VERBOSE: "0" }],
  [["-vd"], ["--verbose", "--dry-run"]],
  [
    ["-vdn", "x"],
    ["--name", "x", "--verbose", "--dry-run"],
  ],
  [["-dvnx"], ["--name", "x", "--verbose", "--dry-run"]],
  [["--dry_run"], ["--dry-run"], { DRY_RUN: "1" }],
  [["--tag", "a", "-tb", "--tag=-c"], ["--tag", "a", "--tag", "b", "--tag=-c"], { TAG: "a\nb\n-c" }],
  [["--list", "1,2,-3"], ["--list", "1,2,-3"], { LIST: "1\n2\n-3" }],
  [
    ["--list", "1", "--list", "2"],
    ["--list", "1,2"],
  ],
  [["a b"], ["a b"], { FILE: "a b" }],
  [["-"], ["-"]],
  [["-5"], ["-5"], { FILE: "-5" }],
  [["--file", "-x"], ["-x"]],
  [["a", "b", "c"], ["a", "b", "c"], { FILE: "a", MORE: "b\nc" }],
  [
    ["a", "--verbose", "b", "-n", "x", "c"],
    ["--name", "x", "--verbose", "a", "b", "c"],
  ],
  [
    ["--more", "b", "a"],
    ["a", "b"],
  ],
  [["--", "-x", "", "--", "--name=y"], ["--", "-x", "", "--", "--name=y"], { EXTRA: "-x\n\n--\n--name=y" }],
  [
    ["a", "--", "--help"],
    ["a", "--", "--help"],
  ],
  [["--"], []],
];

describe("words that fit", () => {
  let host: Jumper;
  beforeAll(async () => {
    host = await jumper(TOOL);
  });
  const rows = ROWS.map(([words, argv, values]) => ({ words, argv, values }));
  test.concurrent.each(rows)("$words", async ({ words, argv, values }) => {
    const here = await host.here("t", words);
    const { code, out, stderr } = here;
    const notes = stderr.replace("runspec: --name is given 2 times; the last one counts\n", "");
    expect([code, notes]).toEqual([0, ""]);
    const report = readReport(out);
    expect(report.argv).toEqual(argv);
    if (values === undefined) return;
    expect(report.values).toEqual({ VERBOSE: "0", DRY_RUN: "0", ...values });
    // One parser reads the words of run and of jump: here they are compared where it changes them, in jump-injection as bytes.
    if (Bun.deepEquals(words, argv)) return;
    const there = await host.jump("t", words);
    const reported = readReport(there.out);
    expect([there.code, there.stderr, reported.argv]).toEqual([code, stderr, argv]);
    expect(reported.values).toEqual(report.values);
  });
});

describe("a flag that is given as false", () => {
  const TOOL = `[clean]
autonomy = "autonomous"
command = ["/bin/sh", "-c", """
for word; do [ "$word" != --delete ] || rm -f precious; done
[ "$RUNSPEC_ARG_DELETE" != 1 ] || rm -f precious
""", "sh"]
[clean.args]
delete = {type = "flag", default = true, short = "d"}
`;
  const precious = (dir: string): string => join(dir, "precious");

  test.each([["--delete=false"], ["--no-delete"], ["--delete=no"], ["-d=0"]])(
    "%s deletes nothing",
    async (word) => {
      const { remote, jump } = await jumper(TOOL);
      writeFileSync(precious(remote), "");
      expect(await jump("clean", [word])).toMatchObject({ code: 0, stderr: "" });
      expect(existsSync(precious(remote))).toBe(true);
    },
  );

  test.each([["--delete"], ["-d"]])("but %s does delete", async (word) => {
    const { remote, jump } = await jumper(TOOL);
    writeFileSync(precious(remote), "");
    expect(await jump("clean", [word])).toMatchObject({ code: 0, stderr: "" });
    expect(existsSync(precious(remote))).toBe(false);
  });

  test("deletes nothing for an agent either, who gives true to delete", async () => {
    const server = await serveTools(TOOL);
    writeFileSync(precious(server.cwd), "");
    expect(await server.call("clean", { delete: false })).toMatchObject({ isError: false });
    expect(existsSync(precious(server.cwd))).toBe(true);
    expect(await server.call("clean", { delete: true })).toMatchObject({ isError: false });
    expect(existsSync(precious(server.cwd))).toBe(false);
    await server.client.close();
  });
});
