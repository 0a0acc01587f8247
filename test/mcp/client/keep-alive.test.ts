import { expect, test } from "bun:test";
import { leaseIn, secondsIn } from "../../../src/mcp/client/keep-alive.ts";

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
