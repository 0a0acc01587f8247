import { describe, expect, test } from "bun:test";
import { labelOf } from "../../src/arguments/describe.ts";
import type { Argument, Value } from "../../src/arguments/model.ts";
import { readCommandLine } from "../../src/arguments/words.ts";
import { argsOf } from "../spec/declared.ts";

const ARGS = argsOf(`
target = {type = "str", position = 1}
files = {type = "path", position = 2, multiple = true, required = false}
verbose = {default = false, short = "-v"}
color = {default = true}
lines = {default = 10, short = "-n", range = [-100, 100]}
ratio = {type = "float", required = false}
level = {options = ["info", "warn", "error"], default = "warn", short = "l"}
port = {options = [80, 443], required = false}
share = {options = [1, 2.5], required = false}
sure = {type = "bool", required = false}
tag = {type = "str", multiple = true, short = "t"}
fields = {type = "int", delimiter = ",", required = false}
dry-run = false
old = {default = 1, deprecated = "use --lines"}
extra = {type = "rest"}
`);

type Given = Record<string, Value>;

/** As where every argument has a value without the caller. */
function parseWords(words: readonly string[], args: readonly Argument[]) {
  return readCommandLine(words, { args, groups: [] }, new Map(args.map(({ name }) => [name, false])));
}

test("a flag that could mean two arguments of a foreign server means none", () => {
  const args = ["a-b_c", "a_b-c"].map(
    (name): Argument => ({ name, type: "flag", required: false, multiple: false, env: [] }),
  );
  const exact = parseWords(["--a_b-c"], args);
  expect([Object.fromEntries(exact.given), exact.problems]).toEqual([{ "a_b-c": true }, []]);
  const loose = parseWords(["--a-b-c"], args);
  expect([Object.fromEntries(loose.given), loose.problems.length]).toEqual([{}, 1]);
});

describe("words that are right", () => {
  const rows: [string[], Given][] = [
    [[], {}],
    [["host"], { target: "host" }],
    [["host", "a", "b c", ""], { target: "host", files: ["a", "b c", ""] }],
    [["--target", "host", "a"], { target: "host", files: ["a"] }],
    [["a", "--target=host"], { target: "host", files: ["a"] }],
    [["--verbose"], { verbose: true }],
    [["-v"], { verbose: true }],
    [["--no-verbose"], { verbose: false }],
    [["--verbose=false"], { verbose: false }],
    [["--verbose=No"], { verbose: false }],
    [["-v=0"], { verbose: false }],
    [["--no-color"], { color: false }],
    [["--verbose", "--no-verbose"], { verbose: false }],
    [["--no-verbose", "-v"], { verbose: true }],
    [["--lines", "5"], { lines: 5 }],
    [["--lines=5"], { lines: 5 }],
    [["--lines", "-5"], { lines: -5 }],
    [["--lines=-5"], { lines: -5 }],
    [["-n", "-5"], { lines: -5 }],
    [["-n5"], { lines: 5 }],
    [["-n-5"], { lines: -5 }],
    [["-n=5"], { lines: 5 }],
    [["-vn5"], { verbose: true, lines: 5 }],
    [["-vn", "5"], { verbose: true, lines: 5 }],
    [["--lines", "+007"], { lines: "+007" }],
    [["--lines", "-0"], { lines: "-0" }],
    [["--ratio", "-.5"], { ratio: "-.5" }],
    [["--ratio", "1e-3"], { ratio: "1e-3" }],
    [["--share", "2.5"], { share: 2.5 }],
    [["--level", "info"], { level: "info" }],
    [["-linfo"], { level: "info" }],
    [["--port", "443"], { port: 443 }],
    [["--sure", "yes"], { sure: true }],
    [["--sure=off"], { sure: false }],
    [["--no-sure"], { sure: false }],
    [["--tag", "a", "--tag=b", "-tc", "-t", "--verbose"], { tag: ["a", "b", "c", "--verbose"] }],
    [["--tag", ""], { tag: [""] }],
    [["--tag="], { tag: [""] }],
    [["--tag", "--"], { tag: ["--"] }],
    [["--tag", "--help"], { tag: ["--help"] }],
    [["--tag=a=b"], { tag: ["a=b"] }],
    [["--tag", "Grüße 🌍\n"], { tag: ["Grüße 🌍\n"] }],
    [["--fields", "1,-2,3"], { fields: [1, -2, 3] }],
    [["--fields", ""], {}],
    [["--dry_run"], { "dry-run": true }],
    [["--no-dry_run"], { "dry-run": false }],
    [["-5"], { target: "-5" }],
    [["-"], { target: "-" }],
    [["-.5", "-1e3"], { target: "-.5", files: ["-1e3"] }],
    [["--", "-v", "--", "--help", ""], { extra: ["-v", "--", "--help", ""] }],
    [["host", "--"], { target: "host" }],
    [["-v", "host", "--", "x"], { target: "host", verbose: true, extra: ["x"] }],
  ];
  test.each(rows)("%j", (words, given) => {
    const parsed = parseWords(words, ARGS);
    expect(parsed).toMatchObject({ problems: [], help: false, notes: [] });
    expect(Object.fromEntries(parsed.given)).toEqual(given);
  });
});

describe("words that are wrong", () => {
  const rows: [string[], string[]][] = [
    [["--levle", "x"], ['--levle: there is no such flag; did you mean "--level"?']],
    [["--no-verbos"], ['--no-verbos: there is no such flag; did you mean "--no-verbose"?']],
    [["--no-lines"], ["--no-lines: there is no such flag; --lines takes a value"]],
    [["--xx-verbose"], ['--xx-verbose: there is no such flag; did you mean "--no-verbose"?']],
    [["-verbos"], ['-e: there is no such flag (in "-verbos"); did you mean "--verbose"?']],
    [["-LEVEL=x"], ['-L: there is no such flag (in "-LEVEL=x"); did you mean "--level"?']],
    [["--xyz"], ["--xyz: there is no such flag; see --help for those there are"]],
    [["--="], ["--: there is no such flag; see --help for those there are"]],
    [["-x"], ["-x: there is no such flag; see --help for those there are"]],
    [["-vx5"], ['-x: there is no such flag (in "-vx5"); see --help for those there are']],
    [["--no-verbose=1"], ["--no-verbose: takes no value; it says --verbose=false"]],
    [["--verbose=maybe"], ['--verbose: found "maybe", expected true or false']],
    [["--lines"], ["--lines: needs a value, expected an integer from -100 to 100"]],
    [["-vn"], ["--lines: needs a value, expected an integer from -100 to 100"]],
    [["--tag"], ["--tag: needs a value, expected a string"]],
    [["--lines", "many"], ['--lines: found "many", expected an integer from -100 to 100']],
    [["--lines", "1.0"], ['--lines: found "1.0", expected an integer from -100 to 100']],
    [["--lines", "0x10"], ['--lines: found "0x10", expected an integer from -100 to 100']],
    [["--lines", " 5"], ['--lines: found " 5", expected an integer from -100 to 100']],
    [["--lines="], ['--lines: found "", expected an integer from -100 to 100']],
    [["--lines", "101"], ["--lines: found 101, expected an integer from -100 to 100"]],
    [["--share", "2"], ["--share: found 2, expected one of 1, 2.5"]],
    [["--ratio", "nan"], ['--ratio: found "nan", expected a number']],
    [["--ratio", "1e999"], ["--ratio: found 1e999, expected a number"]],
    [["--level", "INFO"], ['--level: found "INFO", expected one of "info", "warn", "error"']],
    [["--port", "22"], ["--port: found 22, expected one of 80, 443"]],
    [["--sure"], ["--sure: needs a value, expected true or false"]],
    [
      ["--fields", "1,b,c"],
      ['--fields: item 2: found "b", expected an integer; item 3: found "c", expected an integer'],
    ],
    [["--extra", "x"], ['<extra>: has no flag; its words come after a "--" of their own']],
    [
      ["--tag", "a\0b"],
      ['--tag: found "a\\x00b", which no program can be given: it holds a NUL or half of a character'],
    ],
    [
      ["--lines", "x", "--oops", "--level=y"],
      [
        "--oops: there is no such flag; see --help for those there are",
        '--lines: found "x", expected an integer from -100 to 100',
        '--level: found "y", expected one of "info", "warn", "error"',
      ],
    ],
  ];
  test.each(rows)("%j", (words, problems) => {
    expect(parseWords(words, ARGS).problems).toEqual(problems);
  });
});

test("a flag without its value is not missed as well", () => {
  const args = argsOf('token = {type = "str"}');
  const { problems } = readCommandLine(["--token"], { args, groups: [] }, new Map());
  expect(problems).toEqual(["--token: needs a value, expected a string"]);
});

describe("too many words", () => {
  const none = argsOf("verbose = false");
  const one = argsOf('target = {type = "str", position = 1}');
  const wrap = argsOf('extra = {type = "rest"}');
  const login = argsOf(
    'user = {type = "str", position = 1}\npassword = {type = "str"}\nverbose = {type = "flag", short = "-v"}',
  );
  const lists = argsOf('tag = {type = "str", multiple = true}\nfield = {type = "str", delimiter = ","}');
  test.each([
    [
      lists,
      ["--tag", "a", "b"],
      'unexpected "b": no word without a flag is expected; a list is written --tag a --tag b',
    ],
    [
      lists,
      ["--field", "a", "b"],
      'unexpected "b": no word without a flag is expected; a list is written --field a,b',
    ],
    [none, ["a", "b"], 'unexpected "a", "b": no word without a flag is expected'],
    [
      none,
      ["--verbose", "true"],
      `unexpected "true": no word without a flag is expected; a flag's value is written --verbose=false`,
    ],
    [one, ["a", "b"], 'unexpected "b": only <target> is expected'],
    [
      one,
      ["-5", "b"],
      'unexpected "b": only <target> is expected; what begins with - and a digit is taken for a value',
    ],
    [
      argsOf('target = {type = "str", position = 1}\nforce = {type = "flag"}'),
      ["--force", "no", "a"],
      `unexpected "a": only <target> is expected; a flag's value is written --force=false`,
    ],
    // No flag is given: it is the beginning of a text without quotes.
    [one, ["no", "thanks"], 'unexpected "thanks": only <target> is expected'],
    [
      argsOf('target = {type = "str", position = 1}\nforce = {type = "flag"}'),
      ["--force", "a", "b"],
      'unexpected "b": only <target> is expected',
    ],
    [
      wrap,
      ["a"],
      'unexpected "a": no word without a flag is expected; words for <extra> come after a "--" of their own',
    ],
    [
      argsOf("times = 1\ntimeout = 2"),
      ["--tim=3"],
      '--tim: there is no such flag; did you mean "--times" or "--timeout"?',
    ],
    // A secret of several words that was typed without quotes, or behind a flag that is none.
    [login, ["ada", "--password", "my", "pass"], "unexpected 1 word (not shown): only <user> is expected"],
    [login, ["ada", "my", "pass"], "unexpected 2 words (not shown): only <user> is expected"],
    [login, ["ada", "-phunter2"], '-p: there is no such flag; did you mean "--password"?'],
    [login, ["ada", "-vphunter2"], '-p: there is no such flag; did you mean "--password"?'],
    // As PowerShell writes it, and what a caller quoted as one word.
    [login, ["ada", "--password:hunter2"], '--password…: there is no such flag; did you mean "--password"?'],
    [login, ["ada", "--password hunter2"], '--password…: there is no such flag; did you mean "--password"?'],
    [
      argsOf("times = 1"),
      ["--token hunter2"],
      "--token…: there is no such flag; see --help for those there are",
    ],
    [argsOf("times = 1"), ["-token:x"], '-t: there is no such flag; did you mean "--times"?'],
  ])("are said to be", (args, words, problem) => {
    expect(parseWords(words, args).problems).toEqual([problem]);
  });

  test.each(["--token", "--API-KEY", "--db-password"])(
    "are not quoted behind %s, which is not there",
    (flag) => {
      expect(parseWords([flag, "hunter2"], none).problems).toContain(
        "unexpected 1 word (not shown): no word without a flag is expected",
      );
    },
  );
});

describe("a second --", () => {
  const args = argsOf('target = {type = "str", position = 1}\nverbose = false');
  test("makes plain words of what follows where there is no rest", () => {
    const { given, problems } = parseWords(["--verbose", "--", "--target"], args);
    expect({ given: Object.fromEntries(given), problems }).toEqual({
      given: { target: "--target", verbose: true },
      problems: [],
    });
  });
});

describe("a name with - or _", () => {
  const both = argsOf("a-b-c = 1\na_b-d = 1");
  test("is found in the other spelling, but its own comes first", () => {
    expect(Object.fromEntries(parseWords(["--a_b_c=2", "--a-b-d=3"], both).given)).toEqual({
      "a-b-c": 2,
      "a_b-d": 3,
    });
  });
  test("is not guessed when it could be two", () => {
    const [first, second] = [...argsOf("a-b = 1"), ...argsOf("a_b = 2")];
    if (first === undefined || second === undefined) throw new Error("two arguments");
    expect(parseWords(["--a-b=5"], [first, second]).given).toEqual(new Map([["a-b", 5]]));
    expect(parseWords(["--a_b=5"], [first, second]).given).toEqual(new Map([["a_b", 5]]));
  });
});

describe("--help", () => {
  test.each([
    [["--help"], true],
    [["-h"], true],
    [["-vh"], true],
    [["--oops", "--help", "--lines"], true],
    [["--tag", "--help"], false],
    [["--tag", "-h"], false],
    [["--", "--help"], false],
    [["--help=yes"], false],
  ])("%j: %p", (words, help) => {
    expect(parseWords(words, ARGS).help).toBe(help);
  });
});

test("notes tell of what is deprecated, and of a value that another one replaced", () => {
  expect(parseWords(["--old", "3"], ARGS).notes).toEqual(["--old is deprecated: use --lines"]);
  expect(parseWords(["--lines=1", "-n2", "-v", "-v"], ARGS)).toMatchObject({
    given: new Map<string, Value>([
      ["verbose", true],
      ["lines", 2],
    ]),
    notes: ["--lines is given 2 times; the last one counts"],
  });
});

test("what was given but does not fit is present all the same", () => {
  const { given, present } = parseWords(["--lines", "x", "host"], ARGS);
  expect([...given.keys()]).toEqual(["target"]);
  expect([...present.keys()].sort()).toEqual(["lines", "target"]);
});

test("a label is what a person would write", () => {
  expect(ARGS.map(labelOf)).toEqual([
    "<target>",
    "<files>",
    "--verbose",
    "--color",
    "--lines",
    "--ratio",
    "--level",
    "--port",
    "--share",
    "--sure",
    "--tag",
    "--fields",
    "--dry-run",
    "--old",
    "<extra>",
  ]);
});

test.each(["\u00e9t\u00e9", "e\u0301te\u0301"])(
  "%s is the same name, however its accents are written",
  (name) => {
    const args = argsOf(`"${name}" = {default = 1}`);
    const given = ["\u00e9t\u00e9", "e\u0301te\u0301"].map(
      (typed) => parseWords([`--${typed}=2`], args).given,
    );
    expect(given).toEqual([new Map([[name, 2]]), new Map([[name, 2]])]);
  },
);

test("a single dash before a name of one letter that has no short flag: the flag is named", () => {
  const { problems } = parseWords(["-n", "-x"], argsOf("n = 10"));
  expect(problems).toEqual([
    '-n: there is no such flag; did you mean "--n"?',
    "-x: there is no such flag; see --help for those there are",
  ]);
});
