import { describe, expect, test } from "bun:test";
import { compilePattern } from "../../src/become/pattern.ts";
// What Python 3.11.7 says: the host names that re.fullmatch takes, or null where re.compile refuses.
import python from "./pattern-python.json";

describe("agrees with Python's re.fullmatch", () => {
  for (const { pattern, matches } of python.rows) {
    if (matches === null) {
      test(`refuses ${JSON.stringify(pattern)}`, () => {
        expect(() => compilePattern(pattern)).toThrow("cannot be used: ");
      });
    } else {
      test(`matches ${JSON.stringify(pattern)}`, () => {
        const compiled = compilePattern(pattern);
        expect(python.hostnames.filter((hostname) => compiled.test(hostname))).toEqual([...matches]);
      });
    }
  }
});

describe("refuses what it cannot say in JavaScript, with the reason", () => {
  const rows: [string, string][] = [
    ["a++", '"++" is possessive, which has no counterpart here'],
    ["a{1,2}+", '"{1,2}+" is possessive, which has no counterpart here'],
    ["(?>a+)b", '"(?>" begins something that has no counterpart here'],
    ["(a)?(?(1)b|c)", '"(?(" begins something that has no counterpart here'],
    ["(?x) a b", '"(?x" begins something that has no counterpart here'],
    ["(?x:a b)", '"(?x" begins something that has no counterpart here'],
    ["\\N{LATIN SMALL LETTER A}", '"\\N" is not an escape that is known here'],
    ["a(?#x)*", "a comment before a quantifier"],
    ["a*(?#x)?", "a comment before a quantifier"],
    ["é", "host names are ASCII, and it holds another character"],
    ["\\xe9", "host names are ASCII, and it holds another character"],
    ["[\\u0130]", "host names are ASCII, and it holds another character"],
    ["😀", "host names are ASCII, and it holds another character"],
    ["(?=a)*a", "nothing to repeat"],
  ];
  test.each(rows)("%j", (pattern, reason) => {
    expect(() => compilePattern(pattern)).toThrow(`the pattern "${pattern}" cannot be used: ${reason}`);
  });
});

describe("refuses references that JavaScript would take for the empty string", () => {
  const mayTakeNoPart =
    "it refers to a group that may take no part: only one outside other groups, alternatives and repeats can be";
  const rows: [string, string][] = [
    ["(a)?\\1", mayTakeNoPart],
    ["(a)*b\\1", mayTakeNoPart],
    ["(a){0,1}\\1", mayTakeNoPart],
    ["(a)|b\\1", mayTakeNoPart],
    ["b\\1|(a)", "it refers to a group that is not there"],
    ["(?P<n>a)(?P=n)|b", mayTakeNoPart],
    ["(?:(a)|b)\\1", mayTakeNoPart],
    ["(?!(a))\\1", mayTakeNoPart],
    ["(a)(?<=\\1)", "a reference inside a lookbehind"],
    ["(a\\1)", "it refers to a group that is still open"],
    ["\\1(a)", "it refers to a group that is not there"],
    ["(?P=n)", "it refers to a group that is not there"],
  ];
  test.each(rows)("%j", (pattern, reason) => {
    expect(() => compilePattern(pattern)).toThrow(`the pattern "${pattern}" cannot be used: ${reason}`);
  });
});

test("takes a lookbehind of any width, which Python does not", () => {
  expect(compilePattern("db\\d+(?<=b1+)").test("db11")).toBe(true);
});

test("reads a long one as fast as any", () => {
  const text = `a{${"0".repeat(500_000)}x`;
  expect(compilePattern(text.replace("{", "\\{")).test(text)).toBe(true);
  expect(compilePattern("a{,2}b{1}c{1,}").test("bcc")).toBe(true);
});

test("shows a pattern's control characters", () => {
  expect(() => compilePattern("a\x1b(")).toThrow('the pattern "a\\x1b(" cannot be used');
});
