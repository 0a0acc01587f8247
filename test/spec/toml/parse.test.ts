import { describe, expect, test } from "bun:test";
import { parseToml, plainTable } from "../../../src/spec/toml/parse.ts";

describe("a TOML document", () => {
  test("keeps integers and floats apart", () => {
    const parsed = parseToml("a = 4\nb = 4.0\nc = 0x1f\n");
    expect(parsed).toEqual({ table: expect.objectContaining({ a: 4n, b: 4, c: 31n }) });
  });

  test("becomes plain JSON when asked", () => {
    const parsed = parseToml("a = 4\nb = [1.5, {c = 2024-05-01}]\nd = 9007199254740993\ne = -inf\nf = nan\n");
    expect("table" in parsed && plainTable(parsed.table)).toEqual({
      a: 4,
      b: [1.5, { c: "2024-05-01" }],
      d: "9007199254740993",
      e: "-Infinity",
      f: "NaN",
    });
  });
});

describe("a syntax error shows no line that may hold a secret", () => {
  test.each([
    ['[t]\nargs.token = { default = "x }', 2],
    ["[t.args.pin]\ndefault = x\nui = 'password'", 2],
    ["[t]\nargs.pin = { autonomy = 'manual', env = 'P', default = x }", 2],
    ["[t.args.token]\ndefault = x", 2],
    ['[t]\nargs.token = "x"\nargs.n = x', undefined],
    ["[t.args.pin]\ndefault = x\n[t.args.pwd]\nui = 'password'", undefined],
    ['[t]\ndescription = "a token"\ntimeout = x', undefined],
  ])("%j", (source, hidden) => {
    const parsed = parseToml(source);
    const problem = "problem" in parsed ? parsed.problem : "none";
    if (hidden === undefined) expect(problem).toContain("| ");
    else
      expect(problem).toMatch(
        new RegExp(`^line ${hidden}, column \\d+: [^\n]* \\(not shown: a secret may stand there\\)$`),
      );
  });
});

describe("a syntax error shows line, column, the line and a caret", () => {
  test.each([
    ['"日本" = ]', 'line 1, column 8: found something that is not a value\n1 | "日本" = ]\n  |          ^'],
    ['[x]\nb = "y\n', 'line 2, column 7: the quotes are not closed on this line\n2 | b = "y\n  |       ^'],
    [
      "a = 1\r\nb = 1 2\r\n",
      "line 2, column 7: found more after the value; each key goes on a line of its own\n2 | b = 1 2\n  |       ^",
    ],
    ["\ta = ]\n", "line 1, column 6: found something that is not a value\n1 |  a = ]\n  |      ^"],
    ["a = [1,\n", "line 2, column 1: found the end, expected a value or a closing bracket\n2 | \n  | ^"],
    [`${"a.".repeat(300)}a = 1`, "tables are nested more than 200 deep"],
    [
      "a\x1b[31m = 1",
      "line 1, column 2: found a character that a key can only have in quotes\n1 | a\\x1b[31m = 1\n  |  ^",
    ],
    [`${"\n".repeat(11)}!`, 'line 12, column 1: expected "=" and a value after the key\n12 | !\n   | ^'],
  ])("%j", (source, problem) => {
    expect(parseToml(source)).toEqual({ problem });
  });

  test.each<[source: string, at: string, what: string]>([
    ["a = ", "1:5", "found no value"],
    ["a = prod\n", "1:5", "found a word without quotes; text goes in quotes"],
    ["a = True\n", "1:5", "found True, expected true or false"],
    ["a = None\n", "1:5", "found None, which TOML does not have: leave the line out"],
    ["a = 30s\n", "1:7", "found a number that goes on with other characters; text goes in quotes"],
    ["a = 007\n", "1:5", "found a number with a leading zero"],
    ["a = -.5\n", "1:5", "found a number without a digit before its point"],
    ["a = 5.\n", "1:5", "found a number that lacks digits at its end"],
    ["a = 1__0\n", "1:7", "found a number with an underscore that is not between two digits"],
    ["a = 2024-13-01\n", "1:5", "found a date or a time that does not exist"],
    ["a = #fff\n", "1:5", 'found no value: "#" begins a comment; text goes in quotes'],
    ["a = {b}\n", "1:7", 'expected "=" and a value after the key'],
    ["a = [./x]\n", "1:6", "found a word without quotes; text goes in quotes"],
    ['a = ["x",\nb = 1\n', "2:1", "expected a value or the closing bracket of the list above"],
    ['a = ["x",\n[b.c]\n', "2:2", "expected a value or the closing bracket of the list above"],
    ["// a\n", "1:1", 'found no key; a comment begins with "#"'],
    ["a = “x”\n", "1:5", `found a quote of another kind; text goes in "…" or '…'`],
    [
      "a = 'It's'\n",
      "1:9",
      `found more after the value; each key goes on a line of its own; an apostrophe ends a text in '…', so write it in "…"`,
    ],
    ["a = {b = 1\nc = 2}", "2:1", "expected a comma or the closing bracket"],
    ["[a\n", "1:3", "the bracket is not closed on this line"],
    [
      'a = "C:\\Users\\x"',
      "1:10",
      "found \\u or \\U without the digits of a character; in '…' a backslash means nothing",
    ],
    ["a = {b: 1, c = 2}", "1:7", 'expected "=" and a value after the key'],
    ["a += 1", "1:3", 'expected "=" and a value after the key'],
    ["a\n", "1:2", 'expected "=" and a value after the key'],
    ['a = "\\q"', "1:7", "found a backslash with a meaning that TOML does not know; in '…' it means nothing"],
    ["[Deploy Tool]", "1:9", "found a character that a name in brackets can only have in quotes"],
    ["a = 1\na = 2", "2:1", "this table or key is already there, in line 1"],
    ['[x]\na = 1\n[y]\na = 1\n"a" = 2', "5:1", "this table or key is already there, further up"],
    ["[x]\na = 1\n[y]\na.b = 1\na.b = 2", "5:1", "this table or key is already there, in line 4"],
    [" [x] # one\na = 1\n[x]", "3:2", "this table or key is already there, in line 1"],
    [
      '[x]\n"w-[a-z] #" = 1\n"w-[0-9] #" = 2\n"w-[0-9] #" = 3',
      "4:1",
      "this table or key is already there, in line 3",
    ],
    ['[x."a]b"]\n[x."a]c"]\n[x."a]c"]', "3:2", "this table or key is already there, in line 2"],
    ["# none\na . b = 1\na . b = 2", "3:1", "this table or key is already there, further up"],
    ['t = """\n[x]\n"""\n[x]\n[x]', "5:2", "this table or key is already there, further up"],
  ])("%j, at %s: %s", (source, at, what) => {
    const parsed = parseToml(source);
    const [first] = "problem" in parsed ? parsed.problem.split("\n") : [];
    expect(first).toBe(`line ${at.replace(":", ", column ")}: ${what}`);
  });
});
