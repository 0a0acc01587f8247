import { expect, test } from "bun:test";
import {
  ARGUMENT_TYPES,
  type Argument,
  type ArgumentType,
  isFreeText,
  TYPES,
} from "../../src/arguments/model.ts";
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

const INTEGER: Argument = { name: "x", type: "int", required: true, multiple: false, env: [] };

test.each<[range: [number, number], text: string, wanted: string]>([
  [[-Infinity, 10], "11", "an integer of at most 10"],
  [[1, Infinity], "0", "an integer of at least 1"],
  [[1, 10], "11", "an integer from 1 to 10"],
])("a number out of the range %j is refused by its limits", (range, text, wanted) => {
  expect(readTexts({ ...INTEGER, range }, [text])).toEqual({
    problem: `found ${text}, expected ${wanted}`,
  });
});

test("a list has no more items than a variable has room for", () => {
  const items = (count: number) => readTexts({ ...INTEGER, multiple: true }, Array(count).fill("1"));
  expect(items(65_536)).toEqual({ value: Array(65_536).fill(1) });
  expect(items(65_537)).toEqual({ problem: "found more than 65536 items, expected fewer" });
});
