/** `init --add`, where the file cannot be changed. */

import { expect, spyOn, test } from "bun:test";
import fs, { writeFileSync } from "node:fs";
import { join } from "node:path";
import { reasonOf } from "../../src/errors.ts";
import { addScaffold } from "../../src/scaffold/write.ts";
import { tempDir } from "../harness/temp.ts";

test("a tool whose table cannot be added is not left behind", async () => {
  const dir = tempDir();
  writeFileSync(join(dir, "runspec.toml"), "[config]\n");
  const spy = spyOn(fs, "renameSync").mockImplementation(() => {
    throw Object.assign(new Error("EROFS: read-only file system, rename"), { code: "EROFS" });
  });
  const adding = addScaffold({ name: "two", language: "sh", example: false }, dir);
  const why = await adding.catch(reasonOf);
  spy.mockRestore();
  expect([why, fs.readdirSync(dir)]).toEqual([
    `cannot write ${join(dir, "runspec.toml")}: read-only file system`,
    ["runspec.toml"],
  ]);
});

test("nothing is added to a file with an error", async () => {
  const dir = tempDir();
  writeFileSync(join(dir, "runspec.toml"), "[config\n");
  const adding = addScaffold({ name: "two", language: "sh", example: false }, dir);
  expect([await adding.catch(reasonOf), fs.readdirSync(dir)]).toEqual([
    "nothing was added to runspec.toml: it has an error",
    ["runspec.toml"],
  ]);
});
