import { expect, test } from "bun:test";
import { toInputSchema } from "../../src/arguments/to-json-schema.ts";
import { parseSpec } from "../../src/spec/load.ts";

const LOGGING = "[config.logging]\n";

function argsOf(source: string): string[][] {
  const { runnables } = parseSpec(source, "/spec/runspec.toml");
  return runnables.map(({ args }) => args.map(({ name, hidden }) => (hidden ? `(${name})` : name)));
}

test.each([
  ["[t]\nargs.a = 1\n", [["a"]]],
  [`${LOGGING}[t]\nargs.a = 1\n`, [["a", "(debug)", "(no-summary)"]]],
  [`${LOGGING}[t.args]\ndebug = 1\nno_summary = false\n`, [["debug", "no_summary"]]],
  [`${LOGGING}[t.args]\nsummary = true\n`, [["summary", "(debug)"]]],
  [`${LOGGING}[t.commands.sub]\n`, [[]]],
])("%j takes %j", (source, args) => expect(argsOf(source)).toEqual(args));

test("the flags that logging adds stand in no schema", () => {
  const [tool] = parseSpec(`${LOGGING}[t]\nargs.a = 1\n`, "/spec/runspec.toml").runnables;
  const schema = toInputSchema(tool?.args ?? [], [], new Map());
  expect(schema.properties).toEqual({ a: { type: "integer", default: 1 } });
});

test("a default has the digits of the file, beside one in quotes as well", () => {
  const source = '[t]\nargs.f = { type = "float", default = ["1.5", 2.50, 1_0.10] }\n';
  const [tool] = parseSpec(source, "/spec/runspec.toml").runnables;
  expect(tool?.args[0]?.default).toEqual([1.5, "2.50", "10.10"]);
});

test("a text in single quotes is one, whatever it holds", () => {
  const source = "[t]\nargs.x = { type = 'str', default = ['1, 2', 2.50] }\n";
  const [tool] = parseSpec(source, "/spec/runspec.toml").runnables;
  expect(tool?.args[0]?.default).toEqual(["1, 2", "2.50"]);
});

test.each([
  ["true", "it may be gone one day"],
  ["false", undefined],
  ['"use y"', "use y"],
])("deprecated = %s says %p", (value, said) => {
  const source = `[t]\nargs.x = { type = "str", deprecated = ${value} }\n`;
  const [tool] = parseSpec(source, "/spec/runspec.toml").runnables;
  expect(tool?.args[0]?.deprecated).toBe(said);
});
