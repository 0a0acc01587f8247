import { describe, expect, test } from "bun:test";
import { checkGiven, checkPlaces, checkRequired } from "../../src/arguments/check.ts";
import { checkGroups, rulesForCaller } from "../../src/arguments/check-groups.ts";
import type { Group, Value } from "../../src/arguments/model.ts";
import { argsOf, toolOf } from "../spec/argument.ts";

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
rest = {type = "rest"}
old = {default = 1, deprecated = "use count"}
`);

function check(given: unknown) {
  return checkGiven(given, ARGS, [], new Map());
}

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
    [{ list: [] }, { list: [] }],
    [{ list: [3, 2, 1] }, { list: [3, 2, 1] }],
    [{ split: "a,b" }, { split: ["a", "b"] }],
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
    expect(check(undefined)).toEqual({ given: new Map(), problems: [], notes: [] }));
});

describe("values a client gives that are wrong", () => {
  const rows: [unknown, string[]][] = [
    ["x", ['arguments: found "x", expected an object']],
    [[1], ["arguments: found [1], expected an object"]],
    [null, ["arguments: found null, expected an object"]],
    [{ txet: 1 }, ['txet: there is no such argument; did you mean "text"?']],
    [
      { "a\u001b": 1 },
      [
        "a\\x1b: there is no such argument; this tool takes text, count, share, switch, truth, file, pick, number-pick, list, split, rest and old",
      ],
    ],
    [
      JSON.parse('{"__proto__": 1}'),
      [
        "__proto__: there is no such argument; this tool takes text, count, share, switch, truth, file, pick, number-pick, list, split, rest and old",
      ],
    ],
    [{ "number-pick": 1, number_pick: 1 }, ["number-pick: given twice, also as number_pick"]],
    [{ text: 5 }, ["text: found 5, expected a string"]],
    [{ text: ["a"] }, ['text: found ["a"], expected a string']],
    [{ text: {} }, ["text: found a table, expected a string"]],
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
    [{ split: '["a", "b,c"]' }, ['split: item 2: found "b,c", which holds ",": there the tool would cut it']],
    [{ split: "[1]" }, ["split: found 1, expected a string"]],
    [{ switch: 0 }, ["switch: found 0, expected true or false"]],
    [{ truth: "maybe" }, ['truth: found "maybe", expected true or false']],
    [{ pick: "c" }, ['pick: found "c", expected one of "a", "b"']],
    [{ pick: 1 }, ['pick: found 1, expected one of "a", "b"']],
    [{ list: {} }, ["list: found a table, expected a list such as [1, 2]"]],
    [
      { list: [1, "b", 2.5] },
      ['list: item 2: found "b", expected an integer; item 3: found 2.5, expected an integer'],
    ],
    [
      { text: 1, count: 99, nope: 2 },
      [
        "nope: there is no such argument; this tool takes text, count, share, switch, truth, file, pick, number-pick, list, split, rest and old",
        "text: found 1, expected a string",
        "count: found 99, expected an integer from 1 to 32",
      ],
    ],
  ];
  test.each(rows)("%j", (given, problems) => {
    expect(check(given).problems).toEqual(problems);
  });
  test("for a tool that takes nothing", () => {
    expect(checkGiven({ a: 1 }, [], [], new Map()).problems).toEqual([
      "a: there is no such argument; this tool takes none",
    ]);
  });
});

test("deprecated arguments are noted when they are given", () => {
  expect(check({ old: 5 }).notes).toEqual(["old is deprecated: use count"]);
});

describe("what is required", () => {
  const args = argsOf(`
needed = {type = "str"}
with-default = {default = 1}
optional = {type = "str", required = false}
switch = {type = "flag"}
must = {type = "flag", required = true}
secret = {type = "str", env = ["KEY", "OTHER_KEY"]}
rest = {type = "rest"}
`);
  const needed = "needed is required";
  const must = "must is required";
  const secret = "secret is required (or set KEY or OTHER_KEY in the tool's environment)";
  const rows: [string[], string[], string[]][] = [
    [[], [], [needed, must, secret]],
    [["needed"], ["secret"], [must]],
    [["needed", "must", "secret"], [], []],
    [[], ["needed", "must", "secret"], []],
  ];
  test.each(rows)("given %j, known %j", (given, known, problems) => {
    expect(checkRequired(new Set(given), args, new Set(known))).toEqual(problems);
  });
  test("is not also missing when it is there but wrong", () => {
    expect(checkGiven({ needed: 5, must: true, secret: "x" }, args, [], new Map()).problems).toEqual([
      "needed: found 5, expected a string",
    ]);
    expect(checkGiven({ needed: null, must: true, secret: "x" }, args, [], new Map()).problems).toEqual([
      needed,
    ]);
  });
});

describe("groups", () => {
  const { groups, args } = toolOf(`
[tool.args]
a = {type = "str", required = false}
b = {type = "str", default = "x"}
c = false
[tool.groups.exclusive]
exclusive = true
args = ["a", "b", "c"]
`);
  const rules = (lines: string) =>
    toolOf(`[tool.args]\na = false\nb = false\nc = false\n[tool.groups.g]\n${lines}`).groups;
  const all = 'args = ["a", "b", "c"]';
  const rows: [string, string[], string[]][] = [
    [`exclusive = true\n${all}`, [], []],
    [`exclusive = true\n${all}`, ["b"], []],
    [`exclusive = true\n${all}`, ["a", "c"], ["a and c exclude each other: give at most one of a, b or c"]],
    [`inclusive = true\n${all}`, [], []],
    [`inclusive = true\n${all}`, ["a", "b", "c"], []],
    [`inclusive = true\n${all}`, ["b"], ["a and c: missing; needed together with b"]],
    [`at-least-one = true\n${all}`, [], ["give at least one of a, b or c"]],
    [`at-least-one = true\n${all}`, ["a", "b"], []],
    [`exactly-one = true\n${all}`, [], ["give exactly one of a, b or c"]],
    [`exactly-one = true\n${all}`, ["c"], []],
    [
      `exactly-one = true\n${all}`,
      ["a", "b", "c"],
      ["a, b and c exclude each other: give exactly one of a, b or c"],
    ],
    ['if = "a"\nrequires = ["b", "c"]', [], []],
    ['if = "a"\nrequires = ["b", "c"]', ["b"], []],
    ['if = "a"\nrequires = ["b", "c"]', ["a", "b", "c"], []],
    ['if = "a"\nrequires = ["b", "c"]', ["a"], ["b and c: missing; needed together with a"]],
    ['if = "a"\nrequires = ["b", "c"]', ["a", "c"], ["b: missing; needed together with a"]],
    [`exclusive = true\nat-least-one = true\n${all}`, [], ["give at least one of a, b or c"]],
  ];
  test.each(rows)("%s, given %j", (lines, given, problems) => {
    expect(checkGroups(new Map(given.map((name) => [name, true])), new Map(), rules(lines))).toEqual(
      problems,
    );
  });

  const known: [lines: string, given: string[], already: string[], problems: string[]][] = [
    [`exclusive = true\n${all}`, ["a"], ["b", "c"], []],
    [
      `exclusive = true\n${all}`,
      ["a", "b"],
      ["c"],
      ["a and b exclude each other: give at most one of a, b or c"],
    ],
    [`at-least-one = true\n${all}`, [], ["b"], []],
    [`exactly-one = true\n${all}`, [], ["b"], []],
    [`exactly-one = true\n${all}`, ["a"], ["b"], []],
    [
      `exactly-one = true\n${all}`,
      ["a", "b"],
      ["c"],
      ["a and b exclude each other: give exactly one of a, b or c"],
    ],
    [`inclusive = true\n${all}`, ["a", "b"], ["c"], []],
    [`inclusive = true\n${all}`, [], ["a", "b", "c"], []],
    [`inclusive = true\n${all}`, [], ["c"], ["a and b: missing; needed together with c"]],
    ['if = "a"\nrequires = ["b", "c"]', ["a", "b"], ["c"], []],
    ['if = "a"\nrequires = ["b", "c"]', ["b"], ["a"], ["c: missing; needed together with a"]],
  ];
  test.each(known)("%s, given %j, from variables %j", (lines, given, already, problems) => {
    const presence = (names: string[]) => new Map(names.map((name) => [name, true]));
    expect(checkGroups(presence(given), presence(already), rules(lines))).toEqual(problems);
  });

  const forCaller: [lines: string, rules: [Group["rule"], string[]][]][] = [
    [`exclusive = true\n${all}`, [["exclusive", ["a", "b", "c"]]]],
    [`at-least-one = true\n${all}`, []],
    [`exactly-one = true\n${all}`, [["exclusive", ["a", "b", "c"]]]],
    [`inclusive = true\n${all}`, [["inclusive", ["b", "c"]]]],
    ['if = "b"\nrequires = ["a", "c"]', [["requires", ["c"]]]],
    ['if = "b"\nrequires = ["a"]', []],
    ['if = "a"\nrequires = ["b"]', [["requires", ["b"]]]],
    ['at-least-one = true\nargs = ["b", "c"]', [["at-least-one", ["b", "c"]]]],
  ];
  test.each(forCaller)("%s, to a caller who does not see that a is there: %j", (lines, expected) => {
    const left = rulesForCaller(
      rules(lines),
      new Map([
        ["a", true],
        ["b", false],
      ]),
    );
    expect(left.map(({ rule, args }) => [rule, args])).toEqual(expected);
  });

  test("count what the caller gave, neither defaults nor a flag given as false", () => {
    expect(checkGiven({ a: "x" }, args, groups, new Map([["b", false]])).problems).toEqual([]);
    expect(checkGiven({ a: "x", c: true }, args, groups, new Map()).problems).toEqual([
      "a and c exclude each other: give at most one of a, b or c",
    ]);
    expect(checkGiven({ a: "x", c: false }, args, groups, new Map()).problems).toEqual([]);
    expect(checkGiven({ a: "x", c: null }, args, groups, new Map()).problems).toEqual([]);
  });

  test("are told with all other problems at once", () => {
    expect(checkGiven({ a: 1, b: 2, d: 3 }, args, groups, new Map()).problems).toEqual([
      "d: there is no such argument; this tool takes a, b and c",
      "a: found 1, expected a string",
      "b: found 2, expected a string",
      "a and b exclude each other: give at most one of a, b or c",
    ]);
  });
});

describe("an argument that is left out before one with a later place", () => {
  const args = argsOf(
    'more = { type = "str", position = 5, required = false }\nflag = false\ndst = { type = "str", position = 2 }\nsrc = { position = 1, default = "/etc" }',
  );
  const rows: [string[], string[]][] = [
    [[], []],
    [["flag"], []],
    [["src"], []],
    [["src", "dst", "more"], []],
    [["dst"], ["src: missing, and dst would be taken for it: give it, too"]],
    // dst is missing for another reason, too, and that one is told.
    [["more"], ["src: missing, and more would be taken for it: give it, too"]],
    [["src", "more"], []],
  ];
  test.each(rows)("given %j: %j", (given, problems) => {
    expect(checkPlaces(new Set(given), args, new Map())).toEqual(problems);
  });
  test("a value from elsewhere is not among the tool's words", () => {
    expect(checkPlaces(new Set(["src", "more"]), args, new Set(["dst"]))).toEqual([
      "dst: missing, and more would be taken for it: give it, too",
    ]);
  });
});
