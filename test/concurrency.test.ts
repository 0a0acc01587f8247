import { describe, expect, test } from "bun:test";
import { createLimiter, eachOf } from "../src/concurrency.ts";

const settle = () => Bun.sleep(0);

/** Work that notes when it begins and ends when it is told to. */
function works() {
  const begun: string[] = [];
  const gates = new Map<string, PromiseWithResolvers<string>>();
  return {
    begun,
    work: (name: string) => () => {
      begun.push(name);
      const gate = Promise.withResolvers<string>();
      gates.set(name, gate);
      return gate.promise;
    },
    end: (name: string) => gates.get(name)?.resolve(name),
    fail: (name: string) => gates.get(name)?.reject(new Error(name)),
  };
}

describe("createLimiter", () => {
  test("holds to its limit also when everything is asked for at once", async () => {
    const { begun, work, end } = works();
    const limiter = createLimiter({ running: 2, waiting: 10 });
    const all = ["a", "b", "c", "d"].map((name) => limiter(work(name)));
    await settle();
    expect(begun).toEqual(["a", "b"]);
    end("b");
    await settle();
    expect(begun).toEqual(["a", "b", "c"]);
    for (const name of ["a", "c"]) end(name);
    await settle();
    end("d");
    expect(await Promise.all(all)).toEqual(["a", "b", "c", "d"]);
  });

  test("a newcomer does not overtake whoever has just been given a place", async () => {
    const { begun, work, end } = works();
    const limiter = createLimiter({ running: 1, waiting: 10 });
    void limiter(work("a"));
    void limiter(work("b"));
    await settle();
    end("a");
    await Promise.resolve();
    void limiter(work("c"));
    await settle();
    expect(begun).toEqual(["a", "b"]);
  });

  test("a failure gives its place away, too", async () => {
    const { begun, work, fail } = works();
    const limiter = createLimiter({ running: 1, waiting: 10 });
    const failing = limiter(work("a")).catch(String);
    void limiter(work("b"));
    await settle();
    fail("a");
    expect(await failing).toBe("Error: a");
    await settle();
    expect(begun).toEqual(["a", "b"]);
  });

  test("places are free again when nobody waits for them", async () => {
    const { begun, work, end } = works();
    const limiter = createLimiter({ running: 1, waiting: 10 });
    for (const name of ["a", "b"]) {
      const one = limiter(work(name));
      await settle();
      expect(begun).toContain(name);
      end(name);
      await one;
    }
  });

  test("what is aborted while it waits never begins, and holds nobody up", async () => {
    const { begun, work, end } = works();
    const limiter = createLimiter({ running: 1, waiting: 10 });
    const controller = new AbortController();
    void limiter(work("a"));
    const aborted = limiter(work("b"), { signal: controller.signal }).catch((reason: unknown) => reason);
    void limiter(work("c"));
    await settle();
    controller.abort("enough");
    expect(await aborted).toBe("enough");
    end("a");
    await settle();
    expect(begun).toEqual(["a", "c"]);
  });

  test("what is aborted just as its turn comes gives the place on", async () => {
    const { begun, work, end } = works();
    const limiter = createLimiter({ running: 1, waiting: 10 });
    const controller = new AbortController();
    const first = limiter(work("a"));
    const aborted = limiter(work("b"), { signal: controller.signal }).catch((reason: unknown) => reason);
    await settle();
    end("a");
    await first;
    controller.abort("enough");
    void limiter(work("c"));
    await settle();
    if (begun.includes("b")) end("b");
    await aborted;
    await settle();
    expect(begun).toContain("c");
  });

  test("what is aborted from the start is not run, and waits for nothing", async () => {
    const { begun, work } = works();
    const limiter = createLimiter({ running: 1, waiting: 0 });
    const aborted = () =>
      limiter(work("a"), { signal: AbortSignal.abort("no") }).catch((reason: unknown) => reason);
    expect(await aborted()).toBe("no");
    void limiter(work("b"));
    expect(await aborted()).toBe("no");
    expect(begun).toEqual(["b"]);
  });

  test("past the second limit it turns away", async () => {
    const { work } = works();
    const limiter = createLimiter({ running: 1, waiting: 1 });
    void limiter(work("a"));
    void limiter(work("b"));
    expect(limiter(work("c"))).rejects.toThrow(
      "1 calls are waiting already; nothing was run: make fewer at a time",
    );
  });

  test("what runs and what waits is counted in bytes, too, and given back", async () => {
    const { work, end } = works();
    const limiter = createLimiter({ running: 1, waiting: 10, bytes: 100 });
    // Against the clock: one that is taken would never end.
    const tooMuch = async () => {
      const refused = limiter(work("no"), { bytes: 50 }).catch(String);
      const said = await Promise.race([refused, settle().then(() => "it was taken")]);
      expect(said).toContain(
        "the calls under way hold too many bytes; nothing was run: make fewer at a time",
      );
    };
    const controller = new AbortController();
    const running = limiter(work("a"), { bytes: 60 });
    await tooMuch();
    const waiting = limiter(work("b"), { signal: controller.signal, bytes: 40 });
    controller.abort(new Error("left"));
    expect(waiting).rejects.toThrow("left");
    await settle();
    void limiter(work("c"), { bytes: 40 });
    await tooMuch();
    end("a");
    await running;
    void limiter(work("d"), { bytes: 60 });
    await tooMuch();
  });
});

describe("eachOf", () => {
  test("works on all items, on so many at a time and in their order", async () => {
    const { begun, work, end } = works();
    const done = eachOf(["a", "b", "c", "d"], 2, (name) => work(name)());
    await settle();
    expect(begun).toEqual(["a", "b"]);
    for (const name of ["b", "c", "a", "d"]) {
      end(name);
      await settle();
    }
    expect(begun).toEqual(["a", "b", "c", "d"]);
    await done;
  });
});
