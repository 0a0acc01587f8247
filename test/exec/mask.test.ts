import { expect, test } from "bun:test";
import { maskText, maskVariables, secretValues } from "../../src/exec/mask.ts";

const ENV = new Map([
  ["TOKEN", "abc"],
  ["LIST", "abcdef\n\nx y"],
  ["EMPTY", ""],
  ["OPEN", "shown"],
]);
const NAMES = new Set(["TOKEN", "LIST", "EMPTY", "ABSENT"]);

test("the secrets are the values, and the lines of lists", () => {
  expect(secretValues(ENV, NAMES)).toEqual(new Set(["abc", "abcdef\n\nx y", "abcdef", "x y"]));
});

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
