import { describe, expect, test } from "bun:test";
import { createLineDecoder, type Frame } from "../../src/jsonrpc/framing.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const show = (frame: Frame) =>
  frame.kind === "line"
    ? new TextDecoder().decode(frame.bytes)
    : `over:${new TextDecoder().decode(frame.head)}`;

function decode(chunks: readonly string[], limit = 10): { frames: string[]; rest: string | undefined } {
  const decoder = createLineDecoder(limit);
  const frames = chunks.flatMap((chunk) => decoder.push(bytes(chunk))).map(show);
  const end = decoder.end();
  return { frames, rest: end === undefined ? undefined : new TextDecoder().decode(end) };
}

describe("createLineDecoder", () => {
  test.each<[string, string[], string[], string | undefined]>([
    ["one line", ["abc\n"], ["abc"], undefined],
    ["several lines in one chunk", ["a\nb\nc\n"], ["a", "b", "c"], undefined],
    ["a line in pieces", ["a", "b", "c\n"], ["abc"], undefined],
    ["a carriage return before the newline is dropped", ["a\r\n"], ["a"], undefined],
    ["a carriage return elsewhere is kept", ["a\rb\n"], ["a\rb"], undefined],
    ["empty lines are skipped", ["\n\r\n\na\n"], ["a"], undefined],
    ["an end in the middle of a line", ["a\nb"], ["a"], "b"],
    ["exactly the limit", ["0123456789\n"], ["0123456789"], undefined],
    ["one over the limit, whole", ["0123456789x\na\n"], ["over:0123456789", "a"], undefined],
    [
      "over the limit in pieces, told once",
      ["012345678", "9abc", "def", "gh\na\n"],
      ["over:0123456789", "a"],
      undefined,
    ],
    ["over the limit and never ended", ["0123456789ab"], ["over:0123456789"], undefined],
    ["two long lines", ["0123456789ab\n0123456789cd\n"], ["over:0123456789", "over:0123456789"], undefined],
  ])("%s", (_name, chunks, frames, rest) => {
    expect(decode(chunks)).toEqual({ frames, rest });
  });

  test("any cutting into chunks gives the same lines", () => {
    const text = "one\r\ntwo\n\nthree three three\nfour\n";
    const whole = decode([text], 12);
    for (let size = 1; size < text.length; size++) {
      const chunks = text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
      expect(decode(chunks, 12)).toEqual(whole);
    }
    expect(whole.frames).toEqual(["one", "two", "over:three three ", "four"]);
  });
});
