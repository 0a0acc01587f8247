import { describe, expect, test } from "bun:test";
import type { Value } from "../../src/arguments/model.ts";
import {
  argumentVariables,
  presetArguments,
  resolveValues,
  serialize,
} from "../../src/arguments/resolve-values.ts";
import { toolOf } from "../spec/declared.ts";

const TOOL = {
  name: "backup-logs",
  path: ["backup-logs"],
  args: toolOf(`
[tool.args]
days = {default = 7, env = ["DAYS", "OTHER_DAYS"], range = [1, 365]}
dry-run = {default = false, env = "DRY"}
note = {type = "str", required = false, env = ["toString", "__proto__", "NOTE"]}
level = {options = ["info", "warn"], required = false, env = "LEVEL"}
share = {type = "float", required = false, env = "SHARE"}
path = {type = "path", required = false, env = "WHERE"}
many = {type = "int", multiple = true, required = false, env = "MANY"}
split = {type = "str", delimiter = ",", required = false, env = "SPLIT"}
rest = {type = "rest", env = "REST"}
`).args,
};

function resolve(
  env: Record<string, string>,
  options: { given?: Record<string, Value>; file?: Record<string, string> } = {},
) {
  const { values, problems } = resolveValues(
    TOOL,
    new Map(Object.entries(options.given ?? {})),
    env,
    new Map(Object.entries(options.file ?? {})),
  );
  return { values, problems: [...problems.values()] };
}

describe("the value of an argument comes from the first of", () => {
  const all = {
    RUNSPEC_BACKUP_LOGS_ARG_DAYS: "2",
    DAYS: "3",
    OTHER_DAYS: "4",
  };
  const file = { RUNSPEC_BACKUP_LOGS_ARG_DAYS: "5", DAYS: "6", OTHER_DAYS: "8" };
  const rows = [
    ["the caller", all, { given: { days: 1 }, file }, { value: 1, source: "caller" }],
    ["its variable", all, { file }, { value: 2, source: "variable" }],
    [
      "its first alias",
      { DAYS: "3", OTHER_DAYS: "4" },
      { file: { DAYS: "6" } },
      { value: 3, source: "variable" },
    ],
    ["its next alias", { OTHER_DAYS: "4" }, { file: { OTHER_DAYS: "8" } }, { value: 4, source: "variable" }],
    [
      "its variable in the file, before an alias in the environment",
      { DAYS: "3", OTHER_DAYS: "4" },
      { file },
      { value: 5, source: "variable" },
    ],
    ["an alias in the file", {}, { file: { DAYS: "6" } }, { value: 6, source: "variable" }],
    ["its default", {}, {}, { value: 7, source: "default" }],
    [
      "an alias, when its variable is empty",
      { RUNSPEC_BACKUP_LOGS_ARG_DAYS: "", DAYS: "3" },
      {},
      { value: 3, source: "variable" },
    ],
  ] as const;
  test.each(rows)("%s", (_, env, options, expected) => {
    const { values, problems } = resolve({ ...env }, options);
    expect({ days: values.get("days"), problems }).toEqual({ days: { ...expected }, problems: [] });
  });
});

describe("text in the environment becomes", () => {
  const rows: [string, string, string, Value | undefined][] = [
    ["dry-run", "DRY", "1", true],
    ["dry-run", "DRY", "TRUE", true],
    ["dry-run", "DRY", "yes", true],
    ["dry-run", "DRY", "on", true],
    ["dry-run", "DRY", "0", false],
    ["dry-run", "DRY", "false", false],
    ["dry-run", "DRY", "no", false],
    ["dry-run", "DRY", "Off", false],
    ["dry-run", "DRY", "", false],
    ["note", "NOTE", "a\nb", "a\nb"],
    ["note", "NOTE", "", ""],
    ["level", "LEVEL", "warn", "warn"],
    ["level", "LEVEL", "", undefined],
    ["share", "SHARE", "-1.5", -1.5],
    ["path", "WHERE", "", undefined],
    ["many", "MANY", "1\n2\n3\n", [1, 2, 3]],
    ["many", "MANY", "1", [1]],
    ["split", "SPLIT", "a,b", ["a", "b"]],
    ["split", "SPLIT", "a,b\nc", ["a", "b", "c"]],
    ["rest", "REST", "-x\n\n--", ["-x", "", "--"]],
  ];
  test.each(rows)("%s from %s=%j: %j", (name, variable, text, expected) => {
    const { values, problems } = resolve({ [variable]: text });
    expect({ value: values.get(name)?.value, problems }).toEqual({ value: expected, problems: [] });
  });
});

describe("text in the environment that does not fit", () => {
  test("is told with its variable, all at once", () => {
    const { values, problems } = resolve(
      { DAYS: "soon", DRY: "maybe", MANY: "1\nx", RUNSPEC_BACKUP_LOGS_ARG_LEVEL: "debug" },
      { file: { SHARE: "half" } },
    );
    expect(problems).toEqual([
      "days: the environment variable DAYS: found something else (not shown), expected an integer from 1 to 365",
      "dry-run: the environment variable DRY: found something else (not shown), expected true or false",
      'level: the environment variable RUNSPEC_BACKUP_LOGS_ARG_LEVEL: found something else (not shown), expected one of "info", "warn"',
      "share: the .runspec_env file, in SHARE: found something else (not shown), expected a number",
      "many: the environment variable MANY: found something else (not shown), expected each item to be an integer",
    ]);
    expect([...values.keys()]).toEqual([]);
  });
  test("does not matter when the caller gave a value", () => {
    expect(resolve({ DAYS: "soon" }, { given: { days: 3 } }).problems).toEqual([]);
  });
});

test("what is known without a caller is everything with a default or a variable, even one that does not fit; only variables count to rules", () => {
  const env = { NOTE: "x", SHARE: "?", DRY: "0" };
  expect([...presetArguments(TOOL, env, new Map([["LEVEL", "info"]]))]).toEqual([
    ["days", false],
    ["dry-run", false],
    ["note", true],
    ["level", true],
    ["share", true],
  ]);
});

describe("a value in the environment is written", () => {
  const rows: [Value, string][] = [
    [true, "1"],
    [false, "0"],
    ["", ""],
    ["a b\nc", "a b\nc"],
    [5, "5"],
    [-0.25, "-0.25"],
    [[], ""],
    [["a", "b"], "a\nb"],
    [[1, 2], "1\n2"],
    [[true, false], "1\n0"],
  ];
  test.each(rows)("%j as %j", (value, text) => expect(serialize(value)).toBe(text));
});

test.each([
  [["backup-logs"], "dry-run", ["RUNSPEC_BACKUP_LOGS_ARG_DRY_RUN"]],
  [["app", "run"], "input_file", ["RUNSPEC_APP_RUN_ARG_INPUT_FILE", "RUNSPEC_APP_ARG_INPUT_FILE"]],
  [["a", "b", "c"], "x", ["RUNSPEC_A_B_C_ARG_X", "RUNSPEC_A_ARG_X"]],
  [["Ünicode.x"], "a1", ["RUNSPEC__NICODE_X_ARG_A1"]],
])("the variables of %j %s are %j", (path, argument, variables) => {
  expect(argumentVariables(path, argument)).toEqual(variables);
});

describe("a subcommand", () => {
  const runnable = {
    name: "app_run",
    path: ["app", "run"],
    args: toolOf('[tool.args]\nx = "d"\nf = true').args,
  };
  const found = (name: string, env: Record<string, string>) =>
    resolveValues(runnable, new Map(), env).values.get(name);
  test.each([
    [
      { RUNSPEC_APP_RUN_ARG_X: "own", RUNSPEC_APP_ARG_X: "top" },
      { value: "own", source: "variable" },
    ],
    [{ RUNSPEC_APP_ARG_X: "top" }, { value: "top", source: "variable" }],
    [{ RUNSPEC_RUN_ARG_X: "no" }, { value: "d", source: "default" }],
  ] as const)("takes its values from its own name before the outermost: %j", (env, value) => {
    expect(found("x", env)).toEqual(value);
  });
  const emptied = toolOf(
    '[tool.args]\nb = {type = "bool", default = true, env = "B"}\nn = {type = "int", delimiter = ",", default = [1], env = "N"}\nm = {type = "str", multiple = true, env = "M"}\nd = {default = 1}\np = {type = "path", default = "x", env = "P"}\nc = {options = ["", "y"], default = "y", env = "C"}\nl = {type = "bool", default = [true], env = "L"}',
  );
  test("knows what was switched off, or emptied, by an empty variable of its own, and by no other", () => {
    const valuesIn = (prefix: string) => {
      const env = Object.fromEntries(
        ["B", "N", "M", "D", "P", "C", "L"].map((name) => [`${prefix}${name}`, ""]),
      );
      const { values } = resolveValues(emptied, new Map(), env);
      return Object.fromEntries([...values].map(([name, { value }]) => [name, value]));
    };
    expect(valuesIn("RUNSPEC_TOOL_ARG_")).toEqual({ b: false, n: [], d: 1, p: "", c: "", l: [] });
    expect(valuesIn("")).toEqual({ b: true, n: [1], d: 1, p: "x", c: "y", l: [true] });
  });
  test("knows an empty variable of a flag's own for false", () => {
    expect(found("f", { RUNSPEC_APP_ARG_F: "" })).toEqual({
      value: false,
      source: "variable",
    });
  });
});
