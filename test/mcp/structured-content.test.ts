import { describe, expect, test } from "bun:test";
import { structuredContent } from "../../src/mcp/structured-content.ts";

const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;

describe("structuredContent", () => {
  /** What is written into the message where an object, and where any value is allowed. */
  test.each<[string, string | undefined, string | undefined]>([
    ['{"a":1}', '{"a":1}', '{"a":1}'],
    [' {"a":1}\n', '{"a":1}', '{"a":1}'],
    ["[1]", undefined, "[1]"],
    ["5", undefined, "5"],
    ["null", undefined, "null"],
    // A client of JavaScript would show another number.
    ["12345678901234567890", undefined, undefined],
    ['{"n":[{"id":1234567890123456789}]}', undefined, undefined],
    ['{"n":9007199254740993}', undefined, undefined],
    ['{"n":0.1234567890123456789}', undefined, undefined],
    ['{"n":1e400}', undefined, undefined],
    ['{"n":1e-400}', undefined, undefined],
    // Python's way to write what JavaScript writes as 0.000012345678901234568.
    ['{"n":1.2345678901234568e-05}', '{"n":1.2345678901234568e-05}', '{"n":1.2345678901234568e-05}'],
    ['{"n":9007199254740991}', '{"n":9007199254740991}', '{"n":9007199254740991}'],
    ['{"n":0.30000000000000004}', '{"n":0.30000000000000004}', '{"n":0.30000000000000004}'],
    ['{"n":-5.0e0,"m":-0,"k":1e21}', '{"n":-5.0e0,"m":-0,"k":1e21}', '{"n":-5.0e0,"m":-0,"k":1e21}'],
    ['{"n":1.50,"m":1e2}', '{"n":1.50,"m":1e2}', '{"n":1.50,"m":1e2}'],
    ['{"t":"1234567890123456789012"}', '{"t":"1234567890123456789012"}', '{"t":"1234567890123456789012"}'],
    ['{"t":"\\ud834\\udd1e"}', '{"t":"𝄞"}', '{"t":"𝄞"}'],
    ['{"t":"\\ud834"}', undefined, undefined],
    ['{"\\udd1e":1}', undefined, undefined],
    ["", undefined, undefined],
    ["{", undefined, undefined],
    ["words", undefined, undefined],
  ])("%s", (text, asObject, asAny) => {
    expect(written(text)).toEqual([asObject, asAny, undefined]);
  });

  test.each([
    [100, nested(100)],
    [101, undefined],
    [200_000, undefined],
  ])("a list in a list, %d times", (depth, asAny) => {
    expect(written(nested(depth))).toEqual([undefined, asAny, undefined]);
  });

  function written(text: string) {
    return (["object", "any", "absent"] as const).map((allowed) => {
      const value = structuredContent(text, allowed);
      return value === undefined ? undefined : JSON.stringify(value);
    });
  }
});
