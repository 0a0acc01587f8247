/** Where tests and the demo put their files, whatever TMPDIR says. */

import { expect, test } from "bun:test";
import { mkdirSync, realpathSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { onDisk, tempDir } from "./temp.ts";

function placeWith(TMPDIR: string): string {
  const usual = process.env.TMPDIR;
  process.env.TMPDIR = TMPDIR;
  try {
    const dir = onDisk();
    rmSync(dir, { recursive: true });
    return dirname(dir);
  } finally {
    if (usual === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = usual;
  }
}

test("is TMPDIR, where ssh can be told of files there", () => {
  const dir = join(tempDir(), "é");
  mkdirSync(dir);
  expect(placeWith(dir)).toBe(dir);
});

test.each(["a b", "it's", 'a"b', "100%", "$x", "x".repeat(64)])(
  "is /tmp where TMPDIR ends with %s",
  (name) => {
    const dir = join(tempDir(), name);
    mkdirSync(dir);
    expect(placeWith(dir)).toBe(realpathSync("/tmp"));
  },
);

test("is /tmp where TMPDIR is not there", () => {
  expect(placeWith("/nowhere")).toBe(realpathSync("/tmp"));
});
