import { describe, expect, test } from "bun:test";
import { chmodSync, chownSync } from "node:fs";
import { join } from "node:path";
import { envFileOf, parseEnvFile, readEnvFile } from "../../src/spec/env-file.ts";
import { temporary } from "./temporary.ts";

describe("a line of a .runspec_env file", () => {
  const rows: [string, Record<string, string>][] = [
    ["MY_API_KEY=abc123", { MY_API_KEY: "abc123" }],
    ["  A = b c  ", { A: "b c" }],
    ["export A=1", { A: "1" }],
    ["DB=postgres://u:p@host/db?x=1#frag", { DB: "postgres://u:p@host/db?x=1#frag" }],
    ["A=b # why", { A: "b" }],
    ["A=#", { A: "" }],
    ["A=", { A: "" }],
    ['A="hello world"', { A: "hello world" }],
    ["A='single # quoted'", { A: "single # quoted" }],
    ['A="x" # why', { A: "x" }],
    ['A="it\'s"', { A: "it's" }],
    ['A="', { A: '"' }],
    ["A='a\"", { A: "'a\"" }],
    ['A="$HOME\\n"', { A: "$HOME\\n" }],
    ["# A=1", {}],
    ["no equals sign", {}],
    ["1A=x", {}],
    ["", {}],
  ];
  test.each(rows)("%j gives %j", (line, values) => {
    expect(Object.fromEntries(parseEnvFile(line))).toEqual(values);
  });
});

test("later lines win, and every kind of line end will do", () => {
  expect(Object.fromEntries(parseEnvFile("\ufeffA=1\r\nB=2\nA=3\rC=4"))).toEqual({ A: "3", B: "2", C: "4" });
});

test("a file that cannot be read has a problem and no values", () => {
  const { values, problem } = readEnvFile("/nowhere/.runspec_env");
  expect([...values]).toEqual([]);
  expect(problem).toBe("the environment file /nowhere/.runspec_env: there is no such file");
});

test("a file that anyone could have written has a problem and no values", () => {
  using files = temporary({ ".runspec_env": "A=1\n" });
  const path = join(files.path, ".runspec_env");
  const uid = process.getuid?.();
  chmodSync(path, 0o600);
  expect(readEnvFile(path, { uid })).toEqual({ values: new Map([["A", "1"]]) });
  chmodSync(path, 0o666);
  const mend = `run: chmod o-w ${path}`;
  expect(readEnvFile(path, { uid })).toEqual({
    values: new Map(),
    problem: `the environment file ${path}: refused: anyone on this machine can write it; ${mend}`,
  });
});

test("one that others can read has its values, and a warning", () => {
  using files = temporary({ ".runspec_env": "A=1\n", ".empty": "# nothing\n" });
  const path = join(files.path, ".runspec_env");
  const uid = process.getuid?.();
  const values = new Map([["A", "1"]]);
  const open = (who: string) =>
    `the environment file ${path}: its mode lets ${who} read it; run: chmod go= ${path}`;
  const rows: [mode: number, problem?: string][] = [
    [0o644, open("anyone")],
    [0o604, open("anyone")],
    [0o600],
    [0o400],
    // Its group is the owner's own.
    [0o640],
  ];
  for (const [mode, problem] of rows) {
    chmodSync(path, mode);
    expect([mode, readEnvFile(path, { uid })]).toEqual([mode, { values, ...(problem && { problem }) }]);
  }
  expect(readEnvFile(join(files.path, ".empty"), { uid })).toEqual({ values: new Map() });
  if (uid !== 0) return;
  chmodSync(path, 0o640);
  chownSync(path, 0, 12_345);
  expect(readEnvFile(path, { uid })).toEqual({ values, problem: open("a group") });
});

test("RUNSPEC_ENV_FILE comes before the file that the declaration names", () => {
  const tool = { envFile: "/etc/tool.env" };
  expect(envFileOf(tool, {}, "/cwd")).toBe("/etc/tool.env");
  expect(envFileOf(tool, { RUNSPEC_ENV_FILE: "" }, "/cwd")).toBe("/etc/tool.env");
  expect(envFileOf(tool, { RUNSPEC_ENV_FILE: "x.env" }, "/cwd")).toBe("/cwd/x.env");
  expect(envFileOf({}, { RUNSPEC_ENV_FILE: "/y.env" }, "/cwd")).toBe("/y.env");
  expect(envFileOf({}, {}, "/cwd")).toBeUndefined();
});
