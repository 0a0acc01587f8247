/** Reading bash's line, and writing onto it. */

import { expect, test } from "bun:test";
import { type BashLine, readBashLine, renderForBash } from "../../src/completion/bash.ts";

const BREAKS = " \t\n\"'@><=;|&(:";

test.each<[string, BashLine]>([
  ["runspec ", { words: ["runspec", ""], kept: 0, quote: "" }],
  ["runspec  jump\tpro", { words: ["runspec", "jump", "pro"], kept: 0, quote: "" }],
  ["runspec --level=wa", { words: ["runspec", "--level=wa"], kept: 8, quote: "" }],
  ["runspec --level=", { words: ["runspec", "--level="], kept: 8, quote: "" }],
  ["runspec a:b:c", { words: ["runspec", "a:b:c"], kept: 4, quote: "" }],
  ["runspec a\\=b", { words: ["runspec", "a=b"], kept: 0, quote: "" }],
  ["runspec two\\ wo", { words: ["runspec", "two wo"], kept: 0, quote: "" }],
  ["runspec 'two wo", { words: ["runspec", "two wo"], kept: 0, quote: "'" }],
  ['runspec "two wo', { words: ["runspec", "two wo"], kept: 0, quote: '"' }],
  ["runspec --level='wa", { words: ["runspec", "--level=wa"], kept: 8, quote: "'" }],
  ['runspec "a b" "c\\"d', { words: ["runspec", "a b", 'c"d'], kept: 0, quote: '"' }],
  ['runspec "a\\', { words: ["runspec", "a"], kept: 0, quote: '"' }],
  ["runspec '' x", { words: ["runspec", "", "x"], kept: 0, quote: "" }],
  [`runspec 'it'\\''s'`, { words: ["runspec", "it's"], kept: 0, quote: "" }],
  ["runspec $'a\\'b", { words: ["runspec", "a\\'b"], kept: 0, quote: "$'" }],
  ["runspec $'a\\", { words: ["runspec", "a"], kept: 0, quote: "$'" }],
  ["runspec $'a\\' b' c", { words: ["runspec", "a\\' b", "c"], kept: 0, quote: "" }],
  ["runspec \\$'a", { words: ["runspec", "$a"], kept: 1, quote: "'" }],
  ["runspec a=b ", { words: ["runspec", "a=b", ""], kept: 0, quote: "" }],
  ["runspec é=ü", { words: ["runspec", "é=ü"], kept: 2, quote: "" }],
  ["runspec jump @we", { words: ["runspec", "jump", "@we"], kept: 0, quote: "" }],
  ["runspec jump @all,we", { words: ["runspec", "jump", "@all,we"], kept: 0, quote: "" }],
  ["runspec jump db,@we", { words: ["runspec", "jump", "db,@we"], kept: 3, quote: "" }],
  ["runspec jump --except=@we", { words: ["runspec", "jump", "--except=@we"], kept: 9, quote: "" }],
  ["runspec jump me@a:we", { words: ["runspec", "jump", "me@a:we"], kept: 5, quote: "" }],
  ["runspec x\\", { words: ["runspec", "x"], kept: 0, quote: "" }],
  ["", { words: [""], kept: 0, quote: "" }],
])("%j", (line, read) => {
  expect(readBashLine(line, BREAKS)).toEqual(read);
});

test("bash may have been told to cut words elsewhere", () => {
  expect(readBashLine("runspec --level=wa", " \t\n")).toEqual({
    words: ["runspec", "--level=wa"],
    kept: 0,
    quote: "",
  });
});

const NASTY = "a b'c\"d$e`f\\g!h;é";

test.each<[string, BashLine["quote"], string[]]>([
  ["no quotes", "", ["a\\ b\\'c\\\"d\\$e\\`f\\\\g\\!h\\;é"]],
  ["single quotes", "'", ["a b'\\''c\"d$e`f\\g!h;é"]],
  // History would read the exclamation mark, and nothing inside double quotes can keep it from that.
  ["double quotes", '"', []],
])("a word is one word behind %s", (_what, quote, lines) => {
  const completion = { candidates: [{ value: NASTY, description: "never shown" }] };
  expect(renderForBash(completion, { words: ["runspec", ""], kept: 0, quote })).toBe(
    ["words", ...lines, ""].join("\n"),
  );
});

test.each<[string, BashLine["quote"], string[]]>([
  ["double quotes are escaped in double quotes", '"', [`a'b\\"c`]],
  // There, the `'\''` of single quotes ends the word, and what follows is a command.
  ["nothing is offered behind $'", "$'", []],
])("%s", (_what, quote, lines) => {
  const completion = { candidates: [{ value: `a'b"c` }] };
  const rendered = renderForBash(completion, { words: ["runspec", ""], kept: 0, quote });
  expect(rendered).toBe(["words", ...lines, ""].join("\n"));
});

test("what bash keeps is not said again; a path may stand here", () => {
  const completion = { candidates: [{ value: '--level="x"' }], files: { prefix: "--level=" } };
  expect(renderForBash(completion, { words: [], kept: 8, quote: "" })).toBe('files\n\\"x\\"\n');
  expect(renderForBash(completion, { words: [], kept: 8, quote: '"' })).toBe('files\n\\"x\\"\n');
});
