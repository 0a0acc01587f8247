import { expect, test } from "bun:test";
import { readInput } from "../../src/tools/call-input.ts";
import type { Tool } from "../../src/tools/catalog.ts";
import { toolOf } from "../spec/declared.ts";

const LONG = "x".repeat(128 * 1024);
const TOO_LONG = "text: found more than 128 KiB, which the variable that the tool reads it from cannot hold";
const TWO_LINES = "items: found a line break in an item; the tool is given one item a line";

const toolWith = (inside: string, becomes?: string): Tool => ({
  ...toolOf(inside),
  locate: () => ({ kind: "found" as const, argv: ["/tool"] }),
  user: { kind: "none" as const, why: "" },
  fileValues: new Map<string, string>(),
  preset: new Map<string, boolean>(),
  ...(becomes !== undefined && { becomes }),
});

const args = (pass: string) => `
[tool.args]
text = {type = "str", required = false, pass = "${pass}"}
items = {type = "str", multiple = true, required = false, pass = "${pass}"}
`;

const OFF = `
[tool.args]
verify = {type = "flag", default = true}
tags = {type = "str", default = ["a"]}
ids = {type = "int", delimiter = ",", default = "1"}
more = {type = "rest", default = ["x"]}
`;
const ALL_OFF = { verify: false, tags: [], ids: [], more: [] };
const UNTOLD = [
  "verify: only a variable says false, and that does not reach oracle: set become_env = true",
  "tags: only a variable says an empty list, and that does not reach oracle: set become_env = true",
];
const ALONE = 'verify: only a variable says false, and that pass = "argv" leaves out: take that out';

test.each<[inside: string, becomes: string | undefined, given: object, problems: string[]]>([
  [OFF, undefined, ALL_OFF, []],
  [OFF, "oracle", ALL_OFF, UNTOLD],
  [OFF, "oracle", { verify: true, tags: ["b"] }, []],
  [`become_env = false${OFF}`, "oracle", ALL_OFF, UNTOLD],
  [`become_env = true${OFF}`, "oracle", ALL_OFF, []],
  [`become_method = "su"${OFF}`, "oracle", ALL_OFF, []],
  [`become_method = "su"\nbecome_flags = "-l"${OFF}`, "oracle", ALL_OFF, UNTOLD],
  ['args.verify = {default = true, pass = "argv"}', undefined, { verify: false }, [ALONE]],
  ["args.verify = {default = false}", "oracle", { verify: false }, []],
])(
  "a default that is switched off where nothing tells it is refused: %.60j as %p: %j",
  (inside, becomes, given, problems) => {
    const tool = toolWith(`run_as = "oracle"\n${inside}`, becomes);
    expect(readInput({ tool, arguments: given, env: {} }).problems).toEqual(problems);
  },
);

test("a script that reads its words again is told of a flag that is switched off, and of no empty list", () => {
  const tool = toolWith(`run_as = "oracle"\n${OFF}`, "oracle");
  const again = { ...tool, rereadsArgv: true as const };
  expect(readInput({ tool: again, arguments: ALL_OFF, env: {} }).problems).toEqual(UNTOLD.slice(1));
  const alone = toolWith('run_as = "oracle"\nargs.verify = {default = true, pass = "argv"}', "oracle");
  const reread = { ...alone, rereadsArgv: true as const };
  expect(readInput({ tool: reread, arguments: { verify: false }, env: {} }).problems).toEqual([ALONE]);
});

test.each<[inside: string, given: object, problems: string[]]>([
  [`argv = "none"${args("both")}`, { text: LONG, items: ["a", "b\nc"] }, [TOO_LONG, TWO_LINES]],
  [`argv = "none"${args("both")}`, { text: "a\nb", items: ["a", "b"] }, []],
  [args("env"), { text: LONG, items: ["a\nb"] }, [TOO_LONG, TWO_LINES]],
  [args("both"), { text: LONG, items: ["a\nb"] }, []],
  [args("argv"), { text: LONG, items: ["a\nb"] }, []],
])("what a tool would not be given as it is, is refused: %.60j", (inside, given, problems) => {
  expect(readInput({ tool: toolWith(inside), arguments: given, env: {} }).problems).toEqual(problems);
});

test.each([
  [["a", ""], ["items: found an empty item at the end; the tool is given one item a line"]],
  [[""], ["items: found an empty item at the end; the tool is given one item a line"]],
  [["", "a"], []],
  [[], []],
])("%j in a variable alone: an empty line at its end would be none", (items, problems) => {
  const tool = toolWith('args = {items = {pass = "env", default = ["a"]}}');
  expect(readInput({ tool, arguments: { items }, env: {} }).problems).toEqual(problems);
});

test("a problem names the argument as the caller wrote it: a key of JSON, or a flag", () => {
  const tool = toolWith(
    'args = {file = {position = 1}, items = {pass = "env", default = ["a"]}, x = {default = 1}}',
  );
  const problems = (call: object) => readInput({ tool, env: {}, ...call }).problems;
  const injected = 'found "--x", which the tool would take for --x';
  const cut = "found a line break in an item; the tool is given one item a line";
  expect(problems({ arguments: { file: "--x", items: ["a\nb"] } })).toEqual([
    `file: ${injected}`,
    `items: ${cut}`,
  ]);
  expect(problems({ words: ["--items=a\nb", "--", "--x"] })).toEqual([
    `tool: <file>: ${injected}`,
    `tool: --items: ${cut}`,
  ]);
});
