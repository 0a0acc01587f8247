import { describe, expect, test } from "bun:test";
import { createReaper } from "../../src/process/orphans.ts";
import type { ProcessEntry } from "../../src/process/processes.ts";

const SELF = 1;
const ended = (pid: number, over: Partial<ProcessEntry> = {}): ProcessEntry => ({
  pid,
  start: 100,
  parent: SELF,
  group: pid,
  session: pid,
  name: "sh",
  zombie: true,
  stopped: false,
  ...over,
});

/** What is reaped in each of several looks at these tables. */
function reaped(tables: ProcessEntry[][]): number[][] {
  let table: ProcessEntry[] = [];
  let now: number[] = [];
  const look = createReaper({
    self: SELF,
    anyEnded: () => table.some(({ zombie, parent }) => zombie && parent === SELF),
    processes: () => table,
    reap: (pid) => now.push(pid),
  });
  return tables.map((entries) => {
    table = entries;
    now = [];
    look();
    return now;
  });
}

describe("a reaper", () => {
  test("leaves what has just ended to the runtime, which may have started it", () => {
    expect(reaped([[ended(7)], [], []])).toEqual([[], [], []]);
  });

  test("reaps what nobody has asked for since the last look, once", () => {
    expect(reaped([[ended(7)], [ended(7), ended(8)], [ended(8)], []])).toEqual([[], [7], [8], []]);
  });

  test("does not take another process under the same pid for it", () => {
    expect(reaped([[ended(7)], [ended(7, { start: 200 })], [ended(7, { start: 200 })]])).toEqual([
      [],
      [],
      [7],
    ]);
  });

  test("touches nobody who lives, or is somebody else's", () => {
    const table = [ended(7, { zombie: false }), ended(8, { parent: 5 }), ended(9)];
    expect(reaped([table, table])).toEqual([[], [9]]);
  });
});
