import { describe, expect, test } from "bun:test";
import { readJsonArguments } from "../../src/arguments/json-arguments.ts";
import type { Group } from "../../src/arguments/model.ts";
import {
  countsToGroups,
  describeGroup,
  type Presence,
  type Rules,
  readGiven,
  rulesForCaller,
} from "../../src/arguments/rules.ts";
import { argsOf, toolOf } from "../spec/declared.ts";

const together = (tool: Rules, given: Presence, preset: Presence) =>
  readGiven(tool, given, (_, value) => ({ value }), preset).problems;
const presence = (names: string[]) => new Map(names.map((name) => [name, true]));

describe("what is required", () => {
  const args = argsOf(`
needed = {type = "str"}
with-default = {default = 1}
optional = {type = "str", required = false}
switch = {type = "flag"}
must = {type = "flag", required = true}
secret = {type = "str", env = ["KEY", "OTHER_KEY"]}
own = {type = "str", autonomy = "manual"}
rest = {type = "rest"}
`);
  const needed = "needed is required";
  const must = "must is required";
  const secret = "secret is required (or set KEY or OTHER_KEY in the tool's environment)";
  const own = "own is required; only a person may give it";
  const rows: [string[], string[], string[]][] = [
    [[], [], [needed, must, secret, own]],
    [["needed"], ["secret", "own"], [must]],
    [["needed", "must", "secret", "own"], [], []],
    [[], ["needed", "must", "secret", "own"], []],
  ];
  test.each(rows)("given %j, known %j", (given, known, problems) => {
    expect(together({ args, groups: [] }, presence(given), presence(known))).toEqual(problems);
  });
  test("is not also missing when it is there but wrong", () => {
    expect(
      readJsonArguments({ needed: 5, must: true, secret: "x", own: "x" }, { args, groups: [] }, new Map())
        .problems,
    ).toEqual(["needed: found 5, expected a string"]);
    expect(
      readJsonArguments({ needed: null, must: true, secret: "x", own: "x" }, { args, groups: [] }, new Map())
        .problems,
    ).toEqual([needed]);
  });
});

test("for a rule between arguments a flag that is off is not given, and any other value is", () => {
  const args = argsOf("flag = false\nbool = { type = 'bool' }\ntext = ''");
  const counted = args.map((argument) => [false, true, ""].map((value) => countsToGroups(argument, value)));
  expect(counted).toEqual([
    [false, true, true],
    [true, true, true],
    [true, true, true],
  ]);
});

describe("an empty list is not given, unless it replaces a default", () => {
  const tool = toolOf(`
[tool.args]
first = {type = "str", delimiter = ",", position = 1, required = false}
later = {type = "str", position = 2, required = false}
must = {type = "int", multiple = true, default = [1]}
many = {type = "str", multiple = true, required = false}
text = {type = "str", required = false}
[tool.groups.source]
exactly-one = true
args = ["many", "text"]
[tool.groups.alone]
exclusive = true
args = ["must", "text"]
`);
  test.each<[call: object, problems: string[]]>([
    [{ many: [], text: "x" }, []],
    [{ many: [] }, ["give exactly one of many or text"]],
    [{ many: [null] }, ["give exactly one of many or text"]],
    // An empty text is one.
    [{ text: "" }, []],
    [
      { text: "x", first: "", later: "y" },
      ["first is required before later, or later would be taken for it"],
    ],
    [{ text: "x", must: [] }, ["must and text exclude each other: give at most one of must or text"]],
  ])("%j", (call, problems) => {
    expect(readJsonArguments(call, tool, new Map()).problems).toEqual(problems);
  });
  test("also where it must be given", () => {
    const args = argsOf('list = {type = "str", multiple = true}');
    const { given, problems } = readJsonArguments({ list: [] }, { args, groups: [] }, new Map());
    expect({ given, problems }).toEqual({ given: new Map(), problems: ["list is required"] });
  });
});

describe("groups", () => {
  const flags = argsOf('a = { type = "flag" }\nb = { type = "flag" }\nc = { type = "flag" }');
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
    [`inclusive = true\n${all}`, ["b"], ["a and c are required together with b"]],
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
    ['if = "a"\nrequires = ["b", "c"]', ["a"], ["b and c are required together with a"]],
    ['if = "a"\nrequires = ["b", "c"]', ["a", "c"], ["b is required together with a"]],
    [`exclusive = true\nat-least-one = true\n${all}`, [], ["give at least one of a, b or c"]],
  ];
  test.each(rows)("%s, given %j", (lines, given, problems) => {
    expect(together({ args: flags, groups: rules(lines) }, presence(given), presence([]))).toEqual(problems);
  });

  const known: [lines: string, given: string[], preset: string[], problems: string[]][] = [
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
    [`inclusive = true\n${all}`, [], ["c"], ["a and b are required together with c"]],
    ['if = "a"\nrequires = ["b", "c"]', ["a", "b"], ["c"], []],
    ['if = "a"\nrequires = ["b", "c"]', ["b"], ["a"], ["c is required together with a"]],
  ];
  test.each(known)("%s, given %j, from variables %j", (lines, given, preset, problems) => {
    expect(together({ args: flags, groups: rules(lines) }, presence(given), presence(preset))).toEqual(
      problems,
    );
  });

  const off: [lines: string, problems: string[]][] = [
    [`exclusive = true\n${all}`, []],
    [`at-least-one = true\n${all}`, ["give at least one of a, b or c"]],
    [`inclusive = true\n${all}`, []],
    ['if = "a"\nrequires = "b"', []],
  ];
  test.each(off)("%s, with what a variable switches on and the caller off", (lines, problems) => {
    const preset = presence(["a"]);
    expect(together({ args: flags, groups: rules(lines) }, new Map([["a", false]]), preset)).toEqual(
      problems,
    );
  });

  const forCaller: [lines: string, rules: [Group["rule"], string[]][]][] = [
    [`exclusive = true\n${all}`, [["exclusive", ["a", "b", "c"]]]],
    [`at-least-one = true\n${all}`, []],
    [`exactly-one = true\n${all}`, [["exclusive", ["a", "b", "c"]]]],
    [
      `inclusive = true\n${all}`,
      [
        ["at-least-one", ["b"]],
        ["at-least-one", ["c"]],
      ],
    ],
    ['inclusive = true\nargs = ["b", "c"]', [["inclusive", ["b", "c"]]]],
    ['if = "b"\nrequires = ["a", "c"]', [["requires", ["c"]]]],
    ['if = "b"\nrequires = ["a"]', []],
    ['if = "a"\nrequires = ["b"]', [["at-least-one", ["b"]]]],
    ['if = "a"\nrequires = ["a"]', []],
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
    expect(readJsonArguments({ a: "x" }, { args, groups }, new Map([["b", false]])).problems).toEqual([]);
    expect(readJsonArguments({ a: "x", c: true }, { args, groups }, new Map()).problems).toEqual([
      "a and c exclude each other: give at most one of a, b or c",
    ]);
    expect(readJsonArguments({ a: "x", c: false }, { args, groups }, new Map()).problems).toEqual([]);
    expect(readJsonArguments({ a: "x", c: null }, { args, groups }, new Map()).problems).toEqual([]);
  });

  test("are told with all other problems at once", () => {
    expect(readJsonArguments({ a: 1, b: 2, d: 3 }, { args, groups }, new Map()).problems).toEqual([
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
  const required = "dst is required";
  const rows: [string[], string[]][] = [
    [[], [required]],
    [["flag"], [required]],
    [["src"], [required]],
    [["src", "dst", "more"], []],
    [["dst"], ["src is required before dst, or dst would be taken for it"]],
    // dst is not told a second time.
    [["more"], [required, "src is required before more, or more would be taken for it"]],
    [["src", "more"], [required]],
  ];
  test.each(rows)("given %j: %j", (given, problems) => {
    expect(together({ args, groups: [] }, presence(given), presence([]))).toEqual(problems);
  });
  test("is missed only where it has a place among the tool's words", () => {
    const places = argsOf(
      'a = { position = 1, pass = "env", required = false }\nb = { position = 2, required = false }\nc = { position = 3, required = false }',
    );
    const check = (given: string[], noWords = false) =>
      together({ args: places, groups: [], noWords }, presence(given), presence([]));
    expect([check(["b"]), check(["c"]), check(["c"], true)]).toEqual([
      [],
      ["b is required before c, or c would be taken for it"],
      [],
    ]);
  });
  test("a value from elsewhere is not among the tool's words", () => {
    expect(together({ args, groups: [] }, presence(["src", "more"]), presence(["dst"]))).toEqual([
      "dst is required before more, or more would be taken for it",
    ]);
  });
});

test.each<[Omit<Group, "name">, string]>([
  [{ rule: "exclusive", args: ["a", "b"] }, "at most one of a or b may be given"],
  [{ rule: "exclusive", args: ["a"] }, "at most one of a may be given"],
  [{ rule: "at-least-one", args: ["a", "b"] }, "at least one of a or b must be given"],
  [{ rule: "exactly-one", args: ["a", "b", "c"] }, "exactly one of a, b or c must be given"],
  // As where an agent is not shown the others.
  [{ rule: "at-least-one", args: ["a"] }, "always give a"],
  [{ rule: "exactly-one", args: ["a"] }, "always give a"],
  [{ rule: "inclusive", args: ["a", "b"] }, "either all of a and b are given, or none of them"],
  [{ rule: "requires", if: "a", args: ["b", "c"] }, "when a is given, b and c must be given too"],
])("%j in words", (group, words) => expect(describeGroup({ name: "g", ...group })).toBe(words));
