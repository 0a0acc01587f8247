import { expect, test } from "bun:test";
import { didYouMean, nearest } from "../src/did-you-mean.ts";

test.each([
  ["deplyo", ["deploy", "status"], ["deploy"]],
  ["dep", ["deploy", "depot", "x"], ["deploy", "depot"]],
  ["ab", ["cd"], []],
  ["web", ["web-1", "wbe", "@web"], ["@web", "web-1", "wbe"]],
  ["db", ["@db", "@d"], ["@db"]],
  ["web-1", ["web-10", "web-100", "web-01", "web-001"], ["web-01", "web-001", "web-10", "web-100"]],
  // A group may name a host that has a table, too.
  ["web-1", ["web-10", "web-11", "web-10"], ["web-10", "web-11"]],
  ["DEPLOY", ["deploy", "Deploy-2"], ["deploy", "Deploy-2"]],
  ["deplyo", ["DEPLOY"], ["DEPLOY"]],
  ["", ["deploy"], []],
  ["a".repeat(65), ["a".repeat(65)], []],
  ["deploy", ["deploy".repeat(20)], []],
])("of %j to %j", (wanted, names, near) => expect(nearest(wanted, names)).toEqual(near));

test.each([
  ["cahce", ["cache", "cached"], 'did you mean "cache"?'],
  ["cache", ["cache_clear", "x", "cache_warm"], 'did you mean "cache_clear" or "cache_warm"?'],
  ["w", ["w1", "w2", "w3", "w4", "w5"], 'did you mean "w1" or "w2" or "w3" or "w4"?'],
  ["x", ["w1"], ""],
  ["N", ["no-x", "n", "no-y"], 'did you mean "n"?'],
  ["CACHE", ["cache_clear", "x", "cache_warm"], 'did you mean "cache_clear" or "cache_warm"?'],
])("what %j was meant for, of %j", (wanted, names, said) => expect(didYouMean(wanted, names)).toBe(said));

test("is bounded, however many names there are", () => {
  const names = Array.from({ length: 2000 }, (_, at) => `t${at}`);
  expect(nearest("t1999", names)).not.toContain("t1999");
  expect(didYouMean("x".repeat(11_000_000), names)).toBe("");
});
