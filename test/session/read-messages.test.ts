/** Reading a server's messages, however many they are. */

import { expect, test } from "bun:test";
import { readMessages } from "../../src/session/read-messages.ts";

/** A stream that has `chunks`, and waits for nothing. */
function sourceOf(chunks: string[]) {
  return {
    read: async () => (chunks.length > 0 ? Buffer.from(chunks.shift() ?? "") : undefined),
    close: async () => {},
  };
}

test("a timer has its turn in a flood of chunks, of which each takes no time", async () => {
  const busy = (ms: number) => {
    const since = performance.now();
    while (performance.now() - since < ms);
  };
  let fired = false;
  setTimeout(() => {
    fired = true;
  }, 1);
  const firedAt: boolean[] = [];
  await readMessages(
    sourceOf(Array.from({ length: 40 }, () => "{}\n")),
    () => firedAt.push(fired),
    async () => busy(2),
  );
  expect([firedAt.at(0), firedAt.at(-1)]).toEqual([false, true]);
});

test.each([
  ["a banner is one", "bye", ["{}", "bye"]],
  ["a whole message is one", '{"a":1}', ["{}", '{"a":1}']],
  ["half a message is none", '{"a":', ["{}"]],
])("of a last line without its end, %s", async (_what, last, expected) => {
  const taken: string[] = [];
  await readMessages(
    sourceOf(["{}\n", last]),
    () => {},
    async (message) =>
      void taken.push(message.kind === "line" ? String(Buffer.from(message.bytes)) : message.kind),
  );
  expect(taken).toEqual(expected);
});
