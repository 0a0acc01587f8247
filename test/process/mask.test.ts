import { expect, test } from "bun:test";
import { maskText, maskVariables } from "../../src/process/mask.ts";

const ENV = new Map([
  ["TOKEN", "abc"],
  ["LIST", "abcdef\n\nx y"],
  ["EMPTY", ""],
  ["OPEN", "shown"],
]);

test("variables keep their names", () => {
  expect(maskVariables(ENV, new Set(["TOKEN"]))).toEqual(
    new Map([
      ["TOKEN", "***"],
      ["LIST", "abcdef\n\nx y"],
      ["EMPTY", ""],
      ["OPEN", "shown"],
    ]),
  );
});

test("text is masked anywhere, the longer secret first", () => {
  const secrets = new Set(["abc", "abcdef"]);
  expect(maskText("abcdef, abcd, -abc-", secrets)).toBe("***, ***d, -***-");
});
