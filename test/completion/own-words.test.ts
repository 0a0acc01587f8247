/** Where the cursor stands among runspec's own words. */

import { expect, test } from "bun:test";
import type { ArgsDef } from "citty";
import { flagCandidates, readOwnWords } from "../../src/completion/own-words.ts";

const DECLARED: ArgsDef = {
  alias: { type: "positional" },
  tool: { type: "positional" },
  list: { type: "boolean", alias: "l", description: "List them" },
  format: { type: "enum", alias: "f", options: ["text", "json"], description: "How" },
  bin: { type: "string" },
};

test.each<[string[], ReturnType<typeof readOwnWords>["slot"], Record<string, string>]>([
  [[""], { kind: "word", name: "alias" }, {}],
  [["pr"], { kind: "word", name: "alias" }, {}],
  [["prod", ""], { kind: "word", name: "tool" }, { alias: "prod" }],
  [["prod", "x", ""], { kind: "word", name: undefined }, { alias: "prod", tool: "x" }],
  [["-"], { kind: "flag" }, {}],
  [["--fo"], { kind: "flag" }, {}],
  [["--list", ""], { kind: "word", name: "alias" }, { list: "" }],
  [["-l", "prod", ""], { kind: "word", name: "tool" }, { list: "", alias: "prod" }],
  [["--format", ""], { kind: "value", flag: "format", prefix: "" }, {}],
  [["-f", "js"], { kind: "value", flag: "format", prefix: "" }, {}],
  [["--format", "-"], { kind: "value", flag: "format", prefix: "" }, {}],
  [["--format=js"], { kind: "value", flag: "format", prefix: "--format=" }, {}],
  [["-f=js"], { kind: "value", flag: "format", prefix: "-f=" }, {}],
  [["--format=json", ""], { kind: "word", name: "alias" }, { format: "json" }],
  [["--bin", "/x/runspec", "prod", ""], { kind: "word", name: "tool" }, { bin: "/x/runspec", alias: "prod" }],
  [["--list=x"], { kind: "word", name: undefined }, {}],
  [["--nosuch=x"], { kind: "word", name: undefined }, {}],
  [["--nosuch", ""], { kind: "word", name: "alias" }, {}],
])("%j", (words, slot, given) => {
  const read = readOwnWords(words, DECLARED);
  expect([read.slot, Object.fromEntries(read.given)]).toEqual([slot, given]);
});

test("flags that were given are not offered again", () => {
  expect(flagCandidates(DECLARED, new Map([["format", "json"]]))).toEqual([
    { value: "--list", description: "List them" },
    { value: "--bin" },
    { value: "--help", description: "Show what the command takes" },
  ]);
});
