import { expect, test } from "bun:test";
import { createLatch, once } from "../../src/process/once.ts";

test("is made when it is wanted, and once, also where that is undefined", () => {
  let calls = 0;
  const value = once(() => {
    calls++;
    return undefined;
  });
  expect(calls).toBe(0);
  expect([value(), value(), calls]).toEqual([undefined, undefined, 1]);
});

test("a computation that threw is tried again", () => {
  let calls = 0;
  const value = once(() => {
    if (++calls === 1) throw new Error("not yet");
    return calls;
  });
  expect(value).toThrow("not yet");
  expect([value(), value()]).toEqual([2, 2]);
});

test("a latch is set for who looks and for who waits", async () => {
  const latch = createLatch();
  expect([latch.isSet, await Promise.race([latch.promise, "waits"])]).toEqual([false, "waits"]);
  latch.set();
  expect([latch.isSet, await Promise.race([latch.promise, "waits"])]).toEqual([true, undefined]);
});
