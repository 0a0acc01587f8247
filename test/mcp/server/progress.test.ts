import { expect, test } from "bun:test";
import { createProgress } from "../../../src/mcp/server/progress.ts";
import { waitUntil } from "../../harness/processes.ts";

test("a client that does not read gets no second report on top of the first, and the next one when it has", async () => {
  const messages: string[] = [];
  const read = Promise.withResolvers<void>();
  const progress = createProgress(({ message }) => {
    messages.push(message);
    return messages.length === 1 ? read.promise : Promise.resolve();
  }, 1);
  await waitUntil(() => messages.length > 0, 10_000, "the first report");
  progress.add(Buffer.from("half\nwhole\n"));
  await Bun.sleep(50);
  expect(messages).toEqual(["running"]);
  read.resolve();
  await waitUntil(() => messages.length > 1, 10_000, "the next report");
  progress.stop();
  expect(messages.slice(0, 2)).toEqual(["running", "whole"]);
});
