import { describe, expect, spyOn, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { attempt } from "../../src/errors.ts";
import { cannotStart, isTooLong } from "../../src/process/cannot-start.ts";
import { tempDir } from "../harness/temp.ts";

const failure = (code: string) => Object.assign(new Error(`${code}: words of the system`), { code });

describe("why a program cannot be started", () => {
  const rows: [code: string, exitCode: number, message: string, hint: string | undefined][] = [
    ["ENOENT", 127, "x: no such program (or its interpreter is missing)", undefined],
    ["EACCES", 126, "x: cannot be executed: permission denied", undefined],
    ["EPERM", 126, "x: cannot be executed: permission denied", undefined],
    [
      "ENOEXEC",
      126,
      "x: cannot be executed: it is not a program for this machine, nor a script with a #! line",
      "name another program",
    ],
    [
      "EMFILE",
      125,
      "x: cannot be started: too many files are open already",
      "raise the limit of open files for whoever starts runspec (ulimit -Hn shows it; LimitNOFILE of a service)",
    ],
    [
      "EAGAIN",
      125,
      "x: cannot be started: too many processes run already",
      "raise the limit of processes for whoever starts runspec (ulimit -u shows it; TasksMax of a service, pids of a container)",
    ],
    ["E2BIG", 125, "x: the arguments are too long for this system", "pass it a file instead"],
    ["EIO", 125, "x: cannot be started: EIO: words of the system", undefined],
  ];
  test.each(rows)("%s", (code, exitCode, message, hint) => {
    const error = cannotStart("x", failure(code));
    expect([error.exitCode, error.message, error.hint]).toEqual([exitCode, message, hint]);
  });
});

test.skipIf(process.platform === "win32").each([
  [0o644, (path: string) => `chmod +x ${path}`],
  [0o755, () => undefined],
])("a program of mode %o is told to be made executable where that helps", (mode, hint) => {
  const path = join(tempDir(), "x");
  writeFileSync(path, "", { mode });
  expect(cannotStart(path, failure("EACCES")).hint).toBe(hint(path));
});

test.skipIf(process.platform === "win32")("one that is another user's, by root", () => {
  const path = join(tempDir(), "x");
  writeFileSync(path, "", { mode: 0o000 });
  const self = process.getuid?.() ?? 0;
  using _self = spyOn(process, "getuid").mockReturnValue(self + 12345);
  expect(cannotStart(path, failure("EACCES")).hint).toBe(`sudo chmod +x ${path}`);
});

// The longest text that Linux takes, with the NUL at its end, has 128 KiB.
const WORD = "é".repeat(65_535);
const VALUE = "é".repeat(65_534);
test.skipIf(process.platform !== "linux").each<[string, string[], Record<string, string>, boolean]>([
  ["a word of 128 KiB", ["true", WORD], {}, false],
  ["a longer word", ["true", `${WORD}é`], {}, true],
  ["a variable that has them with its name", ["true"], { A: VALUE }, false],
  ["a longer variable", ["true"], { A: `${VALUE}é` }, true],
])("%s is too long for us where it is for the system", (_, argv, env, expected) => {
  const isRefused = attempt(() => Bun.spawnSync(argv, { env })) === undefined;
  expect([isTooLong({ argv, env }), isRefused]).toEqual([expected, expected]);
});
