/** Whose bytes they are is not known at first: what is kept back, and what ends that. */

import { expect, test } from "bun:test";
import { createHold } from "../../src/become/hold.ts";

function holding(holdMs = 60_000) {
  const passed: string[] = [];
  const arrived = Promise.withResolvers<void>();
  const hold = createHold(
    async (bytes) => {
      passed.push(Buffer.from(bytes).toString());
      arrived.resolve();
    },
    10,
    holdMs,
  );
  const take = (text: string, known = false) => hold.take(Buffer.from(text), known);
  return { hold, take, passed, arrived: arrived.promise };
}

test("is kept together, until it is known whose it is; then it passes as it comes", async () => {
  const { hold, take, passed } = holding();
  await take("a");
  await take("b");
  expect([passed, hold.state()]).toEqual([[], "holding"]);
  await take("c", true);
  await take("d");
  expect([passed, hold.state()]).toEqual([["abc", "d"], "over"]);
});

test("passes once it is more than the limit", async () => {
  const { hold, take, passed } = holding();
  await take("0123456789");
  expect(passed).toEqual([]);
  await take("x");
  expect([passed, hold.state()]).toEqual([["0123456789x"], "over"]);
});

test("passes after the longest time, which the state tells", async () => {
  const { hold, take, passed, arrived } = holding(1);
  await take("a");
  await arrived;
  expect([passed, hold.state()]).toEqual([["a"], "overdue"]);
  await take("b", true);
  await hold.release();
  expect([passed, hold.state()]).toEqual([["a", "b"], "overdue"]);
});

test("what cannot be passed on after that time is told to the next who has something to pass on", async () => {
  const tried = Promise.withResolvers<void>();
  const refuse = async () => {
    tried.resolve();
    throw new Error("EPIPE");
  };
  const hold = createHold(refuse, 10, 1);
  await hold.take(Buffer.from("a"), false);
  await tried.promise;
  expect(hold.state()).toBe("overdue");
  expect(await hold.take(Buffer.from("b"), false).catch(String)).toBe("Error: EPIPE");
});

test("is passed on at the end, whatever it was", async () => {
  const { hold, take, passed } = holding();
  await take("a");
  await hold.release();
  await hold.release();
  expect([passed, hold.state()]).toEqual([["a"], "over"]);
});

test("is as it was when it came: the caller may use the bytes again", async () => {
  const { hold, passed } = holding();
  const bytes = Buffer.from("a");
  await hold.take(bytes, false);
  bytes.write("z");
  await hold.release();
  expect(passed).toEqual(["a"]);
});
