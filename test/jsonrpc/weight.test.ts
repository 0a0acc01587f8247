import { describe, expect, test } from "bun:test";
import { DEPTH_MAX, holdsTooMuch } from "../../src/jsonrpc/weight.ts";

const bytes = (text: string) => Buffer.from(text);

describe("a line of JSON", () => {
  test.each<[string, string, boolean]>([
    [
      "a call",
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{"a":[1,2]}}}',
      true,
    ],
    ["empty", "", true],
    ["128 levels", "[".repeat(128) + "]".repeat(128), true],
    ["129 levels", "[".repeat(129) + "]".repeat(129), false],
    ["levels beside one another", `[${"[[]],{},".repeat(1000)}0]`, true],
    ["levels in a text", `"${"[".repeat(1000)}"`, true],
    ["levels behind a quote in a text", `"a\\"${"[".repeat(1000)}"`, true],
    ["levels behind a text that ends in a backslash", `"a\\\\"${"[".repeat(1000)}`, false],
    ["a text without an end", `"${"[".repeat(1000)}`, true],
    ["many values", `[${"0,".repeat(249_000)}0]`, true],
    ["too many values", `[${"0,".repeat(250_000)}0]`, false],
    ["too many objects", "{}".repeat(250_001), false],
    ["many commas in a text", `"${",".repeat(300_000)}"`, true],
  ])("%s", (_, text, bearable) => expect(holdsTooMuch(bytes(text), DEPTH_MAX)).toBe(!bearable));

  test("from a client may be nested as it likes", () => {
    expect(holdsTooMuch(bytes("[".repeat(1000)))).toBe(false);
    expect(holdsTooMuch(bytes("[".repeat(250_001)))).toBe(true);
  });
});
