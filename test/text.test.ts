/** The parts of src/text.ts that stand before what a shell or a terminal is given. */

import { describe, expect, spyOn, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { messageText } from "../src/errors.ts";
import {
  decodeLossily,
  decodeUtf8,
  firstLine,
  hiddenIn,
  joinLines,
  shorten,
  visible,
  visibleLines,
  withoutCutEnd,
  withoutCutStart,
} from "../src/text.ts";

test("bytes of which there comes no text are not an empty text, as 2 GiB would be", () => {
  const spy = spyOn(TextDecoder.prototype, "decode").mockReturnValue("");
  const texts = [Buffer.of(), Buffer.of(0x61)].map(decodeUtf8);
  spy.mockRestore();
  expect(texts).toEqual(["", undefined]);
});

test("what is not UTF-8 is replaced, and a byte order mark is kept", () => {
  expect(decodeLossily(Uint8Array.of(0x61, 0xff, 0x62))).toBe("a\ufffdb");
  expect(decodeLossily(Buffer.from("\ufeffa"))).toBe("\ufeffa");
  expect(decodeLossily(Uint8Array.of(0xef, 0xbb, 0xbf, 0xff))).toBe("\ufeff\ufffd");
});

describe("what is invisible is shown", () => {
  test.each([
    ["plain", "plain"],
    ["\x1b[31mred", "\\x1b[31mred"],
    ["a\nb\tc\rd", "a\\nb\\tc\\rd"],
    ["c1 \x9b", "c1 \\x9b"],
    ["zero\u200bwidth", "zero\\u200bwidth"],
    ["\u00adsoft", "\\xadsoft"],
    ["bidi \u202e\u2066", "bidi \\u202e\\u2066"],
    ["\u061c", "\\u061c"],
    ["\ufeffmark", "\\ufeffmark"],
    ["tags \u{e0041}\u{e007f}", "tags \\u{e0041}\\u{e007f}"],
    ["fillers \u3164\u115f", "fillers \\u3164\\u115f"],
    ["a\ufe0f", "a\\ufe0f"],
    ["selectors \u{e0100}", "selectors \\u{e0100}"],
    ["half \ud800", "half \\ud800"],
    ["a\u200db", "a\\u200db"],
    ["line\u2028", "line\\u2028"],
  ])("%j", (text, shown) => expect(visible(text)).toBe(shown));

  test.each(["é ✓ 日本", "👩‍💻", "🏳️‍🌈", "❤️", "👩🏽‍🚒", "1️⃣", "葛\u{e0100}", "한국", "\u00a0"])(
    "%j stays",
    (text) => {
      expect(visible(text)).toBe(text);
      expect(hiddenIn(text)).toEqual([]);
    },
  );

  test("once is enough", () => expect(visible(visible("\x1b\u200b"))).toBe("\\x1b\\u200b"));
  test("a message keeps its lines", () => expect(visibleLines("a\n\x07b")).toBe("a\n\\x07b"));
  test("each is named once, and white space is none", () =>
    expect(hiddenIn("a\n\t\u200b\u200b\x1b")).toEqual(["\\u200b", "\\x1b"]));
});

test("a first line is cut between characters, and shows that it was cut", () => {
  expect(firstLine(`\n  ${"x".repeat(79)}😀 and more\nlast`)).toBe(`${"x".repeat(79)}\ufffd…`);
  expect([firstLine("a line\nlast"), firstLine(" \n\t\na line")]).toEqual(["a line", "a line"]);
});

describe("messages", () => {
  test("are made visible where they are made", () =>
    expect(messageText("\x1b[2Jgone", "try\n\u202ethis")).toBe(
      "runspec: \\x1b[2Jgone\n  try\n  \\u202ethis\n",
    ));

  test("are cut where nobody reads on", () => {
    const text = messageText("x".repeat(1_000_000), "help");
    expect([text.length < 70_000, text.endsWith("…\n  help\n")]).toEqual([true, true]);
    expect(visible("\x07".repeat(1_000_000)).endsWith("\\x07…")).toBe(true);
  });

  test("are made nowhere else", () => {
    const src = join(import.meta.dir, "../src");
    const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".ts"),
    );
    const others = files.filter(
      (name) => name !== "errors.ts" && /[`"']runspec: /.test(readFileSync(join(src, name), "utf8")),
    );
    expect(others).toEqual([]);
  });
});

test.each([
  ["short", 5, "short"],
  ["longer", 5, "longe…"],
  ["four👩", 5, "four\ufffd…"],
  ["half \ud800", 9, "half \ud800"],
])("%j of at most %j characters is %j", (text, most, shown) => {
  expect(shorten(text, most)).toBe(shown);
});

test("lines are joined in time by their length", () => {
  const spaces = " ".repeat(1_000_000);
  expect(joinLines(` a ${spaces}b \r\n\n${spaces}\n c\n`)).toBe(`a ${spaces}b; c`);
  expect(joinLines("2 errors:\na: x\nbe")).toBe("2 errors: a: x; be");
});

describe("without what a cut has split", () => {
  const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

  test.each<[string, string, string, string]>([
    ["nothing", "", "", ""],
    ["text", "6162", "6162", "6162"],
    ["whole characters", "c3a9 e282ac f09d849e", "c3a9 e282ac f09d849e", "c3a9 e282ac f09d849e"],
    ["the first of two", "61 c2", "61", "61 c2"],
    ["two of three", "61 e0a4", "61", "61 e0a4"],
    ["three of four", "61 f09d84", "61", "61 f09d84"],
    ["the last of two", "a9 61", "a9 61", "61"],
    ["the last three of four", "9d849e 61", "9d849e 61", "61"],
    ["bytes that never were UTF-8", "80808080 61 ff", "80808080 61", "80808080 61 ff"],
  ])("%s", (_name, bytes, end, start) => {
    expect(Buffer.from(withoutCutEnd(hex(bytes))).toString("hex")).toBe(hex(end).toString("hex"));
    expect(Buffer.from(withoutCutStart(hex(bytes))).toString("hex")).toBe(hex(start).toString("hex"));
  });
});
