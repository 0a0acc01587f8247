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
  void progress.end();
  expect(messages.slice(0, 2)).toEqual(["running", "whole"]);
});

test.each<[what: string, chunks: string[], said: string]>([
  ["the last whole line", ["one\ntwo\nthr"], "two"],
  ["what has come of a line, where none has ended since", ["one\n", "wor", "king"], "working"],
  ["a line that is drawn over and over", ["10 %\r20 %"], "20 %"],
  ["the same, where its end comes first", ["10 %\r", "20 %\r"], "20 %"],
  ["nothing of blank lines", ["one\n", "\n \n"], "one"],
  ["a character that comes in two pieces", ["gr\xc3", "\xbc\xc3"], "gr\xfc"],
  ["the end of a line that never ends", ["x".repeat(5000), "end"], `${"x".repeat(197)}end`],
])("a report says %s", async (_what, chunks, said) => {
  const messages: string[] = [];
  const progress = createProgress(async ({ message }) => void messages.push(message), 1);
  for (const chunk of chunks) progress.add(Buffer.from(chunk, "latin1"));
  await waitUntil(() => messages.length > 0, 10_000, "a report");
  void progress.end();
  expect(messages[0]).toBe(said);
});

test.each<[what: string, chunks: string[], said: string]>([
  ["in a whole line", ["got hunter2\n"], "got ***"],
  ["with a colour in it", ["got hun\x1b[31mter2\n"], "got ***"],
  ["that has come in part", ["one\n", "got hun"], "one"],
  ["in a line that is cut", [`${"x".repeat(900)}hunter2\n`], "running"],
  ["of which the beginning is cut", ["one\n", "hunter2".repeat(200), "\n"], "one"],
  ["across the place where a report ends", [`${"x".repeat(197)}hunter2\n`], `${"x".repeat(197)}***`],
])("a report hides a secret %s", async (_what, chunks, said) => {
  const messages: string[] = [];
  const progress = createProgress(async ({ message }) => void messages.push(message), 1);
  progress.hide((text) => text.replaceAll("hunter2", "***"));
  for (const chunk of chunks) progress.add(Buffer.from(chunk));
  await waitUntil(() => messages.length > 0, 10_000, "a report");
  void progress.end();
  expect(messages[0]).toBe(said);
});
