/** A server that is silent is asked for a sign of life, and given up where it gives none; time counts while we listen. */

import { afterEach, expect, mock, test } from "bun:test";
import { createHeartbeat } from "../../src/session/heartbeat.ts";
import { stopFor } from "../harness/stopped.ts";

afterEach(() => mock.restore());

function heartbeat() {
  const told: string[] = [];
  const said = Promise.withResolvers<undefined>();
  const one = createHeartbeat(
    { read: () => said.promise, async close() {} },
    {
      patienceMs: 10,
      ping: () => told.push("ping"),
      onSilent: () => told.push("silent"),
    },
  );
  return { one, told, say: () => said.resolve(undefined) };
}

test("a silent one is asked, and given up when that is not answered either", async () => {
  const { one, told } = heartbeat();
  void one.source.read();
  one.start();
  while (told.length < 2) await Bun.sleep(1);
  expect(told).toEqual(["ping", "silent"]);
});

test("whoever is heard again is asked again", async () => {
  const { one, told } = heartbeat();
  one.start();
  void one.source.read();
  while (told.length < 1) await Bun.sleep(1);
  one.heard();
  while (told.length < 3) await Bun.sleep(1);
  expect(told).toEqual(["ping", "ping", "silent"]);
});

test.each<[string, (site: ReturnType<typeof heartbeat>) => void]>([
  ["before the handshake", ({ one }) => void one.source.read()],
  ["while nobody listens", ({ one }) => one.start()],
  [
    "once something has come, or the end",
    ({ one, say }) => {
      one.start();
      void one.source.read();
      say();
    },
  ],
])("%s nobody is asked", async (_when, prepare) => {
  const { one, told, ...more } = heartbeat();
  prepare({ one, told, ...more });
  await Bun.sleep(30);
  expect(told).toEqual([]);
});

test("one that answered while we were stopped is not given up", async () => {
  stopFor(5000);
  const told: string[] = [];
  const said = Promise.withResolvers<undefined>();
  const one = createHeartbeat(
    { read: () => said.promise, async close() {} },
    {
      patienceMs: 5000,
      ping() {
        told.push("ping");
        // It is read after the timer that is late.
        setTimeout(() => said.resolve(undefined), 20);
      },
      onSilent: () => told.push("silent"),
    },
  );
  one.start();
  await one.source.read();
  expect(told).toEqual(["ping"]);
});
