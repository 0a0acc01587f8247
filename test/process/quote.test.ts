import { describe, expect, test } from "bun:test";
import { commandForShell, quoteCommand, quoteWord } from "../../src/process/quote.ts";

describe("quoteWord", () => {
  const rows: [string, string][] = [
    ["", "''"],
    ["deploy", "deploy"],
    ["/opt/app-1.2/bin/x_y", "/opt/app-1.2/bin/x_y"],
    ["user@host:22,a%b+c", "user@host:22,a%b+c"],
    ["--env=prod", "--env=prod"],
    ["=ls", "'=ls'"],
    ["%self", "'%self'"],
    ["a b", "'a b'"],
    ["it's", "'it'\\''s'"],
    ["'", "\\'"],
    ["''", "\\'\\'"],
    ["a\\b", "'a'\\\\'b'"],
    ["\\", "\\\\"],
    ["\\'", "\\\\\\'"],
    ['"', "'\"'"],
    ["$HOME", "'$HOME'"],
    ["`id`", "'`id`'"],
    ["it's\na\\b", "$'it\\047s\\na\\\\b'"],
    ["a\x1b[31m", "$'a\\x1b[31m'"],
    ["~", "'~'"],
    ["*", "'*'"],
    ["#x", "'#x'"],
    ["a;b", "'a;b'"],
    ["é", "'é'"],
    ["!x", "'!x'"],
    ["{a,b}", "'{a,b}'"],
    ["\t", "$'\\t'"],
    ["prod\u202eged", "$'prod\\u202eged'"],
    ["a\x9bb\xad\u{e0041}'\\x9b\\u{1}", "$'a\\u009bb\\u00ad\\U000e0041\\047\\\\x9b\\\\u{1}'"],
  ];
  test.each(rows)("%j becomes %s", (word, quoted) => {
    expect(quoteWord(word)).toBe(quoted);
  });

  test("refuses a NUL", () => {
    expect(() => quoteWord("a\0b")).toThrow(
      "an argument holds a NUL character, which no program can be given",
    );
  });
});

describe("quoteCommand", () => {
  const rows: [string[], string][] = [
    [[], ""],
    [["ls"], "ls"],
    [["env", "A=1", "B=x y", "/bin/t", ""], "env A=1 'B=x y' /bin/t ''"],
    [["A=1", "t"], "'A=1' t"],
    [["if", "if"], "'if' if"],
    [["A=\x1b[31m\u202e", "a\tb"], "$'A=\\x1b[31m\\u202e' $'a\\tb'"],
    [["-x", "--"], "-x --"],
  ];
  test.each(rows)("%j becomes %s", (words, line) => {
    expect(quoteCommand(words)).toBe(line);
  });

  test("a shell is given the words as they are", () => {
    expect(commandForShell(["A=1", "a\x1b\tb"])).toBe("'A=1' 'a\x1b\tb'");
  });
});

test.each([
  ["any shell", commandForShell, ["sh", "bash", "zsh", "fish"]],
  ["that of a person", quoteCommand, ["bash", "zsh"]],
])("%s reads back what was quoted for it", async (_whose, quote, shells) => {
  const words = [
    "",
    "a b",
    "it's",
    "\\",
    "\\\\n",
    "\\'",
    '$HOME `id` "q" \\',
    "a\nb\n",
    "*",
    "~",
    "-n",
    "é😀",
    "\u202e\u200b\x9b\xad\u{e0041}\\x9b\\u{1}",
    "a=b",
    "=ls",
    "%self",
  ];
  const everyByte = String.fromCharCode(...Array.from({ length: 127 }, (_, i) => i + 1));
  const expected = [...words, everyByte];
  for (const shell of shells.filter((name) => Bun.which(name) !== null)) {
    const line = quote(["printf", "%s\\0", ...expected]);
    const read = await new Response(
      Bun.spawn([shell, "-c", line], { env: { PATH: process.env.PATH, LC_ALL: "C.UTF-8" } }).stdout,
    ).text();
    expect(read.split("\0").slice(0, -1)).toEqual(expected);
  }
});

test.each(
  ["sh", "dash", "busybox sh", "fish", "tcsh"].filter(
    (shell) => Bun.which(shell.split(" ")[0] ?? "") !== null,
  ),
)("%s, which does not read it so, takes no part of it for a command", (shell) => {
  for (const word of ["\n'; echo out #", "\n\\'; echo out #", "\n`echo out >&2`$(echo out >&2)\\"]) {
    const { stdout, stderr } = Bun.spawnSync([...shell.split(" "), "-c", `: ${quoteWord(word)}`]);
    expect(`${stdout}${stderr}`.split("\n")).not.toContain("out");
  }
});
