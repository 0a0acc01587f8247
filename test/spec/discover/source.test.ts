import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { type FileText, pathFrom, readSource } from "../../../src/spec/discover/source.ts";
import { temporary } from "../temporary.ts";

describe("a file that cannot be read", () => {
  using files = temporary({ "good.toml": "a = 1", "bytes.toml": new Uint8Array([0x61, 0x0a, 0xff]) });
  mkdirSync(join(files.path, "directory"));
  const uid = process.getuid?.();
  const rows: [string, FileText][] = [
    ["good.toml", { text: "a = 1" }],
    ["missing.toml", { problem: "there is no such file" }],
    ["directory", { problem: "it is not a file" }],
    // Everybody can write it, and has to.
    ["/dev/null", { problem: "it is not a file" }],
    ["bytes.toml", { problem: "line 2: found bytes that are not UTF-8, expected UTF-8 text" }],
  ];
  for (const [name, expected] of rows) {
    const source = readSource(resolve(files.path, name), { uid });
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

test("what led to a file is looked at as well: whoever can write that decides which file it is", () => {
  using files = temporary({ "good.toml": "a = 1", "pointer.pth": "good.toml" });
  const [path, pointer] = [join(files.path, "good.toml"), join(files.path, "pointer.pth")];
  const uid = process.getuid?.();
  expect(readSource(path, { uid, via: [pointer] })).toEqual({ text: "a = 1" });
  chmodSync(pointer, 0o666);
  expect(readSource(path, { uid, via: [pointer] })).toEqual({
    problem: `refused: anyone on this machine can write it; run: chmod o-w ${pointer}`,
  });
});

test.skipIf(process.platform === "win32").each([
  ["~/bin/id", "/home/me", "/home/me/bin/id"],
  ["~", "/home/me", "/home/me"],
  ["~you/id", "/home/me", "/project/~you/id"],
  ["~/bin/id", undefined, "/project/~/bin/id"],
])("%s where the home is %j leads to %s", (path, home, expected) => {
  expect(pathFrom("/project", path, { home })).toBe(expected);
});
