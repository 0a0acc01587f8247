import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { findStarted, identify, marksOf, type StartMarks } from "../../src/process/find-started.ts";
import { closePipe, openPipe } from "../../src/process/pipe.ts";
import { type ProcessTable, processTime, readProcesses } from "../../src/process/processes.ts";
import { spawn } from "../../src/process/spawn.ts";
import { waitUntil } from "../harness/processes.ts";

const ARGV = ["sleep", "60"];

let known: StartMarks | undefined;
const since = processTime();
const child = spawn({
  argv: ARGV,
  env: { PATH: "/usr/bin:/bin" },
  stdin: "null",
  output: "pipe",
  ownGroup: true,
  onReady: (stderr) => {
    known = stderr === undefined ? undefined : marksOf(ARGV, true, stderr, since);
  },
});
const by = processTime();
afterAll(() => process.kill(child.pid, "SIGKILL"));

/** As the watchdog sees the child when we have been killed: both have been given the same parent. */
function asChild(): ProcessTable {
  const table = readProcesses();
  const entries = table.entries.map((entry) =>
    entry.pid === child.pid ? { ...entry, parent: process.ppid } : entry,
  );
  return { ...table, entries };
}

describe.skipIf(process.platform !== "linux")("a tool that was being started", () => {
  const marks = (): StartMarks => {
    if (known === undefined) throw new Error("nothing was known of it");
    return known;
  };
  const entry = readProcesses().entries.find(({ pid }) => pid === child.pid);
  const found = { pid: child.pid, start: entry?.start ?? 0 };
  // The system shows the command line of a program only when it has been put together.
  beforeAll(() =>
    waitUntil(() => readFileSync(`/proc/${child.pid}/cmdline`, "utf8") !== "", 20_000, "the command line"),
  );
  /** As long as it has no session of its own. */
  const early = (): StartMarks => ({ ...marks(), session: child.pid, since: found.start });
  const unseen = (): StartMarks => ({ ...marks(), pipe: 1 });
  const rows: [string, () => StartMarks, () => ProcessTable, ReturnType<typeof findStarted>][] = [
    ["is found by its pipe", () => ({ ...marks(), digest: undefined }), readProcesses, found],
    ["but only once it has a session of its own", early, readProcesses, undefined],
    [
      "not by its command line, which another may have",
      () => ({ ...unseen(), digest: undefined }),
      asChild,
      undefined,
    ],
    ["but a become program is", unseen, asChild, found],
    ["unless it has another parent", unseen, readProcesses, undefined],
    ["or other words", () => ({ ...unseen(), digest: "1" }), asChild, undefined],
    ["or was there before", () => ({ ...unseen(), since: found.start + 1 }), asChild, undefined],
  ];
  test.each(rows)("%s", (_, make, read, expected) => {
    expect(findStarted(make(), read)).toEqual(expected);
  });
  test("its command line is kept of a become program alone", () => {
    const { digest, ...others } = marks();
    const stderr = openPipe();
    const other = stderr && marksOf(ARGV, false, stderr.write, since);
    if (stderr !== undefined) closePipe(stderr);
    expect(digest).toBeString();
    expect(other).toEqual({ ...others, pipe: expect.any(Number) });
    expect(others.session).toBe(
      readProcesses().entries.find(({ pid }) => pid === process.pid)?.session ?? -1,
    );
  });
});

describe.skipIf(process.platform === "win32")("a process that was started in a known time", () => {
  const { pid } = child;
  const start = () => readProcesses().entries.find((entry) => entry.pid === pid)?.start ?? 0;
  test("was started then", () => {
    expect(start()).toBeWithin(since ?? 0, (by ?? 0) + 1);
  });
  const rows: [string, () => Parameters<typeof identify>[0], () => ReturnType<typeof identify>][] = [
    ["is known by its very start", () => ({ pid, since, by }), () => ({ pid, start: start() })],
    [
      "at the first moment",
      () => ({ pid, since: start(), by: start() + 1 }),
      () => ({ pid, start: start() }),
    ],
    ["at the last", () => ({ pid, since: start() - 1, by: start() }), () => ({ pid, start: start() })],
    [
      "but not one that was started before",
      () => ({ pid, since: start() + 1, by: start() + 2 }),
      () => ({ pid, start: start() + 1 }),
    ],
    ["or after", () => ({ pid, since: start() - 2, by: start() - 1 }), () => ({ pid, start: start() - 2 })],
    ["or is not there", () => ({ pid: 2 ** 30, since: 7, by: 8 }), () => ({ pid: 2 ** 30, start: 7 })],
    ["and by its pid alone where there is no time", () => ({ pid }), () => ({ pid })],
  ];
  test.each(rows)("%s", (_, timed, known) => {
    expect(identify(timed())).toEqual(known());
  });
});
