/** A server that is silent is asked for a sign of life, and given up where it gives none; time counts while we listen. */

import { expect, test } from "bun:test";
import { createHeartbeat } from "../../src/session/heartbeat.ts";

function heartbeat() {
  const told: string[] = [];
  const one = createHeartbeat({
    patienceMs: 10,
    ping: () => told.push("ping"),
    onSilent: () => told.push("silent"),
  });
  return { one, told };
}

test("a silent one is asked, and given up when that is not answered either", async () => {
  const { one, told } = heartbeat();
  one.reading(true);
  one.start();
  while (told.length < 2) await Bun.sleep(1);
  one.stop();
  expect(told).toEqual(["ping", "silent"]);
});

test("whoever is heard again is asked again", async () => {
  const { one, told } = heartbeat();
  one.start();
  one.reading(true);
  while (told.length < 1) await Bun.sleep(1);
  one.heard();
  while (told.length < 3) await Bun.sleep(1);
  one.stop();
  expect(told).toEqual(["ping", "ping", "silent"]);
});

test.each<[string, (one: ReturnType<typeof heartbeat>["one"]) => void]>([
  ["before the handshake", (one) => one.reading(true)],
  ["while nobody listens", (one) => one.start()],
  [
    "after it was stopped",
    (one) => {
      one.start();
      one.reading(true);
      one.stop();
    },
  ],
])("%s nobody is asked", async (_when, prepare) => {
  const { one, told } = heartbeat();
  prepare(one);
  await Bun.sleep(30);
  expect(told).toEqual([]);
});
