/** What has come from a client, to the peer that answers it. */

import { expect, test } from "bun:test";
import { createIntake } from "../../../src/mcp/server/intake.ts";

test("the bytes of a batch are shared by its requests: each counted with all of them, a few were too many", () => {
  const ping = { jsonrpc: "2.0", id: 1, method: "ping" };
  const seen: number[] = [];
  const note = async () => void seen.push(intake.bytes());
  const intake = createIntake({ receive: note, refuse: note }, () => {});
  for (const value of [ping, [ping, ping, ping, ping]])
    void intake.receive({ kind: "line", bytes: Buffer.from(JSON.stringify(value)) });
  const one = JSON.stringify(ping).length;
  expect(seen).toEqual([one, one + 5 / 4]);
});
