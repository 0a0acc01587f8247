import { describe, expect, test } from "bun:test";
import { chmodSync, chownSync } from "node:fs";
import { join } from "node:path";
import { envFileOf, parseEnvLines, readEnvFile } from "../../src/spec/env-file.ts";
import { temporary } from "./temporary.ts";

test("a file that cannot be read has a problem and no values", () => {
  const { values, problems } = readEnvFile("/nowhere/.runspec_env");
  expect([...values]).toEqual([]);
  expect(problems).toEqual(["not read as an environment file: there is no such file"]);
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
    problems: [`not read as an environment file: refused: anyone on this machine can write it; ${fix}`],
  });
});

test("what is left out of a file is told with its line, and without a value", () => {
  using files = temporary({ ".runspec_env": "A=1\nsecret words\nB='x\n" });
  const path = join(files.path, ".runspec_env");
  expect(readEnvFile(path)).toEqual({
    values: new Map([["A", "1"]]),
    problems: ["line 2: found no KEY=VALUE; left out", "line 3: B: the quote ' is not closed; left out"],
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
  const open = (who: string) => `its mode lets ${who} read it; run: chmod go= ${path}`;
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

const read = (text: string) => {
  const { values, problems } = parseEnvLines(text);
  return {
    values: Object.fromEntries(values),
    problems: problems.map(({ line, message }) => `${line}: ${message}`),
  };
};

describe("read as dotenv reads it", () => {
  test.each<[string, Record<string, string>]>([
    ["MY_API_KEY=abc123", { MY_API_KEY: "abc123" }],
    ["  A = b c  ", { A: "b c" }],
    ["export A=1", { A: "1" }],
    ["DB=postgres://u:p@host/db?x=1#frag", { DB: "postgres://u:p@host/db?x=1#frag" }],
    ["A=b # why", { A: "b" }],
    ["A=#", { A: "" }],
    ["A= #b", { A: "" }],
    ["A=a#b", { A: "a#b" }],
    ["A=a\u00a0", { A: "a\u00a0" }],
    ["A=", { A: "" }],
    ["A=\nB=2", { A: "", B: "2" }],
    ["A=it's", { A: "it's" }],
    ['A="hello world"', { A: "hello world" }],
    ["A='single # quoted'", { A: "single # quoted" }],
    ['A="x" # why', { A: "x" }],
    ['A="it\'s"', { A: "it's" }],
    ['A=`it\'s "so"`', { A: 'it\'s "so"' }],
    ['A="a\\nb\\t\\"c\\" \\\\ \\x"', { A: 'a\nb\t"c" \\ \\x' }],
    ["A='a\\nb'", { A: "a\\nb" }],
    ['A="$HOME"', { A: "$HOME" }],
    ['KEY="-----BEGIN\nabc=\n-----END"\nB=1', { KEY: "-----BEGIN\nabc=\n-----END", B: "1" }],
    ["A='one\ntwo' # why\nB=1", { A: "one\ntwo", B: "1" }],
    ["# A=1\n\n  # B", {}],
    ["\ufeffA=1\r\nB=2\nA=3\rC=4", { A: "3", B: "2", C: "4" }],
  ])("%j", (text, values) => {
    expect(read(text)).toEqual({ values, problems: [] });
  });
});

test("a long value takes no longer than its length", () => {
  const [lines, spaces] = ["a\\n".repeat(300_000), " ".repeat(300_000)];
  expect(read(`A="${lines}"\nB='${lines}'\nC=x${spaces}y${spaces}\n`)).toEqual({
    values: { A: "a\n".repeat(300_000), B: lines, C: `x${spaces}y` },
    problems: [],
  });
});

describe("left out and told", () => {
  test.each<[string, Record<string, string>, string[]]>([
    ["no equals sign", {}, ["1: found no KEY=VALUE; left out"]],
    ["A=1\n1B=x\nC=2", { A: "1", C: "2" }, ["2: found no KEY=VALUE; left out"]],
    ["A: 1", {}, ["1: found no KEY=VALUE; left out"]],
    ["export A", {}, ["1: found no KEY=VALUE; left out"]],
    ['A="', {}, ['1: A: the quote " is not closed; left out']],
    ["A='a\"\nB=1", { B: "1" }, ["1: A: the quote ' is not closed; left out"]],
    ['A="b"c', {}, ['1: A: something follows the closing "; left out']],
    ['K="a\nb"\n\nbad\n', { K: "a\nb" }, ["4: found no KEY=VALUE; left out"]],
    ['A="b"c\nB=1', { B: "1" }, ['1: A: something follows the closing "; left out']],
    [
      'A="b\nPATH=x"c\nB=1\nbad',
      { B: "1" },
      ['1: A: something follows the closing "; lines 1 to 2 are left out', "4: found no KEY=VALUE; left out"],
    ],
    ['A="b\nPATH=x" c', {}, ['1: A: something follows the closing "; lines 1 to 2 are left out']],
    ['A="b\nB="c"\nC=1', { C: "1" }, ['1: A: something follows the closing "; lines 1 to 2 are left out']],
    [
      "A=#b\nB=1",
      { B: "1" },
      ["1: A: a value that begins with # needs quotes, a comment a space before it; left out"],
    ],
    ["A=a\0b", {}, ["1: A: holds a NUL, which no variable can; left out"]],
  ])("%j", (text, values, problems) => {
    expect(read(text)).toEqual({ values, problems });
  });
});
