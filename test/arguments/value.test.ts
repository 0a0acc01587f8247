import { expect, test } from "bun:test";
import { ARGUMENT_TYPES, type ArgumentType, isFreeText, TYPES } from "../../src/arguments/model.ts";
import { readTexts } from "../../src/arguments/value.ts";

/** Of each type a text that is no value of it; undefined: any text is. */
const NO_VALUES: Record<ArgumentType, string | undefined> = {
  str: undefined,
  int: "1.5",
  float: "1,5",
  bool: "maybe",
  flag: "maybe",
  path: undefined,
  choice: undefined,
  rest: undefined,
};

test.each(ARGUMENT_TYPES)("a text that is no %s is refused by what one is", (type) => {
  const text = NO_VALUES[type];
  expect(isFreeText({ type })).toBe(text === undefined);
  const argument = { name: "x", type, required: true, multiple: type !== "rest", env: [] };
  const wanted = { problem: `found "${text}", expected ${TYPES[type].noun}` };
  expect(readTexts(argument, [text ?? "any"])).toEqual(text === undefined ? { value: ["any"] } : wanted);
});
