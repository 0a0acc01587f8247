import { afterEach, expect, jest, test } from "bun:test";
import { getEventListeners } from "node:events";
import { createWait, isDoneWithin, unlessAborted, until } from "../../src/process/waiting.ts";

afterEach(() => {
  jest.useRealTimers();
});

test("a condition is waited for until its deadline", async () => {
  let looks = 0;
  expect(await until(() => ++looks === 3, 10_000)).toBe(true);
  expect(looks).toBe(3);
  expect(await until(() => false, 0)).toBe(false);
});

test("a look that takes longer than there is time for is not the last: what has ended meanwhile is heard of after it", async () => {
  let heard = false;
  setTimeout(() => {
    heard = true;
  });
  const look = () => {
    Bun.sleepSync(30);
    return heard;
  };
  expect(await until(look, 20)).toBe(true);
});

test("work ends with what aborts it, and leaves nothing at a signal that is there for long", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  expect(await unlessAborted(Promise.resolve(1), signal)).toBe(1);
  expect(await unlessAborted(Promise.reject(new Error("no")), signal).catch(String)).toBe("Error: no");
  expect(getEventListeners(signal, "abort")).toEqual([]);
  const stopped = unlessAborted(new Promise(() => {}), signal).catch(String);
  controller.abort("why");
  expect(await stopped).toBe("why");
  expect(await unlessAborted(new Promise(() => {}), signal).catch(String)).toBe("why");
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

test("while we are stopped nobody is waited for: what has come by then is done in time", async () => {
  const heard = Promise.withResolvers<void>();
  const done = isDoneWithin(50, heard.promise);
  setTimeout(() => setImmediate(heard.resolve), 60);
  // As Ctrl-Z: the time passes, and nothing is heard.
  Bun.sleepSync(1200);
  expect(await done).toBe(true);
  expect(await isDoneWithin(1, new Promise(() => {}))).toBe(false);
});

test("a wait that begins anew is over once, so long after its last beginning, and not at all once it is stopped", () => {
  jest.useFakeTimers();
  let over = 0;
  const wait = createWait(100, () => over++);
  const after = (ms: number) => {
    jest.advanceTimersByTime(ms);
    return over;
  };
  wait.start();
  expect(after(60)).toBe(0);
  wait.start();
  expect([after(60), after(60), after(200)]).toEqual([0, 1, 1]);
  wait.start();
  wait.stop();
  expect(after(200)).toBe(1);
});
