/** When headings are bold, and where lines are broken. */

import { expect, test } from "bun:test";
import { columns, styleOf, wrap } from "../../src/ui/layout.ts";

const BOLD = "\x1b[1mUsage:\x1b[22m";

test.each([
  ["a terminal", true, { TERM: "xterm" }, BOLD],
  ["a pipe", false, {}, "Usage:"],
  ["NO_COLOR", true, { NO_COLOR: "1" }, "Usage:"],
  ["NO_COLOR that is 0", true, { NO_COLOR: "0" }, "Usage:"],
  ["NO_COLOR that is empty", true, { NO_COLOR: "", TERM: "xterm" }, BOLD],
  ["a terminal of which nothing is known", true, {}, process.platform === "win32" ? BOLD : "Usage:"],
  ["a dumb terminal", true, { TERM: "dumb" }, "Usage:"],
])("%s", (_name, terminal, env, expected) => {
  expect(styleOf({ isTerminal: () => terminal, columns: () => 80 }, env).heading("Usage:")).toBe(expected);
});

test.each([
  ["one two three", 8, ["one two", "three"]],
  ["a-word-that-is-too-long for it", 10, ["a-word-that-is-too-long", "for it"]],
  [
    "it is not executable; run: chmod +x '/home/you/my tools/deploy'",
    30,
    ["it is not executable; run:", "chmod +x '/home/you/my tools/deploy'"],
  ],
  ["short; run: chmod +x f", 40, ["short; run: chmod +x f"]],
  ["로그를 단계별로 셉니다", 14, ["로그를", "단계별로", "셉니다"]],
  ["e\u0301te\u0301 hiver", 9, ["e\u0301te\u0301 hiver"]],
])("%s on %d columns", (text, width, lines) => {
  expect(wrap(text, width)).toEqual(lines);
});

test("letters that take two columns, and accents that take none, move nothing", () => {
  const rows = [
    ["日本", "confirm", "a"],
    ["e\u0301t", "confirm", "b"],
    ["disk", "confirm", "c"],
  ];
  expect(columns(rows, 80).split("\n")).toEqual([
    "  日本  confirm  a",
    "  e\u0301t    confirm  b",
    "  disk  confirm  c",
  ]);
});

test("a cell that is wider than a hundred columns stands out, and moves no other", () => {
  const wide = "w".repeat(120);
  expect(
    columns(
      [
        [wide, "a"],
        ["b", "c"],
      ],
      Number.POSITIVE_INFINITY,
    ).split("\n"),
  ).toEqual([`  ${wide}  a`, `  b${" ".repeat(101)}c`]);
});
