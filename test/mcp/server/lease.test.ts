/** Leases, by a clock and timers of our own. */

import { afterEach, expect, mock, spyOn, test } from "bun:test";
import { createLeases } from "../../../src/mcp/server/lease.ts";

const HOUR = 3_600_000;

afterEach(() => mock.restore());

/** A clock that stands until it is moved. */
function createClock() {
  let now = 1000;
  const timers = new Set<{ at: number; action(): void }>();
  const setTimer = (action: () => void, ms = 0) => {
    const timer = { at: now + ms, action };
    timers.add(timer);
    return timer;
  };
  spyOn(performance, "now").mockImplementation(() => now);
  spyOn(globalThis, "setTimeout").mockImplementation(setTimer as unknown as typeof setTimeout);
  spyOn(globalThis, "clearTimeout").mockImplementation((timer: unknown) => {
    timers.delete(timer as ReturnType<typeof setTimer>);
  });
  const due = () => [...timers].filter(({ at }) => at <= now).sort((a, b) => a.at - b.at)[0];
  return {
    timers,
    /** Everything that falls due on the way happens at its time. */
    pass(ms: number) {
      for (const end = now + ms; now < end; ) {
        now = Math.min(end, ...[...timers].map(({ at }) => Math.max(at, now + 1)));
        for (let timer = due(); timer !== undefined; timer = due()) {
          timers.delete(timer);
          timer.action();
        }
      }
    },
    /** Nothing happens on the way: the process was stopped. */
    jump(ms: number) {
      now += ms;
      for (let timer = due(); timer !== undefined; timer = due()) {
        timers.delete(timer);
        timer.action();
      }
    },
  };
}

function start(...leases: number[]) {
  const { pass, jump, timers } = createClock();
  const over: number[] = [];
  const all = createLeases();
  const releases = leases.map((ms) => all.keep(ms, () => over.push(ms)));
  return { all, over, releases, pass, jump, timers };
}

test("a client that is not heard for so long: over, once", () => {
  const { over, pass } = start(2000);
  pass(1999);
  expect(over).toEqual([]);
  pass(1);
  expect(over).toEqual([2000]);
  pass(10_000);
  expect(over).toEqual([2000]);
});

test("whatever is heard starts it anew, for every call", () => {
  const { all, over, pass } = start(2000, 3000);
  for (let n = 0; n < 10; n++) {
    pass(1500);
    all.heard();
  }
  expect(over).toEqual([]);
  pass(2000);
  expect(over).toEqual([2000]);
  pass(1000);
  expect(over).toEqual([2000, 3000]);
});

test("a lease counts from its own start", () => {
  const { all, over, pass } = start();
  pass(50_000);
  all.keep(2000, () => over.push(1));
  pass(1999);
  expect(over).toEqual([]);
  pass(1);
  expect(over).toEqual([1]);
});

test("a shorter one behind a longer one is not late", () => {
  const { all, over, pass } = start(60_000);
  all.keep(1000, () => over.push(1));
  pass(1000);
  expect(over).toEqual([1]);
});

test("one that is given back is over for nobody, and leaves no timer", () => {
  const { over, releases, pass, timers } = start(2000);
  releases[0]?.();
  expect(timers.size).toBe(0);
  pass(10_000);
  expect(over).toEqual([]);
});

test("a client that is stopped may be silent for 24 hours, and no longer", () => {
  const { all, over, pass } = start(2000);
  pass(1000);
  all.heard();
  all.suspend();
  pass(24 * HOUR - 1);
  expect(over).toEqual([]);
  pass(1);
  expect(over).toEqual([2000]);
});

test("one that goes on has its usual lease again", () => {
  const { all, over, pass } = start(2000);
  all.heard();
  all.suspend();
  pass(HOUR);
  all.heard();
  pass(1999);
  expect(over).toEqual([]);
  pass(1);
  expect(over).toEqual([2000]);
});

test("time in which we ourselves were stopped does not count: what came meanwhile is unread", () => {
  const { all, over, pass, jump } = start(2000);
  jump(HOUR);
  expect(over).toEqual([]);
  pass(1500);
  all.heard();
  pass(1999);
  expect(over).toEqual([]);
  pass(1);
  expect(over).toEqual([2000]);
});
