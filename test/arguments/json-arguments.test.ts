import { describe, expect, test } from "bun:test";
import { readJsonArguments } from "../../src/arguments/json-arguments.ts";
import type { Value } from "../../src/arguments/model.ts";
import { argsOf } from "../spec/declared.ts";

const ARGS = argsOf(`
text = {type = "str", required = false}
count = {type = "int", range = [1, 32], required = false}
share = {type = "float", required = false}
switch = {type = "flag"}
truth = {type = "bool", required = false}
file = {type = "path", required = false}
pick = {options = ["a", "b"], required = false}
number-pick = {options = [1, 2], required = false}
list = {type = "int", multiple = true, required = false}
split = {type = "str", delimiter = ",", required = false}
wide = {type = "str", delimiter = "::", required = false}
rest = {type = "rest"}
old = {default = 1, deprecated = "use count"}
`);

function check(given: object | undefined) {
  return readJsonArguments(given, { args: ARGS, groups: [] }, new Map());
}

test("an empty item has the others joined to it, so that no item may end in a part of the delimiter", () => {
  const args = argsOf('x = {type = "str", multiple = true, delimiter = "::"}');
  const problemsOf = (x: string[]) => readJsonArguments({ x }, { args, groups: [] }, new Map()).problems;
  expect(problemsOf(["a:", "b"])).toEqual([]);
  expect(problemsOf(["a:", ""])).toEqual([
    'x: item 1: found "a:", which ends in a part of "::": there the tool would cut it',
  ]);
});

test("one empty text is an item of a list that nothing cuts", () => {
  const args = argsOf('x = {type = "str", multiple = true}');
  const read = readJsonArguments({ x: [""] }, { args, groups: [] }, new Map());
  expect([Object.fromEntries(read.given), read.problems]).toEqual([{ x: [""] }, []]);
});

describe("values a client gives that are right", () => {
  const rows: [Record<string, unknown>, Record<string, Value>][] = [
    [{}, {}],
    [{ text: "" }, { text: "" }],
    [{ text: "a\nb $(x) 🌍" }, { text: "a\nb $(x) 🌍" }],
    [{ count: 1 }, { count: 1 }],
    [{ count: 32 }, { count: 32 }],
    [{ share: 1 }, { share: 1 }],
    [{ share: -0.5e-9 }, { share: -0.5e-9 }],
    [{ switch: false }, { switch: false }],
    [{ truth: true }, { truth: true }],
    [{ file: "-rf" }, { file: "-rf" }],
    [{ pick: "b" }, { pick: "b" }],
    [{ "number-pick": 2 }, { "number-pick": 2 }],
    [{ number_pick: 2 }, { "number-pick": 2 }],
    [{ list: [] }, {}],
    [{ list: [3, 2, 1] }, { list: [3, 2, 1] }],
    [{ split: "a,b" }, { split: ["a", "b"] }],
    [{ split: [""] }, {}],
    [{ rest: ["--x", "--"] }, { rest: ["--x", "--"] }],
    [{ text: null, count: null, unheard: null }, {}],
    [{ count: "5" }, { count: 5 }],
    [{ count: "" }, {}],
    [{ count: "007" }, { count: "007" }],
    [{ share: "1.10" }, { share: "1.10" }],
    [{ share: JSON.rawJSON("12345678901234567890") }, { share: "12345678901234567890" }],
    [{ count: JSON.rawJSON("5.0") }, { count: 5 }],
    [{ count: JSON.rawJSON("5e0") }, { count: 5 }],
    [{ count: JSON.rawJSON("320e-1") }, { count: 32 }],
    [{ share: JSON.rawJSON("5.0") }, { share: "5.0" }],
    [
      { switch: "true", truth: "No" },
      { switch: true, truth: false },
    ],
    [{ "number-pick": "1" }, { "number-pick": 1 }],
    [{ "number-pick": JSON.rawJSON("2.0") }, { "number-pick": 2 }],
    [{ list: 1 }, { list: [1] }],
    [{ list: "7" }, { list: [7] }],
    [{ list: "[1, 2.0]" }, { list: [1, 2] }],
    [{ list: ["1", null, 2] }, { list: [1, 2] }],
    [{ list: "" }, {}],
    [{ split: ["a", "b"] }, { split: ["a", "b"] }],
    [{ split: '["a", "b"]' }, { split: ["a", "b"] }],
    [{ wide: ["a", ":b", "c:"] }, { wide: ["a", ":b", "c:"] }],
    [{ split: "[a,b]" }, { split: ["[a", "b]"] }],
    [{ rest: "x" }, { rest: ["x"] }],
    [{ rest: '["x", "y z"]' }, { rest: ["x", "y z"] }],
    [{ rest: "[1]" }, { rest: ["[1]"] }],
    [{ wait_for_previous: true, task_progress: "- [x] done", text: "a" }, { text: "a" }],
  ];
  test.each(rows)("%j", (given, values) => {
    const checked = check(given);
    expect(checked).toMatchObject({ problems: [], notes: [] });
    expect(Object.fromEntries(checked.given)).toEqual(values);
  });
  test("no arguments at all", () =>
    expect(check(undefined)).toEqual({ given: new Map(), present: new Map(), problems: [], notes: [] }));
});

describe("values a client gives that are wrong", () => {
  const rows: [object, string[]][] = [
    [{ split: ["a", 1] }, ["split: item 2: found 1, expected a string"]],
    [
      { "": 1 },
      [
        `"": there is no such argument; this tool takes ${ARGS.map(({ name }) => name)
          .join(", ")
          .replace(/, (?=old$)/, " and ")}`,
      ],
    ],
    [{ txet: 1 }, ['txet: there is no such argument; did you mean "text"?']],
    [
      { list: ["9007199254740993"] },
      ["list: found 9007199254740993, expected an integer from -(2^53 - 1) to 2^53 - 1"],
    ],
    [
      { "a\u001b": 1 },
      [
        "a\\x1b: there is no such argument; this tool takes text, count, share, switch, truth, file, pick, number-pick, list, split, wide, rest and old",
      ],
    ],
    [
      JSON.parse('{"__proto__": 1}'),
      [
        "__proto__: there is no such argument; this tool takes text, count, share, switch, truth, file, pick, number-pick, list, split, wide, rest and old",
      ],
    ],
    [{ "number-pick": 1, number_pick: 1 }, ["number-pick: given twice, also as number_pick"]],
    [{ text: 5 }, ["text: found 5, expected a string"]],
    [{ text: JSON.rawJSON("1".repeat(99)) }, [`text: found ${"1".repeat(60)}…, expected a string`]],
    [{ text: ["a"] }, ['text: found ["a"], expected a string']],
    [{ text: {} }, ["text: found an object, expected a string"]],
    [
      { text: "a\0b" },
      ['text: found "a\\x00b", which no program can be given: it holds a NUL or half of a character'],
    ],
    [
      { file: "\ud800" },
      ['file: found "\\ud800", which no program can be given: it holds a NUL or half of a character'],
    ],
    [{ count: "five" }, ['count: found "five", expected an integer from 1 to 32']],
    [{ count: 1.5 }, ["count: found 1.5, expected an integer from 1 to 32"]],
    [{ count: 0 }, ["count: found 0, expected an integer from 1 to 32"]],
    [{ count: 33 }, ["count: found 33, expected an integer from 1 to 32"]],
    [{ count: 2 ** 53 }, ["count: found 9007199254740992, expected an integer from 1 to 32"]],
    [{ count: true }, ["count: found true, expected an integer from 1 to 32"]],
    [{ split: ["a", "b,c"] }, ['split: item 2: found "b,c", which holds ",": there the tool would cut it']],
    [
      { wide: ["a:", ":b", "c:"] },
      ['wide: item 1: found "a:", which ends in a part of "::": there the tool would cut it'],
    ],
    [{ split: '["a", "b,c"]' }, ['split: item 2: found "b,c", which holds ",": there the tool would cut it']],
    [{ split: "[1]" }, ["split: found 1, expected a string"]],
    [{ switch: 0 }, ["switch: found 0, expected true or false"]],
    [{ truth: JSON.rawJSON("1.10") }, ["truth: found 1.10, expected true or false"]],
    [{ truth: "maybe" }, ['truth: found "maybe", expected true or false']],
    [{ pick: "c" }, ['pick: found "c", expected one of "a", "b"']],
    [{ pick: 1 }, ['pick: found 1, expected one of "a", "b"']],
    [{ list: {} }, ["list: found an object, expected a list such as [1, 2]"]],
    [
      { list: [1, "b", 2.5] },
      ['list: item 2: found "b", expected an integer; item 3: found 2.5, expected an integer'],
    ],
    [
      { text: 1, count: 99, nope: 2 },
      [
        "nope: there is no such argument; this tool takes text, count, share, switch, truth, file, pick, number-pick, list, split, wide, rest and old",
        "text: found 1, expected a string",
        "count: found 99, expected an integer from 1 to 32",
      ],
    ],
  ];
  test.each(rows)("%j", (given, problems) => {
    expect(check(given).problems).toEqual(problems);
  });
  test("a text that is a list of lists in lists, however deep, costs no stack", () => {
    const split = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    expect(check({ split }).problems).toEqual(["split: found [[…]], expected a string"]);
  });
  test("for a tool that takes nothing", () => {
    expect(readJsonArguments({ a: 1 }, { args: [], groups: [] }, new Map()).problems).toEqual([
      "a: there is no such argument; this tool takes none",
    ]);
  });
  test("many items cost no look at each option: there may be 65,536 of the one and thousands of the other", () => {
    const [one] = argsOf('many = { options = ["a", "b", "c"], multiple = true }\n');
    let looks = 0;
    const options = new Proxy(one?.options ?? [], {
      get(target, key) {
        looks++;
        return Reflect.get(target, key);
      },
    });
    const args = one === undefined ? [] : [{ ...one, options }];
    const looksAt = (items: number) => {
      looks = 0;
      const read = readJsonArguments({ many: Array(items).fill("c") }, { args, groups: [] }, new Map());
      expect(read.problems).toEqual([]);
      return looks;
    };
    looksAt(1);
    expect(looksAt(100)).toBe(looksAt(1));
  });
  test("no secret is named that only a person may give, and nothing that is shown to nobody", () => {
    const shown = argsOf(
      'n = 1\npin = { env = "PIN", autonomy = "manual" }\nown = { autonomy = "manual" }\n',
    );
    const args = [...shown, ...argsOf("h = 1").map((one) => ({ ...one, hidden: true as const }))];
    expect(readJsonArguments({ pni: 1, x: 1 }, { args, groups: [] }, new Map()).problems.slice(0, 2)).toEqual(
      [
        "pni: there is no such argument; this tool takes n and own",
        "x: there is no such argument; this tool takes n and own",
      ],
    );
  });
  test("of a secret, nothing that was given is shown", () => {
    const args = argsOf(
      'pin = { type = "int", ui = "password" }\npins = { type = "int", ui = "password", delimiter = "," }',
    );
    const given = { pin: "hunter2", pins: [1, "hunter2"] };
    expect(readJsonArguments(given, { args, groups: [] }, new Map()).problems).toEqual([
      "pin: found something else (not shown), expected an integer",
      "pins: found something else (not shown), expected each item to be an integer",
    ]);
  });
  test("of a list, no more than ten items", () => {
    expect(
      check({ list: Array(1000).fill("x") })
        .problems.join()
        .match(/item \d+/g),
    ).toHaveLength(10);
  });
});

test.each([
  ["password=hunter2", 'password…: there is no such argument; did you mean "password"?'],
  ["--password hunter2", '--password…: there is no such argument; did you mean "password"?'],
  ["-p hunter2", "-p…: there is no such argument; this tool takes password"],
])("what stands behind a name that is not there may be a secret: %s", (name, problem) => {
  const args = argsOf('password = { ui = "password", required = false }\n');
  expect(readJsonArguments({ [name]: true }, { args, groups: [] }, new Map()).problems).toEqual([problem]);
});

test.each([
  ["token=hunter2", "token…: there is no such argument; this tool takes count"],
  ["--db-password: hunter2", "--db-password…: there is no such argument; this tool takes count"],
  ["size=3", "size=3: there is no such argument; this tool takes count"],
])("of a tool without secrets, what stands behind the name of one: %s", (name, problem) => {
  const args = argsOf('count = { type = "int", required = false }\n');
  expect(readJsonArguments({ [name]: true }, { args, groups: [] }, new Map()).problems).toEqual([problem]);
});

test("deprecated arguments are noted when they are given", () => {
  expect(check({ old: 5 }).notes).toEqual(["old is deprecated: use count"]);
});

test("what clients inject for themselves is the tool's where it has declared that", () => {
  const args = argsOf('wait_for_previous = {type = "bool"}');
  const { given } = readJsonArguments({ wait_for_previous: true }, { args, groups: [] }, new Map());
  expect([...given]).toEqual([["wait_for_previous", true]]);
});

test.each([
  ["{ type = 'bool', required = false }", []],
  ["{ type = 'flag' }", []],
  ["{ options = ['a', 'b'], required = false }", []],
  ["{ options = ['a', 'b'], multiple = true, required = false }", []],
  ["{ options = ['a', ''], required = false }", ["n"]],
  ["{ type = 'str', required = false }", ["n"]],
])("an empty text for %s is given for %j", (declared, names) => {
  const { given, problems } = readJsonArguments(
    { n: "" },
    { args: argsOf(`n = ${declared}`), groups: [] },
    new Map(),
  );
  expect([[...given.keys()], problems]).toEqual([names, []]);
});

test("an empty text is no number where none need be given, and wrong where one must", () => {
  const read = (lines: string, preset: [string, boolean][] = []) =>
    readJsonArguments({ n: "" }, { args: argsOf(lines), groups: [] }, new Map(preset)).problems;
  expect(read("n = {type = 'int', required = false}")).toEqual([]);
  expect(read("n = {type = 'int'}", [["n", true]])).toEqual([]);
  expect(read("n = {type = 'int'}")).toEqual(['n: found "", expected an integer']);
  expect(read("n = {options = ['a']}")).toEqual(['n: found "", expected "a"']);
});
