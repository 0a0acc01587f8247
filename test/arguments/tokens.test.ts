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
function shown(words: string, args = ARGS): string[] {
  return toolTokens(words === "" ? [] : words.split(" "), args).map((token) => {
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
  ["--no-verbose=1", ["--no-verbose: takes no value; it says --verbose=false"]],
  ["--words a", ['<words>: has no flag; its words come after a "--" of their own', "word:a"]],
  // What stands behind a mistyped flag is its value, if it takes one.
  ["--lanes 5 b", ['--lanes: there is no such flag; did you mean "--lines"?', "word:b"]],
  ["--lanes=5 b", ['--lanes: there is no such flag; did you mean "--lines"?', "word:b"]],
  ["--LINES 5 b", ['--LINES: there is no such flag; did you mean "--lines"?', "word:b"]],
  ["--lanes --help", ['--lanes: there is no such flag; did you mean "--lines"?', "help"]],
  ["--lanes -v b", ['--lanes: there is no such flag; did you mean "--lines"?', "verbose=true", "word:b"]],
  ["--lanes -5 b", ['--lanes: there is no such flag; did you mean "--lines"?', "word:b"]],
  ["--verbsoe b", ['--verbsoe: there is no such flag; did you mean "--verbose"?', "word:b"]],
  ["--other 5", ["--other: there is no such flag; see --help for those there are", "word:5"]],
  [
    "-vx 1",
    ["verbose=true", '-x: there is no such flag (in "-vx"); see --help for those there are', "word:1"],
  ],
  ["-lines=5000", ['-l: there is no such flag (in "-lines=5000"); did you mean "--lines"?']],
])("%j", (words, tokens) => expect(shown(words)).toEqual(tokens));

test("-5 may be a tool's own flag, and -h one that another server declares", () => {
  const declared = argsOf("host = {default = ''}\nfive = {short = '5', default = false}");
  const args = declared.map((one) => ({ ...one, short: one.short ?? "h" }));
  expect(shown("-5h box", args)).toEqual(["five=true", "host=box"]);
});

test.each([
  [
    "a text with a place may stand behind a --",
    "w.position = 1\nv = false",
    '; a <w> that begins with - comes after a "--" of its own',
  ],
  ["where the words of a rest stand, it may not", "w.position = 1\nr.type = 'rest'", ""],
  ["nor a choice, or a number", "w.position = 1\nw.options = ['a']\nn.type = 'int'\nn.position = 2", ""],
  ["nor where nothing has a place", "v = false", ""],
])("of a flag that is not there: %s", (_, args, more) => {
  const [token] = toolTokens(["-x"], argsOf(args));
  const said = token?.kind === "problem" ? token.message() : "";
  expect(said).toBe(`-x: there is no such flag; see --help for those there are${more}`);
});

test("the flag that was meant is looked for where its absence is told, and no longer", () => {
  const words = shown(Array.from({ length: 22 }, () => "--lanes 5").join(" "));
  expect(words.filter((word) => word === "word:5")).toHaveLength(2);
});

test("a word of a million letters is no more than one", () => {
  expect(shown(`-${"h".repeat(1_000_000)}`)).toEqual(["help"]);
  expect(shown(`-${"v".repeat(1_000_000)}`)).toEqual([`-${"v".repeat(59)}…: too many flags in one word`]);
});
