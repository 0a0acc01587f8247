import { describe, expect, test } from "bun:test";
import { parseEnvLines } from "../../src/spec/env-file.ts";

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
