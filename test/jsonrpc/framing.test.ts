import { describe, expect, test } from "bun:test";
import { createLineDecoder, type Frame } from "../../src/jsonrpc/framing.ts";
import type { JsonObject } from "../../src/jsonrpc/message.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const textOf = (given: Uint8Array) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(given);

function show(frame: Frame): string {
  if (frame.kind === "oversized") return `over:${textOf(frame.head)}`;
  if (frame.kind === "skipped") return `end:${textOf(frame.tail)}`;
  return frame.kind === "line" ? textOf(frame.bytes) : `${frame.params.of}:${textOf(frame.bytes)}`;
}

/** "a+3" announces three bytes of a. */
function announcement(line: Uint8Array): { params: JsonObject; length: number } | undefined {
  const [, of, length] = /^(\w+)\+(\d+)$/.exec(textOf(line)) ?? [];
  return length === undefined ? undefined : { params: { of }, length: Number(length) };
}

function decode(chunks: readonly string[], limit = 10): { frames: string[]; rest: string | undefined } {
  const decoder = createLineDecoder(limit, announcement);
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
    ["a byte order mark before the first line", ["\ufeffa\n"], ["a"], undefined],
    ["and only there", ["a\n\ufeffb\n"], ["a", "\ufeffb"], undefined],
    ["empty lines are skipped", ["\n\r\n\na\n"], ["a"], undefined],
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
    ["bytes behind a line, which is none itself", ["a+3\nxyz\nb\n"], ["a:xyz", "b"], undefined],
    ["bytes that look like lines", ["a+4\n\nb\n\n\nc\n"], ["a:\nb\n\n", "c"], undefined],
    ["bytes that look like an announcement", ["a+4\nb+9\n\nc\n"], ["a:b+9\n", "c"], undefined],
    [
      "bytes over the limit of a line",
      [`a+20\n${"x".repeat(20)}\nb\n`],
      [`a:${"x".repeat(20)}`, "b"],
      undefined,
    ],
    ["a line straight behind them", ["a+1\nxb\n"], ["a:x", "b"], undefined],
    ["as many as have come", ["a+6\nwx", "yz", "12\nb\n"], ["a:wx", "a:yz", "a:12", "b"], undefined],
    ["an end among them", ["a+6\nwx"], ["a:wx"], undefined],
    ["the announcement in pieces", ["a", "+", "2", "\n", "xy"], ["a:xy"], undefined],
    ["one after the other", ["a+1\nx\nb+1\ny\n"], ["a:x", "b:y"], undefined],
  ])("announced: %s", (_name, chunks, frames, rest) => {
    expect(decode(chunks)).toEqual({ frames, rest });
  });

  test("announced bytes are the same however they are cut", () => {
    const text = "one\na+11\nb+2\n\nx\ny\nzz\ntwo\n";
    for (let size = 1; size < text.length; size++) {
      const { frames, rest } = decode(text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [], 12);
      const announced = frames.filter((frame) => frame.startsWith("a:")).map((frame) => frame.slice(2));
      expect(announced.join("")).toBe("b+2\n\nx\ny\nzz");
      expect([frames[0], frames.at(-1), rest]).toEqual(["one", "two", undefined]);
      expect(frames).toHaveLength(announced.length + 2);
    }
  });

  test("any cutting into chunks gives the same lines", () => {
    const text = "one\r\ntwo\n\nthree three three\nfour\n";
    const whole = decode([text], 12);
    for (let size = 1; size < text.length; size++) {
      const chunks = text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
      expect(decode(chunks, 12)).toEqual(whole);
    }
    expect(whole.frames).toEqual(["one", "two", "over:three three ", "end:three three three", "four"]);
  });
});
