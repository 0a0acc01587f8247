import { expect, test } from "bun:test";
import {
  integerOf,
  isExact,
  keepDigits,
  mayBeInexact,
  parseKeepingNumerals,
  rawNumeral,
  readFloat,
} from "../src/numerals.ts";

test.each<[string, number]>([
  ["5", 5],
  ["-5", -5],
  ["5.0", 5],
  ["5e0", 5],
  ["0.5E1", 5],
  ["50e-1", 5],
  ["5.10e1", 51],
  ["1e+3", 1000],
  ["0.0", 0],
  ["0e-400", 0],
  ["-0.0", -0],
  ["9007199254740991.0", 9007199254740991],
  ["1e400", Infinity],
  ["5.1", NaN],
  ["5.01e1", NaN],
  ["5e-1", NaN],
  ["1.00000000000000000001", NaN],
  ["4503599627370497.5", NaN],
  ["1e-400", NaN],
])("as an integer, %s", (text, value) => {
  expect(integerOf(text)).toBe(value);
});

test("a long numeral is looked at as fast as any", () => {
  expect(integerOf(`1e-${"9".repeat(100_000)}`)).toBeNaN();
  expect(integerOf(`1.${"0".repeat(1_000_000)}1`)).toBeNaN();
  expect(readFloat(`${"1".repeat(1_000_000)}x`)).toBeUndefined();
});

test.each<[string, boolean]>([
  ['{"jsonrpc":"2.0","id":7,"params":{"name":"a","arguments":{"n":12,"f":1.25}}}', false],
  ['{"jsonrpc":"2.0","params":{"arguments":{"n":1.10}}}', true],
  ["[1.0]", true],
  ["[1.10 ]", true],
  ["[-0]", true],
  ["[5e0]", true],
  ["[9007199254740993]", true],
  ["[0.000001]", true],
  ["[-0.5, 10, 100.01]", false],
])("a number that may be read otherwise in %s: %p", (text, may) => {
  expect(mayBeInexact(text)).toBe(may);
});

test("of the numbers of JSON those keep their digits that would be written otherwise", () => {
  const parsed = parseKeepingNumerals('[5, 1.10, 5e0, "1.10", 9007199254740993]');
  expect([parsed].flat().map((value) => rawNumeral(value) ?? value)).toEqual([
    5,
    "1.10",
    "5e0",
    "1.10",
    "9007199254740993",
  ]);
  expect([keepDigits(1.1, "1.10"), keepDigits(7, "007"), keepDigits(7, "7")]).toEqual(["1.10", "007", 7]);
});

test.each([
  ["1.5e-05", true],
  ["5e0", true],
  ["1.10", true],
  ["9007199254740993", false],
  ["1e400", false],
])("that a double has the number %s: %p", (text, exact) => expect(isExact(text)).toBe(exact));
