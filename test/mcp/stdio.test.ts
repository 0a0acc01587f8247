import { expect, test } from "bun:test";
import { shellSafe } from "../../src/mcp/stdio.ts";

test.each([
  ["plain stays", { a: ["Az09_.,:/=@%+- "] }, '{"a":["Az09_.,:/=@%+- "]}'],
  ["a command", ["$(x)"], String.raw`["\u0024\u0028x\u0029"]`],
  ["quotes and backslashes", ["\"\\'`"], String.raw`["\u0022\u005c\u0027\u0060"]`],
  ["line ends", ["\n\r\t\b\f\0\x7f"], String.raw`["\u000a\u000d\u0009\u0008\u000c\u0000\u007f"]`],
  ["braces in a text", ["{[}]"], String.raw`["\u007b\u005b\u007d\u005d"]`],
  ["backslashes before the end", ["\\", "\\\\"], String.raw`["\u005c","\u005c\u005c"]`],
  ["what looks like an escape", ["\\u0041"], String.raw`["\u005cu0041"]`],
  ["other letters", ["é🙂\u2028"], String.raw`["\u00e9\ud83d\ude42\u2028"]`],
  ["half a pair", ["\ud83d"], String.raw`["\ud83d"]`],
  ["a key", { "a;b": 1 }, String.raw`{"a\u003bb":1}`],
  ["no texts", [1.5, -1e30, true, false, null, {}], "[1.5,-1e+30,true,false,null,{}]"],
])("%s", (_what, value, expected) => {
  expect(shellSafe(JSON.stringify(value))).toBe(expected);
  expect(JSON.parse(shellSafe(JSON.stringify(value)))).toEqual(value as never);
});

test("of every character, only the plain ones stay", () => {
  const all = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code));
  const kept = all.filter((one) => shellSafe(JSON.stringify(one)) === `"${one}"`);
  expect(kept.join("")).toBe(" %+,-./0123456789:=@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz");
  expect(JSON.parse(shellSafe(JSON.stringify(all.join(""))))).toBe(all.join(""));
});
