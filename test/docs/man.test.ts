/** The manual page: what is committed is what --help says today, and the programs that show it find no fault. */

import { describe, expect, test } from "bun:test";
import { MANUAL, manual } from "../../docs/man.ts";

test("docs/runspec.1 is up to date (bun docs/man.ts writes it)", async () => {
  expect(await Bun.file(MANUAL).text()).toBe(await manual());
});

test("the page is ASCII in lines of at most 80 characters, but for its name", async () => {
  const lines = (await manual()).split("\n");
  expect(lines.filter((line) => /[^\x20-\x7e]/.test(line))).toEqual([]);
  expect(lines.filter((line) => line.length > 80 && !line.startsWith("runspec \\-"))).toEqual([]);
});

/** What each of them says of the page where it has nothing to complain about; a page without a date is meant so. */
const CHECKERS: readonly (readonly [program: string, words: readonly string[], said: RegExp])[] = [
  ["mandoc", ["-Tlint", "-Wwarning"], /^(?:mandoc: \S+ WARNING: missing date, using "": TH\n)?$/],
  ["groff", ["-man", "-ww", "-Tutf8", "-z"], /^$/],
  ["man", ["--warnings", "--local-file"], /^$/],
];

describe.each(CHECKERS.filter(([program]) => Bun.which(program) !== null))("%s", (program, words, said) => {
  test.each(["C.UTF-8", "C"])("finds no fault with it in the locale %s", (locale) => {
    const { stdout, stderr } = Bun.spawnSync([program, ...words, MANUAL], {
      stdin: "ignore",
      env: { ...process.env, LC_ALL: locale },
    });
    expect(program === "mandoc" ? stdout.toString() : stderr.toString()).toMatch(said);
  });
});
