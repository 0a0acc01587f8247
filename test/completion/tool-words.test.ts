/** What can stand among a tool's words. */

import { expect, test } from "bun:test";
import type { Argument } from "../../src/arguments/model.ts";
import { candidate, matching } from "../../src/completion/candidate.ts";
import { completeToolWords } from "../../src/completion/tool-words.ts";

const argument = (name: string, more: Partial<Argument> = {}): Argument => ({
  name,
  type: "str",
  required: false,
  multiple: false,
  env: [],
  ...more,
});

const ARGS: Argument[] = [
  argument("place", { type: "choice", options: ["here", "there"], position: 1, required: true }),
  argument("file", { type: "path", position: 2, multiple: true }),
  argument("level", {
    type: "choice",
    options: ["info", "warn"],
    short: "l",
    description: "How loud\nand more",
  }),
  argument("tags", { type: "choice", options: ["a", "b"], delimiter: ",", multiple: true }),
  argument("count", { type: "int", short: "n" }),
  argument("quick", { type: "flag", short: "q" }),
  argument("colour", { type: "flag", default: true }),
  argument("sure", { type: "bool" }),
  argument("out", { type: "path" }),
  argument("rest", { type: "rest" }),
  argument("debug", { type: "flag", hidden: true }),
];

const FLAGS = ["--level", "--tags", "--count", "--quick", "--no-colour", "--sure", "--out", "--help"];

test.each<[words: string[], values: string[]]>([
  [[""], ["here", "there"]],
  [["he"], ["here", "there"]],
  [["-"], FLAGS],
  [["--"], FLAGS],
  [
    ["--level", ""],
    ["info", "warn"],
  ],
  [
    ["-l", ""],
    ["info", "warn"],
  ],
  [
    ["-ql", ""],
    ["info", "warn"],
  ],
  [["-lwarn", "--"], FLAGS.filter((flag) => flag !== "--level")],
  [["-qn", ""], []],
  [
    ["-n", "5", ""],
    ["here", "there"],
  ],
  [["-q", "--"], FLAGS.filter((flag) => flag !== "--quick")],
  [["--level=w"], ["--level=info", "--level=warn"]],
  [
    ["--level=warn", ""],
    ["here", "there"],
  ],
  [
    ["--tags", ""],
    ["a", "b"],
  ],
  [
    ["--tags", "a,"],
    ["a,a", "a,b"],
  ],
  [["--tags=a,"], ["--tags=a,a", "--tags=a,b"]],
  [["--tags", "a", "--"], FLAGS],
  [
    ["--sure", ""],
    ["true", "false"],
  ],
  [
    ["--quick", ""],
    ["here", "there"],
  ],
  [["--quick="], ["--quick=true", "--quick=false"]],
  [["--no-colour", "--"], FLAGS.filter((flag) => flag !== "--no-colour")],
  [["--count", ""], []],
  [
    ["--nosuch", ""],
    ["here", "there"],
  ],
  [["--nosuch=x"], []],
])("%j", (words, values) => {
  const { candidates, files } = completeToolWords(words, ARGS);
  expect([candidates.map(({ value }) => value), files]).toEqual([values, undefined]);
});

test.each([
  [["here", ""], ""],
  [["here", "a", "b", ""], ""],
  [["--place", "here", ""], ""],
  [["--out", ""], ""],
  [["--out=x"], "--out="],
  [["here", "--", ""], ""],
  [["here", "--", "--lev"], ""],
])("a path: %j", (words, prefix) => {
  expect(completeToolWords(words, ARGS)).toEqual({ candidates: [], files: { prefix } });
});

test("a tool without positionals offers its flags at once; one without anything, its help", () => {
  const values = (args: Argument[]) => completeToolWords([""], args).candidates.map(({ value }) => value);
  expect(values([argument("level")])).toEqual(["--level", "--help"]);
  expect(values([])).toEqual(["--help"]);
});

test("descriptions are one short, harmless line", () => {
  expect(completeToolWords(["--"], ARGS).candidates[0]).toEqual({
    value: "--level",
    description: "How loud",
  });
  expect(candidate("x", `\u001b[31m${"long ".repeat(30)}`).description).toBe(
    `\\x1b[31m${"long ".repeat(30)}`.slice(0, 79).concat("…"),
  );
  expect(candidate("x", "  \n")).toEqual({ value: "x" });
});

test("words with control characters, empty ones and repetitions are left out", () => {
  const all = ["ok", "o\nk", "o\u001bk", "", "ok", "other", "no"].map((value) => ({ value }));
  expect(matching(all, "o")).toEqual([{ value: "ok" }, { value: "other" }]);
});
