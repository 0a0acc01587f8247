import { describe, expect, test } from "bun:test";
import { splitWords } from "../../src/become/shell-words.ts";
import { commandForShell } from "../../src/process/quote.ts";

describe("splits as a shell would", () => {
  const rows: [string, string[]][] = [
    ["", []],
    ["  \t ", []],
    ["-H", ["-H"]],
    [" -H\t -n ", ["-H", "-n"]],
    ["-p 'a b'", ["-p", "a b"]],
    ["-p'a b'c", ["-pa bc"]],
    ['-p "a b"', ["-p", "a b"]],
    ["''", [""]],
    ['a "" b', ["a", "", "b"]],
    ["a\\ b", ["a b"]],
    ["\\'", ["'"]],
    ["'\\'", ["\\"]],
    ['"\\""', ['"']],
    ['"\\$x \\` \\\\ \\n"', ["$x ` \\ \\n"]],
    ["'$x;|&*'", ["$x;|&*"]],
    ["\\$x \\* \\;", ["$x", "*", ";"]],
    ["a\\\nb", ["ab"]],
    ["a \\\n b", ["a", "b"]],
    ["\\\n", []],
    ['"a\\\nb"', ["ab"]],
    ["'a\nb'", ["a\nb"]],
    ["a#b a~ x~y", ["a#b", "a~", "x~y"]],
    ["\\~ '#'", ["~", "#"]],
    ["a\\ ~ 'b'#c", ["a ~", "b#c"]],
    ["a=b {x,y} ! ]", ["a=b", "{x,y}", "!", "]"]],
    ["é 😀", ["é", "😀"]],
    ["\\😀", ["😀"]],
  ];
  test.each(rows)("%j is %j", (text, words) => {
    expect(splitWords(text)).toEqual(words);
  });

  test.each(rows.filter(([text]) => !text.includes("{")))("sh agrees on %j", async (text, words) => {
    const script = `set -- ${text}\nfor word; do printf '%s\\0' "$word"; done`;
    const read = await new Response(Bun.spawn(["sh", "-c", script], { cwd: "/" }).stdout).text();
    expect(read.split("\0").slice(0, -1)).toEqual(words);
  });
});

describe("refuses what a shell would act on, and what never ends", () => {
  const acts = (character: string) =>
    `a shell would act on the unquoted ${character}; nothing is expanded here, so quote it with '…'`;
  const rows: [string, string][] = [
    ["'abc", "a single quote is never closed"],
    ["a'", "a single quote is never closed"],
    ['"abc', "a double quote is never closed"],
    ['"abc\\"', "a double quote is never closed"],
    ["abc\\", "it ends in a backslash"],
    ["-H; id", acts(";")],
    ["a|b", acts("|")],
    ["a & b", acts("&")],
    ["a<b", acts("<")],
    ["a>b", acts(">")],
    ["(a", acts("(")],
    ["a)", acts(")")],
    ["$HOME", acts("$")],
    ['"$HOME"', acts("$")],
    ['"a`id`"', acts("`")],
    ["`id`", acts("`")],
    ["a\nb", acts("\\n")],
    ["*.txt", acts("*")],
    ["a?", acts("?")],
    ["[ab]", acts("[")],
    ["~root", acts("~")],
    ["a #b", acts("#")],
    ["a\0b", "it holds a NUL character"],
  ];
  test.each(rows)("%j", (text, reason) => {
    expect(() => splitWords(text)).toThrow(`cannot be split into words: ${reason}`);
  });

  test("the text is shown with its control characters visible", () => {
    expect(() => splitWords("a\nb")).toThrow('"a\\nb" cannot be split into words');
  });
});

test("what commandForShell wrote is read back unchanged", () => {
  const words = ["", "a b", "it's", "\\", "$x", "\n", "~", "#", "a\\'b\"c", "[*?]", "é"];
  expect(splitWords(commandForShell(words))).toEqual(words);
});
