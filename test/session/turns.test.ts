import { expect, test } from "bun:test";
import { takeInTurns } from "../../src/session/turns.ts";

test("a timer has its turn in a flood of chunks, of which each takes no time", async () => {
  const busy = (ms: number) => {
    const since = performance.now();
    while (performance.now() - since < ms);
  };
  const take = takeInTurns({ push: () => [{ kind: "line", bytes: new Uint8Array() }] }, async () => busy(2));
  let fired = false;
  setTimeout(() => {
    fired = true;
  }, 1);
  // As they come from a stream that has more: nothing else is waited for.
  for (let n = 0; n < 40; n++) await take(new Uint8Array(1));
  expect(fired).toBe(true);
});
