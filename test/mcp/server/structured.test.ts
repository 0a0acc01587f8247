import { describe, expect, test } from "bun:test";
import { structuredContent } from "../../../src/mcp/server/structured.ts";

const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;

describe("structuredContent", () => {
  /** What is written into the message where an object, and where any value is allowed. */
  test.each<[string, string | undefined, string | undefined]>([
    ['{"a":1}', '{"a":1}', '{"a":1}'],
    [' {"a":1}\n', '{"a":1}', '{"a":1}'],
    ["[1]", undefined, "[1]"],
    ["5", undefined, "5"],
    ["null", undefined, "null"],
    ["12345678901234567890", undefined, "12345678901234567890"],
    ['{"n":12345678901234567890}', '{"n":12345678901234567890}', '{"n":12345678901234567890}'],
    ['{"n":0.1234567890123456789}', '{"n":0.1234567890123456789}', '{"n":0.1234567890123456789}'],
    ['{"n":1e400}', '{"n":1e400}', '{"n":1e400}'],
    ['{"n":1.50,"m":1e2}', '{"n":1.50,"m":1e2}', '{"n":1.50,"m":1e2}'],
    ['{"t":"1234567890123456789012"}', '{"t":"1234567890123456789012"}', '{"t":"1234567890123456789012"}'],
    ['{"t":"\\ud834\\udd1e"}', '{"t":"𝄞"}', '{"t":"𝄞"}'],
    ['{"t":"\\ud834"}', undefined, undefined],
    ['{"\\udd1e":1}', undefined, undefined],
    ["", undefined, undefined],
    ["{", undefined, undefined],
    ["words", undefined, undefined],
    [nested(100), undefined, nested(100)],
    [nested(101), undefined, undefined],
    [nested(1_000_000), undefined, undefined],
  ])("%s", (text, asObject, asAny) => {
    const written = (allowed: "object" | "any") => {
      const value = structuredContent(text, allowed);
      return value === undefined ? undefined : JSON.stringify(value);
    };
    expect([written("object"), written("any")]).toEqual([asObject, asAny]);
    expect(structuredContent(text, "absent")).toBeUndefined();
  });
});
