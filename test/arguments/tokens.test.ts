import { expect, test } from "bun:test";
import { toolTokens } from "../../src/arguments/tokens.ts";
import { argsOf } from "../spec/declared.ts";

const ARGS = argsOf(`
target = {type = "str", position = 1}
verbose = {default = false, short = "v"}
lines = {default = 10, short = "n"}
sure = {type = "bool", required = false}
tag = {type = "str", multiple = true}
words = {type = "rest"}
`);

/** A token as one text: `word:x`, `lines=5`, `lines` without a value, `help`, `rest:a b`, or what is wrong. */
function shown(words: string): string[] {
  return toolTokens(words === "" ? [] : words.split(" "), ARGS).map((token) => {
    if (token.kind === "word") return `word:${token.text}`;
    if (token.kind === "flag")
      return token.argument.name + (token.text === undefined ? "" : `=${token.text}`);
    if (token.kind === "rest") return `rest:${token.words.join(" ")}`;
    return token.kind === "help" ? "help" : token.message();
  });
}

test.each<[string, string[]]>([
  ["", []],
  ["a -", ["word:a", "word:-"]],
  ["-5 -.5", ["word:-5", "word:-.5"]],
  ["--lines 5 a", ["lines=5", "word:a"]],
  ["--lines=5 -n7 -n=8 -n 9", ["lines=5", "lines=7", "lines=8", "lines=9"]],
  ["--lines --", ["lines=--"]],
  ["a --lines", ["word:a", "lines"]],
  ["--verbose false", ["verbose=true", "word:false"]],
  ["-vvn 3", ["verbose=true", "verbose=true", "lines=3"]],
  ["-vh", ["verbose=true", "help"]],
  ["-v=no --no-verbose --no-sure", ["verbose=no", "verbose=false", "sure=false"]],
  ["--help -- --help -- x", ["help", "rest:--help -- x"]],
  ["--no-lines", ["--no-lines: there is no such flag; --lines takes a value"]],
  ["--no-verbose=1", ["--no-verbose: takes no value; write --verbose=1"]],
  ["--words a", ['<words>: has no flag; its words come after a "--" of their own', "word:a"]],
  ["--lanes 5", ['--lanes: there is no such flag; did you mean "--lines"?', "word:5"]],
  [
    "-vx 1",
    ["verbose=true", '-x: there is no such flag (in "-vx"); see --help for those there are', "word:1"],
  ],
])("%j", (words, tokens) => expect(shown(words)).toEqual(tokens));

test("a word of a million letters is no more than one", () => {
  expect(shown(`-${"h".repeat(1_000_000)}`)).toEqual(["help"]);
  expect(shown(`-${"v".repeat(1_000_000)}`)).toEqual([`-${"v".repeat(59)}…: too many flags in one word`]);
});
