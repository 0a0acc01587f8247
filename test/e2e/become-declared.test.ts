/** What cannot be meant in run_as and its companions is an error of the file, before anything is served. */

import { describe, expect, test } from "bun:test";
import { run } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { specDir } from "../harness/temp.ts";

describe("a user that is none", () => {
  const RULE =
    "expected a user name: it must begin with a letter or _, go on with letters, digits, _, . or -, and have at most 32 characters";
  const rows: [string, string, string][] = [
    ['run_as = "-oops"', "run_as", `found "-oops", ${RULE}`],
    ['run_as = "#-1"', "run_as", `found "#-1", ${RULE}`],
    ['run_as = "a b"', "run_as", `found "a b", ${RULE}`],
    ['run_as = "root;id"', "run_as", `found "root;id", ${RULE}`],
    ['run_as.default = "0"', "run_as", `found "0", ${RULE}`],
    ['run_as.hosts.elsewhere = "-oops"', "run_as.hosts.elsewhere", `found "-oops", ${RULE}`],
    ['run_as.patterns."never" = "#-1"', "run_as.patterns.never", `found "#-1", ${RULE}`],
    ['run_as.patterns."prod[0-9" = "oracle"', 'run_as.patterns."prod[0-9"', "a [ is never closed"],
    ['run_as = "oracle"\nbecome_flags = "-u root"', "become_flags", '"-u" cannot be given'],
    ['run_as = "oracle"\nbecome_method = "runas"', "become_method", "runas"],
  ];
  test.concurrent.each(rows)("%s: serve and local say which", async (runAs, key, reason) => {
    const cwd = specDir(`[deploy]\ncommand = "/bin/true"\n${runAs}\n`);
    const serve = await run(["serve"], { cwd });
    const local = await runHere(["local"], { cwd });
    expect([serve.code, serve.out, local.code]).toEqual([125, "", 1]);
    for (const text of [serve.stderr, local.out]) {
      const line = text.split("\n").find((candidate) => candidate.includes(reason));
      expect(line).toContain(`[deploy] ${key}`);
    }
  });
});
