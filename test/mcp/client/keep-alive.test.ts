import { afterEach, expect, mock, spyOn, test } from "bun:test";
import { createKeepAlive, leaseIn, secondsIn } from "../../../src/mcp/client/keep-alive.ts";

test.each<[seconds: string, lease: number | undefined]>([
  ["120", 120],
  ["0.5", 0.5],
  // `lease = "596h"`, the longest that a table can say.
  ["2145600", 2145600],
  // A timer of 25 days and more fires at once.
  ["2592000", undefined],
  ["99999999999", undefined],
  ["0", undefined],
])("a lease of %s s", (seconds, lease) => {
  const message = `{"jsonrpc":"2.0","id":1,"result":{"runspec/lease":{"seconds":${seconds}}}}`;
  expect([leaseIn(Buffer.from(message)), secondsIn({ seconds: Number(seconds) })]).toEqual([lease, lease]);
});

test.each(['{"runspec/lease": {"seconds": 120}}', '{"runspec\\/lease":{"seconds":120,"more":{}}}'])(
  "a lease however it is written: %s",
  (text) => {
    expect(leaseIn(Buffer.from(text))).toBe(120);
  },
);

test("a lease that a text quotes is none", () => {
  const text = JSON.stringify({ text: '"runspec/lease":{"seconds":120}' });
  expect(leaseIn(Buffer.from(text))).toBeUndefined();
});

afterEach(() => mock.restore());

/** Timers that fire when they are told to. */
function createTimers() {
  const timers = new Map<unknown, { action(): void; ms: number | undefined }>();
  const start = (action: () => void, ms?: number) => {
    const timer = { unref() {} };
    timers.set(timer, { action, ms });
    return timer;
  };
  spyOn(globalThis, "setInterval").mockImplementation(start as unknown as typeof setInterval);
  spyOn(globalThis, "clearInterval").mockImplementation((timer: unknown) => void timers.delete(timer));
  return {
    times: () => [...timers.values()].map(({ ms }) => ms),
    fire: () => [...timers.values()].map(({ action }) => action()),
  };
}

test("a lease is kept by a third of it, the last that was wanted alone, until none is", () => {
  const { times } = createTimers();
  const keepAlive = createKeepAlive(async () => {});
  for (const [seconds, expected] of [
    [60, [20_000]],
    [0.001, [20]],
    [undefined, []],
  ] as const) {
    keepAlive.every(seconds);
    expect<unknown>([times(), keepAlive.isOn()]).toEqual([expected, expected.length > 0]);
  }
});

test("the client is said to be there once the last time has been sent, also where that failed", async () => {
  const { fire } = createTimers();
  const sent: PromiseWithResolvers<void>[] = [];
  const keepAlive = createKeepAlive(() => {
    const one = Promise.withResolvers<void>();
    sent.push(one);
    return one.promise;
  });
  keepAlive.every(60);
  for (const expected of [1, 1]) {
    fire();
    expect(sent.length).toBe(expected);
  }
  sent[0]?.reject(new Error("EPIPE"));
  await Bun.sleep(0);
  fire();
  expect(sent.length).toBe(2);
});
