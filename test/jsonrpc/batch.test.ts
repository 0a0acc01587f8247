import { describe, expect, test } from "bun:test";
import type { PlainObject } from "../../src/json.ts";
import { answerBatch } from "../../src/jsonrpc/batch.ts";

async function answered(
  items: readonly unknown[],
  answer: (item: unknown) => Promise<PlainObject | undefined>,
): Promise<string[]> {
  const sent: string[] = [];
  await answerBatch(items, answer, async (text) => {
    sent.push(text);
  });
  return sent;
}

const MB = 1024 * 1024;

describe("answerBatch", () => {
  test("is one array, in the order of the items, whichever is answered first", async () => {
    const slow = (item: unknown) => Bun.sleep(item === 1 ? 20 : 0).then(() => ({ item }));
    expect(await answered([1, 2, 3], slow)).toEqual(['[{"item":1},{"item":2},{"item":3}]']);
  });

  test("leaves out what has no answer, and sends nothing where nothing has", async () => {
    const odd = async (item: unknown) => (Number(item) % 2 === 1 ? { item } : undefined);
    expect(await answered([1, 2, 3], odd)).toEqual(['[{"item":1},{"item":3}]']);
    expect(await answered([2, 4], odd)).toEqual([]);
  });

  test("is several arrays where one would be too long for a client", async () => {
    const text = "x".repeat(3 * MB);
    const sent = await answered([1, 2, 3, 4, 5], async () => ({ text }));
    expect(sent.map((array) => JSON.parse(array).length)).toEqual([2, 2, 1]);
  });

  test("makes no more text than one array holds before that is taken: a list may have megabytes", async () => {
    let made = 0;
    const text = "x".repeat(3 * MB);
    const reply = {
      toJSON() {
        made++;
        return { text };
      },
    };
    const taken = Promise.withResolvers<void>();
    const over = answerBatch(
      Array(12).fill(0),
      async () => reply,
      () => taken.promise,
    );
    await Bun.sleep(1);
    expect(made).toBe(3);
    taken.resolve();
    await over;
    expect(made).toBe(12);
  });

  test("answers all at the same time", async () => {
    let running = 0;
    let most = 0;
    await answered(Array(20).fill(0), async () => {
      most = Math.max(most, ++running);
      await Bun.sleep(1);
      running--;
      return {};
    });
    expect(most).toBe(20);
  });
});
