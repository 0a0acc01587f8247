import { expect, test } from "bun:test";
import { fitText } from "../../src/fleet/fit.ts";

const at = (columns: number) => ({ isTerminal: () => true, columns: () => columns });

test.each<[text: string, columns: number, shown: string]>([
  ["runspec: it is so", 17, "runspec: it is so"],
  ["runspec: it is so", 16, "runspec: it is\n┆ so"],
  ["runspec: it is so", 10, "runspec:\n┆ it is so"],
  ["  deploy  a tool\n  other   as well\n", 12, "  deploy  a\n┆ tool\n  other   as\n┆ well\n"],
  ["no-blank-in-it at all", 8, "no-blank\n┆ -in-it\n┆ at all"],
  ["a wordthatis", 8, "a\n┆ wordth\n┆ atis"],
  ["a  wordtha is", 9, "a\n┆ wordtha\n┆ is"],
  ["日 日本語日x", 10, "日\n┆ 日本語日\n┆ x"],
  ["in\u00a0one\u00a0word", 8, "in\u00a0one\u00a0w\n┆ ord"],
  ["日本語 日本語", 10, "日本語\n┆ 日本語"],
  ["日本語日本語 ok", 10, "日本語日本\n┆ 語 ok"],
  ["    in-far-and-long", 8, "    in-f\n┆ ar-and\n┆ -long"],
  ["what helps, run: a long command", 16, "what helps, run:\n┆ a long command"],
  // What looks like our advice may be a host's.
  ["x run: web-02 │ all good", 12, "x run:\n┆ web-02 │\n┆ all good"],
])(
  "a message that is wider than the terminal goes on behind a mark: %j in %i columns",
  (text, columns, shown) => {
    expect(fitText(text, at(columns))).toBe(shown);
  },
);

test("what is ours below it is left as it is", () => {
  expect(fitText("runspec: it is so\n  ssh -p 2222 me@box", at(12), 1)).toBe(
    "runspec: it\n┆ is so\n  ssh -p 2222 me@box",
  );
});

test("off a terminal nothing is broken", () => {
  const text = "x".repeat(200);
  expect(fitText(text, { isTerminal: () => false, columns: () => 80 })).toBe(text);
});
