import { describe, expect, test } from "bun:test";
import { createLineDecoder, type Frame } from "../../src/jsonrpc/framing.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const textOf = (given: Uint8Array) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(given);

function show(frame: Frame): string {
  if (frame.kind === "oversized") return `over:${textOf(frame.head)}`;
  if (frame.kind === "skipped") return `end:${textOf(frame.tail)}`;
  return frame.kind === "line" ? textOf(frame.bytes) : `raw:${textOf(frame.bytes)}`;
}

function decode(chunks: readonly string[], limit = 10): { frames: string[]; rest: string | undefined } {
  const decoder = createLineDecoder(limit);
  const frames: string[] = [];
  for (const chunk of chunks) {
    for (const frame of decoder.push(bytes(chunk))) {
      frames.push(show(frame));
      // Behind "a+3" are three bytes that are no lines.
      const [, taken] = (frame.kind === "line" && /^\w\+(\d+)$/.exec(textOf(frame.bytes))) || [];
      if (taken !== undefined) decoder.expectRaw(Number(taken));
    }
  }
  const end = decoder.end();
  return { frames, rest: end === undefined ? undefined : new TextDecoder().decode(end) };
}

describe("createLineDecoder", () => {
  test.each<[string, string[], string[], string | undefined]>([
    ["one line", ["abc\n"], ["abc"], undefined],
    ["several lines in one chunk", ["a\nb\nc\n"], ["a", "b", "c"], undefined],
    ["a line in pieces", ["a", "b", "c\n"], ["abc"], undefined],
    ["carriage returns are kept", ["a\rb\r\n"], ["a\rb\r"], undefined],
    ["a byte order mark before a line", ["\ufeffa\n\ufeffb\n"], ["a", "b"], undefined],
    ["no part of one", ["\uf03f\n\ufec1\n\u0eff\n"], ["\uf03f", "\ufec1", "\u0eff"], undefined],
    ["and only there", ["a\ufeff\n\ufeff\ufeffb\n"], ["a\ufeff", "\ufeffb"], undefined],
    ["empty lines", ["\n\r\n\na\n"], ["", "\r", "", "a"], undefined],
    ["an end in the middle of a line", ["a\nb"], ["a"], "b"],
    ["exactly the limit", ["0123456789\n"], ["0123456789"], undefined],
    [
      "one over the limit, whole",
      ["0123456789x\na\n"],
      ["over:0123456789", "end:0123456789x", "a"],
      undefined,
    ],
    [
      "over the limit in pieces, told once",
      ["012345678", "9abc", "def", "gh\na\n"],
      ["over:0123456789", "end:0123456789abcdefgh", "a"],
      undefined,
    ],
    [
      "over the limit, and its end alone as well",
      ["0123456789ab", "cdefghijklmn\na\n"],
      ["over:0123456789", "end:0123456789abcdefghijklmn", "a"],
      undefined,
    ],
    ["over the limit and never ended", ["0123456789ab"], ["over:0123456789"], undefined],
    [
      "two long lines",
      ["0123456789ab\n0123456789cd\n"],
      ["over:0123456789", "end:0123456789ab", "over:0123456789", "end:0123456789cd"],
      undefined,
    ],
  ])("%s", (_name, chunks, frames, rest) => {
    expect(decode(chunks)).toEqual({ frames, rest });
  });

  test.each<[string, string[], string[], string | undefined]>([
    ["bytes behind a line", ["a+3\nxyz\nb\n"], ["a+3", "raw:xyz", "", "b"], undefined],
    ["bytes that look like lines", ["a+4\n\nb\n\nc\n"], ["a+4", "raw:\nb\n\n", "c"], undefined],
    [
      "bytes over the limit of a line",
      [`a+20\n${"x".repeat(20)}b\n`],
      ["a+20", `raw:${"x".repeat(20)}`, "b"],
      undefined,
    ],
    [
      "as many as have come",
      ["a+6\nwx", "yz", "12b\n"],
      ["a+6", "raw:wx", "raw:yz", "raw:12", "b"],
      undefined,
    ],
    ["an end among them", ["a+6\nwx"], ["a+6", "raw:wx"], undefined],
    ["what they follow in pieces", ["a", "+", "2", "\n", "xy"], ["a+2", "raw:xy"], undefined],
    ["none", ["a+0\nx\n"], ["a+0", "x"], undefined],
  ])("taken: %s", (_name, chunks, frames, rest) => {
    expect(decode(chunks)).toEqual({ frames, rest });
  });

  test("taken bytes are the same however they are cut", () => {
    const text = "one\na+11\nb+2\n\nx\ny\nzztwo\n";
    for (let size = 1; size < text.length; size++) {
      const { frames, rest } = decode(text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [], 12);
      const taken = frames.filter((frame) => frame.startsWith("raw:")).map((frame) => frame.slice(4));
      expect(taken.join("")).toBe("b+2\n\nx\ny\nzz");
      expect([frames[0], frames.at(-1), rest]).toEqual(["one", "two", undefined]);
      expect(frames).toHaveLength(taken.length + 3);
    }
  });

  test("tells where a line of somebody else could stand", () => {
    const decoder = createLineDecoder(10);
    const after = (text: string, taken = 0) => {
      for (const { kind } of decoder.push(bytes(text))) if (kind === "line") decoder.expectRaw(taken);
      return decoder.isBetweenLines();
    };
    expect(["", "a", "\n", "0123456789ab", "c\n", "d\n"].map((text) => after(text))).toEqual([
      ...[true, false, true, false, true, true],
    ]);
    expect([after("e\n", 2), after("x"), after("y")]).toEqual([false, false, true]);
  });

  test("any cutting into chunks gives the same lines", () => {
    const text = "one\r\ntwo\n\nthree three three\nfour\n";
    const whole = decode([text], 12);
    for (let size = 1; size < text.length; size++) {
      const chunks = text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
      expect(decode(chunks, 12)).toEqual(whole);
    }
    expect(whole.frames).toEqual([
      ...["one\r", "two", "", "over:three three ", "end:three three three", "four"],
    ]);
  });
});
