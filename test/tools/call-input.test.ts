import { expect, test } from "bun:test";
import { readInput } from "../../src/tools/call-input.ts";
import { toolOf } from "../spec/declared.ts";

const LONG = "x".repeat(128 * 1024);
const TOO_LONG =
  "--text: found more than 128 KiB, which the variable that the tool reads it from cannot hold";
const TWO_LINES = "--items: found a line break in an item; the tool is given one item a line";

const args = (pass: string) => `
[tool.args]
text = {type = "str", required = false, pass = "${pass}"}
items = {type = "str", multiple = true, required = false, pass = "${pass}"}
`;

test.each<[inside: string, given: object, problems: string[]]>([
  [`argv = "none"${args("both")}`, { text: LONG, items: ["a", "b\nc"] }, [TOO_LONG, TWO_LINES]],
  [`argv = "none"${args("both")}`, { text: "a\nb", items: ["a", "b"] }, []],
  [args("env"), { text: LONG, items: ["a\nb"] }, [TOO_LONG, TWO_LINES]],
  [args("both"), { text: LONG, items: ["a\nb"] }, []],
  [args("argv"), { text: LONG, items: ["a\nb"] }, []],
])("what a tool would not be given as it is, is refused: %.60j", (inside, given, problems) => {
  const tool = {
    runnable: toolOf(inside),
    locate: () => ({ kind: "found" as const, argv: ["/tool"] }),
    user: { kind: "none" as const, why: "" },
    envFile: new Map<string, string>(),
    preset: new Map<string, boolean>(),
  };
  expect(readInput({ tool, arguments: given, env: {} }).problems).toEqual(problems);
});
