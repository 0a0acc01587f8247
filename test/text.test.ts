/** The parts of src/text.ts that stand before what a shell or a terminal is given. */

import { expect, test } from "bun:test";
import { concat, decodeLossily, encodeUtf8, isPlain } from "../src/text.ts";

const PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./-";

test("a plain text is made of these characters, and of no other one", () => {
  const all = Array.from({ length: 0x3000 }, (_, code) => String.fromCharCode(code));
  expect(all.filter(isPlain).sort()).toEqual([...PLAIN].sort());
  for (const where of [
    (mark: string) => `a${mark}b`,
    (mark: string) => `a${mark}`,
    (mark: string) => `${mark}b`,
  ])
    expect(all.map(where).filter(isPlain).length).toBe(PLAIN.length);
});

test("an empty text is not plain", () => expect(isPlain("")).toBe(false));

test("parts become one", () => {
  const parts = ["a", "", "é✓", "b"].map(encodeUtf8);
  expect(new TextDecoder().decode(concat(parts))).toBe("aé✓b");
  expect(concat([])).toEqual(new Uint8Array(0));
});

test("what is not UTF-8 is replaced, and a byte order mark is kept", () => {
  expect(decodeLossily(Uint8Array.of(0x61, 0xff, 0x62))).toBe("a\ufffdb");
  expect(decodeLossily(encodeUtf8("\ufeffa"))).toBe("\ufeffa");
  expect(decodeLossily(Uint8Array.of(0xef, 0xbb, 0xbf, 0xff))).toBe("\ufeff\ufffd");
});
