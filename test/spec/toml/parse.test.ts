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
  const rows: [string, string][] = [
    ['"日本" = ]', 'line 1, column 8: found something that is not a value\n1 | "日本" = ]\n  |          ^'],
    ["a = ", "line 1, column 5: found no value\n1 | a = \n  |     ^"],
    [
      "a = prod\n",
      "line 1, column 5: found a word without quotes; text goes in quotes\n1 | a = prod\n  |     ^",
    ],
    ['[x]\nb = "y\n', 'line 2, column 7: the quotes are not closed on this line\n2 | b = "y\n  |       ^'],
    [
      "a = 1\r\nb = 1 2\r\n",
      "line 2, column 7: found more after the value; each key goes on a line of its own\n2 | b = 1 2\n  |       ^",
    ],
    ["\ta = ]\n", "line 1, column 6: found something that is not a value\n1 |  a = ]\n  |      ^"],
    ["a = True\n", "line 1, column 5: found True, expected true or false\n1 | a = True\n  |     ^"],
    [
      "a = None\n",
      "line 1, column 5: found None, which TOML does not have: leave the line out\n1 | a = None\n  |     ^",
    ],
    [
      "a = 30s\n",
      "line 1, column 7: found a number that goes on with other characters; text goes in quotes\n1 | a = 30s\n  |       ^",
    ],
    ["a = 007\n", "line 1, column 5: found a number with a leading zero\n1 | a = 007\n  |     ^"],
    [
      "a = -.5\n",
      "line 1, column 5: found a number without a digit before its point\n1 | a = -.5\n  |     ^",
    ],
    ["a = 5.\n", "line 1, column 5: found a number that lacks digits at its end\n1 | a = 5.\n  |     ^"],
    [
      "a = 1__0\n",
      "line 1, column 7: found a number with an underscore that is not between two digits\n1 | a = 1__0\n  |       ^",
    ],
    [
      "a = 2024-13-01\n",
      "line 1, column 5: found a date or a time that does not exist\n1 | a = 2024-13-01\n  |     ^",
    ],
    [
      "a = #fff\n",
      'line 1, column 5: found no value: "#" begins a comment; text goes in quotes\n1 | a = #fff\n  |     ^',
    ],
    ["a = {b}\n", 'line 1, column 7: expected "=" and a value after the key\n1 | a = {b}\n  |       ^'],
    [
      "a = [./x]\n",
      "line 1, column 6: found a word without quotes; text goes in quotes\n1 | a = [./x]\n  |      ^",
    ],
    [
      'a = ["x",\nb = 1\n',
      "line 2, column 1: expected a value or the closing bracket of the list above\n2 | b = 1\n  | ^",
    ],
    [
      'a = ["x",\n[b.c]\n',
      "line 2, column 2: expected a value or the closing bracket of the list above\n2 | [b.c]\n  |  ^",
    ],
    ["// a\n", 'line 1, column 1: found no key; a comment begins with "#"\n1 | // a\n  | ^'],
    [
      "a = “x”\n",
      `line 1, column 5: found a quote of another kind; text goes in "…" or '…'\n1 | a = “x”\n  |     ^`,
    ],
    [
      "a = 'It's'\n",
      `line 1, column 9: found more after the value; each key goes on a line of its own; an apostrophe ends a text in '…', so write it in "…"\n1 | a = 'It's'\n  |         ^`,
    ],
    ["a = {b = 1\nc = 2}", "line 2, column 1: expected a comma or the closing bracket\n2 | c = 2}\n  | ^"],
    ["[a\n", "line 1, column 3: the bracket is not closed on this line\n1 | [a\n  |   ^"],
    [
      'a = "C:\\Users\\x"',
      "line 1, column 10: found \\u or \\U without the digits of a character; in '…' a backslash means nothing\n1 | a = \"C:\\Users\\x\"\n  |          ^",
    ],
    [
      "a = {b: 1, c = 2}",
      'line 1, column 7: expected "=" and a value after the key\n1 | a = {b: 1, c = 2}\n  |       ^',
    ],
    ["a += 1", 'line 1, column 3: expected "=" and a value after the key\n1 | a += 1\n  |   ^'],
    ["a\n", 'line 1, column 2: expected "=" and a value after the key\n1 | a\n  |  ^'],
    ["a = [1,\n", "line 2, column 1: found the end, expected a value or a closing bracket\n2 | \n  | ^"],
    [
      'a = "\\q"',
      "line 1, column 7: found a backslash with a meaning that TOML does not know; in '…' it means nothing\n1 | a = \"\\q\"\n  |       ^",
    ],
    [
      "[Deploy Tool]",
      "line 1, column 9: found a character that a name in brackets can only have in quotes\n1 | [Deploy Tool]\n  |         ^",
    ],
    [`${"a.".repeat(300)}a = 1`, "tables are nested more than 200 deep"],
    ["a = 1\na = 2", "line 2, column 1: this table or key is already there, in line 1\n2 | a = 2\n  | ^"],
    [
      '[x]\na = 1\n[y]\na = 1\n"a" = 2',
      `line 5, column 1: this table or key is already there, further up\n5 | "a" = 2\n  | ^`,
    ],
    [
      "[x]\na = 1\n[y]\na.b = 1\na.b = 2",
      "line 5, column 1: this table or key is already there, in line 4\n5 | a.b = 2\n  | ^",
    ],
    [
      " [x] # one\na = 1\n[x]",
      "line 3, column 2: this table or key is already there, in line 1\n3 | [x]\n  |  ^",
    ],
    [
      '[x]\n"w-[a-z] #" = 1\n"w-[0-9] #" = 2\n"w-[0-9] #" = 3',
      `line 4, column 1: this table or key is already there, in line 3\n4 | "w-[0-9] #" = 3\n  | ^`,
    ],
    [
      '[x."a]b"]\n[x."a]c"]\n[x."a]c"]',
      `line 3, column 2: this table or key is already there, in line 2\n3 | [x."a]c"]\n  |  ^`,
    ],
    [
      "# none\na . b = 1\na . b = 2",
      "line 3, column 1: this table or key is already there, further up\n3 | a . b = 2\n  | ^",
    ],
    [
      't = """\n[x]\n"""\n[x]\n[x]',
      "line 5, column 2: this table or key is already there, further up\n5 | [x]\n  |  ^",
    ],
    [
      "a\x1b[31m = 1",
      "line 1, column 2: found a character that a key can only have in quotes\n1 | a\\x1b[31m = 1\n  |  ^",
    ],
    [`${"\n".repeat(11)}!`, 'line 12, column 1: expected "=" and a value after the key\n12 | !\n   | ^'],
  ];
  test.each(rows)("%j", (source, problem) => {
    expect(parseToml(source)).toEqual({ problem });
  });
});
