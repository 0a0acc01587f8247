import { afterAll, describe, expect, test } from "bun:test";
import { type ProcessTable, readProcesses, startOf } from "../../src/process/processes.ts";
import { spawn } from "../../src/process/spawn.ts";
import { beforeStart, findStarted, type Starting } from "../../src/process/starting.ts";

const ARGV = ["sleep", "60"];

let known: Omit<Starting, "graceMs"> | undefined;
const child = spawn({
  argv: ARGV,
  env: { PATH: "/usr/bin:/bin" },
  stdin: "null",
  output: "pipe",
  ownGroup: true,
  onReady: (stderr) => {
    known = stderr === undefined ? undefined : beforeStart(ARGV, stderr);
  },
});
afterAll(() => process.kill(child.pid, "SIGKILL"));

const become = { method: "sudo", user: "oracle", flags: "", throughEnv: false } as const;

/** As its guard sees the child when we have been killed: both have been given the same parent. */
function asGuard(): ProcessTable {
  const table = readProcesses();
  const entries = table.entries.map((entry) =>
    entry.pid === child.pid ? { ...entry, parent: process.ppid } : entry,
  );
  return { ...table, entries };
}

describe.skipIf(process.platform !== "linux")("a tool that was being started", () => {
  const starting = (): Starting => {
    if (known === undefined) throw new Error("nothing was known of it");
    return { ...known, graceMs: 5 };
  };
  const found = { pid: child.pid, start: startOf(child.pid) ?? 0, graceMs: 5 };
  const rows: [string, () => Starting, () => ProcessTable, ReturnType<typeof findStarted>][] = [
    ["is found by its pipe", starting, readProcesses, found],
    [
      "not by its command line, which another may have",
      () => ({ ...starting(), pipe: 1 }),
      asGuard,
      undefined,
    ],
    ["but a become program is", () => ({ ...starting(), pipe: 1, become }), asGuard, { ...found, become }],
    ["unless it has another parent", () => ({ ...starting(), pipe: 1, become }), readProcesses, undefined],
    ["or other words", () => ({ ...starting(), pipe: 1, digest: "1", become }), asGuard, undefined],
    [
      "or was there before",
      () => ({ ...starting(), pipe: 1, since: found.start + 1, become }),
      asGuard,
      undefined,
    ],
  ];
  test.each(rows)("%s", (_, make, read, expected) => {
    expect(findStarted(make(), read)).toEqual(expected);
  });
});
