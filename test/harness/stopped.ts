/** What happens to timers where the process was stopped, as by Ctrl-Z: the time passes, and nothing is heard. */

import { spyOn } from "bun:test";

/** From now on, timers of `ms` milliseconds and more fire at once, and find that far more has passed; `mock.restore()` ends it. */
export function stopFor(ms: number): void {
  const [setTimer, clock] = [setTimeout, performance.now.bind(performance)];
  let stoppedMs = 0;
  spyOn(performance, "now").mockImplementation(() => clock() + stoppedMs);
  const skip = (act: () => void, time: number) => {
    if (time < ms) return setTimer(act, time);
    return setTimer(() => {
      stoppedMs += 10 * time;
      act();
    }, 0);
  };
  spyOn(globalThis, "setTimeout").mockImplementation(skip as typeof setTimeout);
  spyOn(Bun, "sleep").mockImplementation((time) => new Promise((act) => skip(act, Number(time))));
}
