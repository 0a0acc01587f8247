import { describe, expect, test } from "bun:test";
import { createOutbox } from "../../src/jsonrpc/outbox.ts";

/** A transport that takes a message only when it is told to. */
function transport() {
  const waiting: PromiseWithResolvers<void>[] = [];
  return {
    post() {
      const taken = Promise.withResolvers<void>();
      waiting.push(taken);
      return taken.promise;
    },
    take: () => waiting.shift()?.resolve(),
    fail: () => waiting.shift()?.reject(new Error("EPIPE")),
  };
}

async function isPending(promise: Promise<void> | undefined): Promise<boolean> {
  const late = Symbol("late");
  return (await Promise.race([promise, Bun.sleep(1).then(() => late)])) === late;
}

describe("createOutbox", () => {
  test("has room until so many characters wait", async () => {
    const { post, take } = transport();
    const outbox = createOutbox(post, 10);
    expect(outbox.room()).toBeUndefined();
    const first = outbox.send("12345");
    expect(outbox.room()).toBeUndefined();
    void outbox.send("67890");
    const room = outbox.room();
    expect(await isPending(room)).toBe(true);
    take();
    await first;
    expect(await isPending(room)).toBe(false);
    expect(outbox.room()).toBeUndefined();
    // And the same again.
    void outbox.send("abcde");
    expect(await isPending(outbox.room())).toBe(true);
  });

  test("a message that is lost makes room, too", async () => {
    const { post, fail } = transport();
    const outbox = createOutbox(post, 1);
    const lost = outbox.send("x").catch(String);
    const room = outbox.room();
    fail();
    expect(await lost).toBe("Error: EPIPE");
    expect(await isPending(room)).toBe(false);
  });

  test("released, it keeps nobody waiting, now or later", async () => {
    const outbox = createOutbox(transport().post, 1);
    void outbox.send("x");
    const room = outbox.room();
    outbox.release();
    expect(await isPending(room)).toBe(false);
    expect(outbox.room()).toBeUndefined();
  });
});
