import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { distrust, readSource, type Source } from "../../src/spec/source.ts";
import { temporary } from "./temporary.ts";

describe("a file is trusted by its owner and mode", () => {
  const rows: [mode: number, owner: number, uid: number, refusal: string | undefined][] = [
    [0o100644, 1000, 1000, undefined],
    [0o100644, 0, 1000, undefined],
    [0o100664, 1000, 1000, undefined],
    [0o100600, 0, 0, undefined],
    [0o100646, 1000, 1000, "refused: anyone on this machine can write it; run: chmod o-w /x/runspec.toml"],
    [0o100666, 0, 0, "refused: anyone on this machine can write it; run: chmod o-w /x/runspec.toml"],
    [
      0o100644,
      1001,
      1000,
      "refused: it belongs to user 1001, neither to you (user 1000) nor to root; run: sudo chown 1000 /x/runspec.toml",
    ],
    [
      0o100644,
      1000,
      0,
      "refused: it belongs to user 1000, neither to you (root) nor to root; run: sudo chown 0 /x/runspec.toml",
    ],
  ];
  test.each(rows)("%o of %d, for %d", (mode, owner, uid, refusal) => {
    expect(distrust("/x/runspec.toml", { mode, uid: owner }, uid)).toBe(refusal);
  });

  test("the command that mends it quotes what a shell would read", () => {
    expect(distrust("/a b/it's.toml", { mode: 0o666, uid: 0 }, 0)).toEndWith(
      "chmod o-w '/a b/it'\\''s.toml'",
    );
  });
});

describe("a file that cannot be read", () => {
  using files = temporary({ "good.toml": "a = 1", "bytes.toml": new Uint8Array([0x61, 0xff]) });
  mkdirSync(join(files.path, "directory"));
  const uid = process.getuid?.();
  const rows: [string, Source][] = [
    ["good.toml", { text: "a = 1" }],
    ["missing.toml", { problem: "there is no such file" }],
    ["directory", { problem: "is not a file" }],
    ["bytes.toml", { problem: "found bytes that are not UTF-8, expected UTF-8 text" }],
  ];
  for (const [name, expected] of rows) {
    const source = readSource(join(files.path, name), { uid });
    test(name, () => expect(source).toEqual(expected));
  }
});

test("a world-writable file is not even read", () => {
  using files = temporary({ "open.toml": new Uint8Array([0xff]) });
  const path = join(files.path, "open.toml");
  chmodSync(path, 0o666);
  expect(readSource(path, { uid: process.getuid?.() })).toEqual({
    problem: `refused: anyone on this machine can write it; run: chmod o-w ${path}`,
  });
});
