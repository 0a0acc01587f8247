/** The words after `--`: what of them reaches the tool's argv and environment. */

import { expect, test } from "bun:test";
import { readInput } from "../../src/tools/call-input.ts";
import { planCall } from "../../src/tools/plan.ts";
import { EVERY_KIND, toolOf } from "../spec/declared.ts";

const runnable = toolOf(`[tool.args]
${EVERY_KIND}`);

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

test.each(ROWS.map(([words, argv, values]) => ({ words, argv, values })))(
  "$words",
  ({ words, argv, values }) => {
    const tool = {
      ...{ ...runnable, locate: () => ({ kind: "found" as const, argv: ["/tool"] }) },
      ...{ user: { kind: "none" as const, why: "" }, preset: new Map<string, boolean>() },
      fileValues: new Map<string, string>(),
    };
    const input = readInput({ tool, words, env: {} });
    const notes = input.notes.filter((note) => note !== "--name is given 2 times; the last one counts");
    expect([input.problems, notes]).toEqual([[], []]);
    const how = { env: {}, agent: false, loginShellOf: () => "/bin/sh" };
    const plan = planCall({ tool, ...input, ...how, executable: ["/tool"] });
    expect(plan.argv).toEqual(["/tool", ...argv]);
    if (values === undefined) return;
    const told = Object.entries(plan.env).flatMap(([name, value]) =>
      name.startsWith("RUNSPEC_ARG_") ? [[name.slice("RUNSPEC_ARG_".length), value]] : [],
    );
    expect(Object.fromEntries(told)).toEqual({ VERBOSE: "0", DRY_RUN: "0", ...values });
  },
);
