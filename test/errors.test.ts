/** What people read of what went wrong. */

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { problemOf, RunspecError, reasonAt, reasonOf } from "../src/errors.ts";

const system = (code: string, words: string) => Object.assign(new Error(`${code}: ${words}`), { code });

test.each<[what: unknown, reason: string]>([
  [system("ENOSPC", "no space left on device, write"), "no space left on device"],
  [system("EACCES", "permission denied, open '/a, b'"), "permission denied"],
  [system("EDQUOT", "unknown error, write"), "disk quota exceeded"],
  [system("ESTALE", "unknown error, lstat '/nfs'"), "stale file handle"],
  [system("ENOLCK", "unknown error, flock"), "ENOLCK"],
  [new RunspecError("WEB1: there is no tool, hello"), "WEB1: there is no tool, hello"],
  ["a word", "a word"],
])("%# in words", (what, reason) => {
  expect(reasonOf(what)).toBe(reason);
});

test.each<[what: unknown, path: string | undefined, reason: string]>([
  [Object.assign(system("EIO", "i/o error, lstat '/b'"), { path: "/b" }), "/a", "/b: i/o error"],
  [system("ENOSPC", "no space left on device, write"), "/a", "/a: no space left on device"],
  [system("ECHILD", "unknown error, waitpid"), undefined, "ECHILD"],
  [new RunspecError("said whole"), "/a", "said whole"],
])("%# with the file", (what, path, reason) => {
  expect(reasonAt(what, path)).toBe(reason);
});

test("a system error is said without its code and path", () => {
  expect(problemOf(() => readFileSync("/nonexistent/x"))).toBe("no such file or directory");
});
