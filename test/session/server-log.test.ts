import { describe, expect, test } from "bun:test";
import { type ByteWriter, partsOf } from "../../src/process/fd-writer.ts";
import { createLog } from "../../src/session/server-log.ts";
import { decodeLossily } from "../../src/text.ts";

/** A log of 10 bytes on a reader that takes what it is given when it is told to, and a clock that is wound by hand. */
function logged() {
  const read: string[] = [];
  let takes: (() => void)[] = [];
  let sleepers: (() => void)[] = [];
  let reading = false;
  let gone = false;
  const target: ByteWriter = {
    async write(data) {
      if (!reading) await new Promise<void>((resolve) => takes.push(resolve));
      if (gone) throw Object.assign(new Error("gone"), { code: "EPIPE" });
      for (const part of partsOf(data)) read.push(decodeLossily(part));
    },
    flush: async () => {},
  };
  const log = createLog(target, {
    limit: 10,
    patienceMs: 100,
    sleep: () => new Promise<void>((resolve) => sleepers.push(resolve)),
  });
  const wake = (waiting: (() => void)[]) => {
    for (const resolve of waiting) resolve();
  };
  return {
    read,
    log,
    /** What is there to be read is taken, and from now on everything is. */
    async readOn() {
      reading = true;
      wake(takes);
      takes = [];
      await log.flush();
    },
    async patienceEnds() {
      wake(sleepers);
      sleepers = [];
      await Bun.sleep(0);
    },
    leave() {
      gone = true;
      reading = true;
      wake(takes);
    },
    sleepers: () => sleepers.length,
  };
}

const isDone = (promise: Promise<void>) =>
  Promise.race([promise.then(() => true), Bun.sleep(0).then(() => false)]);

describe("a log", () => {
  test("gives what is written at once in order", async () => {
    const { log, read, readOn } = logged();
    await readOn();
    await Promise.all([log.write("a"), log.write("b"), log.write(Buffer.from("c"))]);
    await log.flush();
    expect(read).toEqual(["a", "b", "c"]);
  });

  test("takes more than its limit where nothing waits", async () => {
    const { log, read, readOn } = logged();
    await log.write("x".repeat(50));
    await readOn();
    expect(read).toEqual(["x".repeat(50)]);
  });

  test("slows down who writes for a reader that goes on reading, and loses nothing", async () => {
    const { log, read, readOn } = logged();
    await log.write("0123456789");
    const more = log.write("more");
    expect(await isDone(more)).toBe(false);
    await readOn();
    expect(await isDone(more)).toBe(true);
    await log.flush();
    expect(read).toEqual(["0123456789", "more"]);
  });

  test("waits for a reader that does not read once, then never again", async () => {
    const { log, patienceEnds, sleepers } = logged();
    await log.write("0123456789");
    const lost = [log.write("lost"), log.write("too")];
    expect(await isDone(Promise.race(lost))).toBe(false);
    await patienceEnds();
    await Promise.all(lost);
    for (let n = 0; n < 100; n++) expect(await isDone(log.write("and all of this"))).toBe(true);
    expect(sleepers()).toBe(0);
  });

  test("tells a reader that comes back how much is missing, where it is missing, once", async () => {
    const { log, read, patienceEnds, readOn } = logged();
    await log.write("all of it\n");
    const lost = log.write("lost");
    await patienceEnds();
    await lost;
    await log.write("12345678");
    await readOn();
    await log.write("after\n");
    await log.flush();
    expect(read.join("")).toBe(
      "all of it\nrunspec: 12 bytes were dropped here, because nobody read them\nafter\n",
    );
  });

  test("is silent for good when its reader has gone", async () => {
    const { log, read, leave } = logged();
    await log.write("0123456789");
    const waiting = log.write("more");
    leave();
    await waiting;
    await log.write("even more");
    await log.flush();
    expect(read).toEqual([]);
  });
});
