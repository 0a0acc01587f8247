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
  [[""], { name: "alias", prefix: "" }, {}],
  [["pr"], { name: "alias", prefix: "" }, {}],
  [["prod", ""], { name: "tool", prefix: "" }, { alias: "prod" }],
  [["prod", "x", ""], { name: undefined, prefix: "" }, { alias: "prod", tool: "x" }],
  [["-"], "flag", {}],
  [["--fo"], "flag", {}],
  [["--list", ""], { name: "alias", prefix: "" }, { list: "" }],
  [["-l", "prod", ""], { name: "tool", prefix: "" }, { list: "", alias: "prod" }],
  [["--format", ""], { name: "format", prefix: "" }, {}],
  [["-f", "js"], { name: "format", prefix: "" }, {}],
  [["--format", "-"], { name: "format", prefix: "" }, {}],
  [["--format=js"], { name: "format", prefix: "--format=" }, {}],
  [["-f=js"], { name: "format", prefix: "-f=" }, {}],
  [["--format=json", ""], { name: "alias", prefix: "" }, { format: "json" }],
  [["--bin", "/x/runspec", "prod", ""], { name: "tool", prefix: "" }, { bin: "/x/runspec", alias: "prod" }],
  [["--list=x"], { name: undefined, prefix: "" }, {}],
  [["--nosuch=x"], { name: undefined, prefix: "" }, {}],
  [["--nosuch", ""], { name: "alias", prefix: "" }, {}],
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
