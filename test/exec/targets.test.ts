import { describe, expect, test } from "bun:test";
import { readTarget, writeTarget } from "../../src/exec/targets.ts";
import type { Target } from "../../src/exec/terminate.ts";

describe("a target is one line, and the same again when read", () => {
  const rows: [Target, string][] = [
    [{ pid: 123 }, "123"],
    [{ pid: 123, become: { method: "sudo", user: "oracle", flags: "" } }, '123 sudo oracle ""'],
    [{ pid: 2, become: { method: "su", user: "host$", flags: "- " } }, '2 su host$ "- "'],
    [
      { pid: 4194304, become: { method: "dzdo", user: "a", flags: "-p 'a\n\"b\"\\' -H" } },
      `4194304 dzdo a "-p 'a\\n\\"b\\"\\\\' -H"`,
    ],
  ];
  test.each(rows)("%j", (target, word) => {
    expect(writeTarget(target)).toBe(word);
    expect(readTarget(word)).toEqual(target);
  });
});

// 0 and 1 are more than a process: kill would take them for its own group, and -1 for everybody.
const NONE = [
  "",
  "0",
  "1",
  "-1",
  "01",
  "x",
  "12x",
  "12 sudo",
  '12 doas oracle ""',
  "12 sudo oracle",
  "12\n",
  '12 sudo a b ""',
];
test.each(NONE)("%j is none", (word) => {
  expect(readTarget(word)).toBeUndefined();
});
