import { expect, test } from "bun:test";
import { chmodSync, chownSync } from "node:fs";

import { join } from "node:path";
import { envFileOf, readEnvFile } from "../../src/spec/env-file.ts";
import { temporary } from "./temporary.ts";

test("a file that cannot be read has a problem and no values", () => {
  const { values, problems } = readEnvFile("/nowhere/.runspec_env");
  expect([...values]).toEqual([]);
  expect(problems).toEqual(["the environment file /nowhere/.runspec_env: there is no such file"]);
});

test("a file that anyone could have written has a problem and no values", () => {
  using files = temporary({ ".runspec_env": "A=1\n" });
  const path = join(files.path, ".runspec_env");
  const uid = process.getuid?.();
  chmodSync(path, 0o600);
  expect(readEnvFile(path, { uid })).toEqual({ values: new Map([["A", "1"]]), problems: [] });
  chmodSync(path, 0o666);
  const fix = `run: chmod o-w ${path}`;
  expect(readEnvFile(path, { uid })).toEqual({
    values: new Map(),
    problems: [`the environment file ${path}: refused: anyone on this machine can write it; ${fix}`],
  });
});

test("what is left out of a file is told with its line, and without a value", () => {
  using files = temporary({ ".runspec_env": "A=1\nsecret words\nB='x\n" });
  const path = join(files.path, ".runspec_env");
  expect(readEnvFile(path)).toEqual({
    values: new Map([["A", "1"]]),
    problems: [
      `${path}:2: found no KEY=VALUE; left out`,
      `${path}:3: B: the quote ' is not closed; left out`,
    ],
  });
});

test("of a file that is something else not every line is told", () => {
  using files = temporary({ ".runspec_env": "a line of a log\n".repeat(5000) });
  const { problems } = readEnvFile(join(files.path, ".runspec_env"));
  expect([problems.length, problems.at(-1)]).toEqual([21, "and 4980 more"]);
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
    expect([mode, readEnvFile(path, { uid })]).toEqual([
      mode,
      { values, problems: problem === undefined ? [] : [problem] },
    ]);
  }
  expect(readEnvFile(join(files.path, ".empty"), { uid })).toEqual({ values: new Map(), problems: [] });
  if (uid !== 0) return;
  chmodSync(path, 0o640);
  chownSync(path, 0, 12_345);
  expect(readEnvFile(path, { uid })).toEqual({ values, problems: [open("a group")] });
  chmodSync(path, 0o644);
  const foreign = open("anyone").replace(/; run: .*/, ", and it is not yours to close");
  expect(readEnvFile(path, { uid: 12_345 })).toEqual({ values, problems: [foreign] });
});

test("RUNSPEC_ENV_FILE comes before the file that the declaration names", () => {
  const tool = { envFile: "/etc/tool.env" };
  const found = (of: { envFile?: string }, env: Record<string, string>) =>
    envFileOf(of, { env, cwd: "/cwd" });
  expect(found(tool, {})).toBe("/etc/tool.env");
  expect(found(tool, { RUNSPEC_ENV_FILE: "" })).toBe("/etc/tool.env");
  expect(found(tool, { RUNSPEC_ENV_FILE: "x.env" })).toBe("/cwd/x.env");
  expect(found({}, { RUNSPEC_ENV_FILE: "/y.env" })).toBe("/y.env");
  expect(found({}, {})).toBeUndefined();
});
