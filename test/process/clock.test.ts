import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { sinceBoot } from "../../src/process/clock.ts";

test.skipIf(process.platform !== "linux")(
  "the clock of a gateway goes on while the machine sleeps, as its uptime does",
  () => {
    // The kernel counts in it the time for which it was suspended; a monotonic clock stands still then.
    const seconds = () => Number(readFileSync("/proc/uptime", "utf8").split(" ", 1));
    const [before, now, after] = [seconds(), sinceBoot() / 1000, seconds()];
    expect(now).toBeWithin(Math.floor(before), Math.ceil(after) + 1.5);
  },
);
