import { describe, expect, test } from "bun:test";
import { isObject } from "../../../src/json.ts";
import { parseToml } from "../../../src/spec/toml/parse.ts";
import { asWritten, findPlace, type KeyPlace, keyText, scanKeys } from "../../../src/spec/toml/scan-keys.ts";
import { namesOf, textOf } from "../corpus.ts";

const SOURCE = `top = 1
[deploy] # a comment with [brackets] = 1
run_as.patterns."a.b" = "x" # and "quotes
text = """
[not.a.header]
key = "not a key"
"""
list = [ { cmd = "a", n = 1 }, [1, "],"], '''
[x]
''' ]
when = 2024-05-01 10:00:00
[deploy.args]
env = {options = ["prod"], nested.deep = 1}
[deploy.args.block]
type = "str"
[[deploy.examples]]
cmd = "one"
["odd name"."\\u0041"]
k = 1
`;

describe("a key as it is written", () => {
  const root = scanKeys(SOURCE);
  const place = (path: string[]) => findPlace(root, path).place;
  const rows: [(string | number)[], string][] = [
    [["top"], "top"],
    [["deploy"], "[deploy]"],
    [["deploy", "run_as", "patterns", "a.b"], '[deploy] run_as.patterns."a.b"'],
    [["deploy", "run_as", "hosts"], "[deploy] run_as.hosts"],
    [["deploy", "args", "env", "options"], "[deploy.args] env.options"],
    [["deploy", "args", "env", "nested", "deep"], "[deploy.args] env.nested.deep"],
    [["deploy", "args", "env", "type"], "[deploy.args] env.type"],
    [["deploy", "args", "block", "type"], "[deploy.args.block] type"],
    [["deploy", "args", "block", "missing"], "[deploy.args.block] missing"],
    [["deploy", "args", "absent"], "[deploy.args] absent"],
    [["deploy", "list"], "[deploy] list"],
    [["deploy", "examples"], "[deploy.examples]"],
    [["odd name", "A", "k"], '["odd name".A] k'],
    [["nowhere", "at all"], 'nowhere."at all"'],
  ];
  test.each(rows)("%j is %s", (path, written) => {
    expect(asWritten(root, path)).toBe(written);
  });

  test("strings, lists and comments hide no keys and show none", () => {
    expect([...place([]).children.keys()]).toEqual(["top", "deploy", "odd name"]);
    expect([...place(["deploy"]).children.keys()]).toEqual([
      "run_as",
      "text",
      "list",
      "when",
      "args",
      "examples",
    ]);
    expect([...place(["deploy", "list"]).children.keys()]).toEqual(["cmd", "n"]);
    expect(findPlace(root, ["deploy", "nothing"]).exact).toBe(false);
  });

  test("stands on a line", () => {
    const lines = [
      ["top"],
      ["deploy"],
      ["deploy", "when"],
      ["deploy", "args", "env", "missing"],
      ["odd name"],
    ];
    expect(lines.map((path) => place(path).line)).toEqual([1, 2, 11, 13, 18]);
  });

  test("comes in file order", () => {
    const at = (path: string[]) => place(path).offset;
    expect(at(["top"])).toBe(0);
    expect(at(["deploy", "args", "env"])).toBe(SOURCE.indexOf("env = {"));
    expect(at(["deploy", "args", "env", "missing"])).toBe(at(["deploy", "args", "env"]));
  });
});

test("a long text is stepped over, whatever it holds", () => {
  const text = 'a"b\\n\n'.repeat(500_000);
  const source = `a = """${text}"""\nb = """\\"""x"""""\nc = ''''''\nd = '\\'\ne = 1\n`;
  expect(findPlace(scanKeys(source), ["e"]).place).toMatchObject({ line: 500_005, literals: ["1"] });
  expect(findPlace(scanKeys(source), ["b"]).place.literals).toEqual(['"""\\"""x"""""']);
});

test.each([
  "a-b",
  "a.b",
  "",
  'a "b"',
  "a\\b",
  "\t\n\x1b\x7f\x80",
  "ö 😀",
  `vm.${"long".repeat(30)}.internal`,
])("%j is a key that can be read again", (key) => {
  const parsed = parseToml(`[${keyText(key)}]`);
  expect("table" in parsed && Object.keys(parsed.table)).toEqual([key]);
});

/** Every table in a document must have the same keys to the scanner as to the parser. */
function sameKeys(root: KeyPlace, table: Record<string, unknown>, path: string[]): void {
  const { place, exact } = findPlace(root, path);
  expect({ path, keys: exact ? [...place.children.keys()].sort() : [] }).toEqual({
    path,
    keys: Object.keys(table).sort(),
  });
  for (const [key, value] of Object.entries(table)) {
    if (isObject(value)) sameKeys(root, value, [...path, key]);
  }
}

describe("the scanner agrees with the parser on", () => {
  const files = (["good", "bad", "doubtful"] as const).flatMap((kind) =>
    namesOf(kind).map((name) => [kind, name] as const),
  );
  test.each(files)("%s/%s", (kind, name) => {
    const source = textOf(kind, `${name}.toml`);
    const parsed = parseToml(source);
    if ("table" in parsed) sameKeys(scanKeys(source), parsed.table, []);
    else expect(parsed.problem).toStartWith("line ");
  });
});
