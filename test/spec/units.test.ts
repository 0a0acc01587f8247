import { describe, expect, test } from "bun:test";
import { parseDuration, writeDuration } from "../../src/spec/units.ts";

describe("a duration is written as one would write it", () => {
  const rows: [number, string][] = [
    [1, "1ms"],
    [999, "999ms"],
    [1000, "1s"],
    [2500, "2s500ms"],
    [90_000, "1m30s"],
    [300_000, "5m"],
    [5_400_000, "1h30m"],
    [86_400_000, "24h"],
    [3_600_001, "1h1ms"],
    [2 ** 31 - 1, "596h31m23s647ms"],
  ];
  test.each(rows)("%d: %s", (milliseconds, text) => {
    expect(writeDuration(milliseconds)).toBe(text);
    expect(parseDuration(text)).toBe(milliseconds);
  });
});

test.each(["", "90", "1d", "5m x", "0s", "0.4ms", "2147483648ms", "25h3600000s"])("%j is none", (text) => {
  expect(parseDuration(text)).toBe(undefined);
});

test("nothing is written as no seconds", () => {
  expect(writeDuration(0)).toBe("0s");
});
