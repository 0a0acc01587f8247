import { describe, expect, test } from "bun:test";
import { readAmount, readBatch, stepsOf } from "../../src/fleet/steps.ts";

describe("steps", () => {
  test.each<[string, number, number[]]>([
    ["1,50%,100%", 4, [1, 2, 1]],
    ["1,10%,100%", 20, [1, 2, 17]],
    ["1,10%,100%", 5, [1, 1, 3]],
    ["2", 5, [2, 2, 1]],
    ["1, 3", 8, [1, 3, 3, 1]],
    ["50%", 4, [2, 2]],
    ["100%", 4, [4]],
    ["10", 4, [4]],
  ])("%s of %d: %j", (batch, count, sizes) => {
    const items = Array.from({ length: count }, (_, index) => index);
    const steps = stepsOf(items, readBatch(batch));
    expect(steps.map((step) => step.length)).toEqual(sizes);
    expect(steps.flat()).toEqual(items);
  });

  test.each(["", "0", "0%", "1,,2", "-1", "101%", "x", "1.5"])("are not %j", (batch) =>
    expect(() => readBatch(batch)).toThrow("--batch: "),
  );

  test.each<[string, number, number, boolean]>([
    ["0", 0, 4, false],
    ["0", 1, 4, true],
    ["25%", 1, 4, false],
    ["25%", 2, 4, true],
    ["100%", 4, 4, false],
    ["0%", 1, 4, true],
  ])("--max-fail %s is passed by %d of %d: %p", (limit, failed, all, passed) =>
    expect(failed > readAmount(limit, "--max-fail")(all)).toBe(passed),
  );
});
