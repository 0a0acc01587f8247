import { expect, test } from "bun:test";
import { createLineMask, maskText, withoutCutSecret } from "../src/mask.ts";

test("text is masked anywhere, the longer secret first", () => {
  const secrets = new Set(["abc", "abcdef"]);
  expect(maskText("abcdef, abcd, -abc-", secrets)).toBe("***, ***d, -***-");
  // As a log has it, and one line of it.
  expect(maskText("k#012ey, ey", new Set(["k\ney"]))).toBe("***#012***, ***");
  expect(maskText("a\n", new Set(["\n"]))).toBe("a***");
  expect(maskText("a*", new Set(["*\n".repeat(100)]))).toBe("a***");
  const lines = Array.from({ length: 200_000 }, (_, line) => `k${line}.`).join("\n");
  expect(maskText("k7. of k20000.", new Set([lines]))).toBe("*** of k20000.");
});

// As sudo -i tells of a word, and what it starts, and su's shell.
test.each([
  ["A=p@ss\\ w0rd! /x", "A=*** /x"],
  ["/x p\\@ss\\ w0rd\\! y", "/x *** y"],
  ["/x 'p@ss w0rd'\\!, p@ss w0rd!", "/x '***, ***"],
  ["it'\\''s, its", "***, ***"],
])("%j is masked, too", (text, masked) => {
  expect(maskText(text, new Set(["p@ss w0rd!", "it's"]))).toBe(masked);
});

test("of a secret that is all quotes, no more is masked than the quotes", () => {
  expect(maskText("it's", new Set(["'"]))).toBe("it***s");
});

const LONG = 4 * 1024 * 1024;
test.each([
  ["a line as a whole", ["a s3c", "ret\nb"], true, ["a ***\n", "b"]],
  ["what is not text as it is", ["\xff s3cret\n"], true, ["\xff ***\n"]],
  ["a stream without secrets as it comes", ["a s3c", "s3cret\nb"], false, ["a s3c", "s3cret\nb"]],
  [
    "a line that is too long in parts",
    ["s3cret".padEnd(LONG), "s3cret"],
    true,
    ["***".padEnd(LONG - 3), "***"],
  ],
])("masks %s", async (_, pieces, isMasked, expected) => {
  const passed: string[] = [];
  const mask = createLineMask(
    new Set(["s3cret"]),
    async (bytes) => void passed.push(Buffer.from(bytes).toString("latin1")),
  );
  for (const piece of pieces) await mask.take(Buffer.from(piece, "latin1"), isMasked);
  await mask.end();
  expect(passed).toEqual(expected);
});

test.each([
  ["said s3c", "said "],
  ["said s3cret", "said "],
  ["said s\\3'c", "said "],
  ["said so", "said so"],
])("%j, cut there, is %j without the beginning of a secret", (text, whole) => {
  expect(withoutCutSecret(text, new Set(["s3cret"]))).toBe(whole);
  expect(withoutCutSecret(text, new Set())).toBe(text);
});
