import { expect, test } from "bun:test";
import { withoutCutEnd, withoutCutStart } from "../../src/mcp/cut.ts";

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

test.each<[string, string, string, string]>([
  ["nothing", "", "", ""],
  ["text", "6162", "6162", "6162"],
  ["whole characters", "c3a9 e282ac f09d849e", "c3a9 e282ac f09d849e", "c3a9 e282ac f09d849e"],
  ["the first of two", "61 c3", "61", "61 c3"],
  ["two of three", "61 e282", "61", "61 e282"],
  ["three of four", "61 f09d84", "61", "61 f09d84"],
  ["the last of two", "a9 61", "a9 61", "61"],
  ["the last three of four", "9d849e 61", "9d849e 61", "61"],
  ["bytes that never were UTF-8", "80808080 61 ff", "80808080 61", "80808080 61 ff"],
])("%s", (_name, bytes, end, start) => {
  expect(Buffer.from(withoutCutEnd(hex(bytes))).toString("hex")).toBe(hex(end).toString("hex"));
  expect(Buffer.from(withoutCutStart(hex(bytes))).toString("hex")).toBe(hex(start).toString("hex"));
});
