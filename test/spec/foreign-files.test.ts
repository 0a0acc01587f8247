import { expect, test } from "bun:test";
import { leaveOutBroken } from "../../src/spec/foreign-files.ts";
import { parseSpec } from "../../src/spec/load.ts";

const BROKEN = '[a]\ntimeout = "soon"\n';
const FATAL = '[b]\nrun_as = { patterns = { "(" = "root" } }\n';

test("a broken file of somebody else is left out with one warning, and notes of its other errors", () => {
  const { runnables, issues } = leaveOutBroken(
    parseSpec(`${BROKEN}[c]\ntimeout = "later"`, "/x/runspec.toml"),
  );
  expect(runnables).toEqual([]);
  expect(issues.map(({ severity, key }) => [severity, key])).toEqual([
    ["warning", "[a] timeout"],
    ["note", "[c] timeout"],
  ]);
  expect(issues[0]?.message).toStartWith("left out, with 1 more error: ");
});

test.each([
  ["first", FATAL + BROKEN],
  ["behind another error", BROKEN + FATAL],
])("an invalid pattern of run_as stops all, also where it stands %s", (_, text) => {
  const file = parseSpec(text, "/x/runspec.toml");
  expect(file.issues.map(({ fatal }) => fatal ?? false).sort()).toEqual([false, true]);
  expect(leaveOutBroken(file)).toBe(file);
});
