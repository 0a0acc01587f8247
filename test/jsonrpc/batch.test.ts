import { describe, expect, test } from "bun:test";
import { answerBatch } from "../../src/jsonrpc/batch.ts";

async function answered(items: readonly unknown[], answer: (item: unknown) => Promise<string | undefined>) {
  const sent: string[] = [];
  await answerBatch(items, answer, async (text) => {
    sent.push(text);
  });
  return sent;
}

describe("answerBatch", () => {
  test("is one array, in the order of the items, whichever is answered first", async () => {
    const slow = (item: unknown) => Bun.sleep(item === 1 ? 20 : 0).then(() => String(item));
    expect(await answered([1, 2, 3], slow)).toEqual(["[1,2,3]"]);
  });

  test("leaves out what has no answer, and sends nothing where nothing has", async () => {
    const odd = async (item: unknown) => (Number(item) % 2 === 1 ? String(item) : undefined);
    expect(await answered([1, 2, 3], odd)).toEqual(["[1,3]"]);
    expect(await answered([2, 4], odd)).toEqual([]);
  });

  test("is several arrays where one would be too long for a client", async () => {
    const big = JSON.stringify("x".repeat(3 * 1024 * 1024));
    const sent = await answered([1, 2, 3, 4, 5], async () => big);
    expect(sent.map((text) => JSON.parse(text).length)).toEqual([2, 2, 1]);
  });

  test("answers all at the same time", async () => {
    let running = 0;
    let most = 0;
    await answered(Array(20).fill(0), async () => {
      most = Math.max(most, ++running);
      await Bun.sleep(1);
      running--;
      return "0";
    });
    expect(most).toBe(20);
  });
});
