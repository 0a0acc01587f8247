import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import { withoutLingering } from "../../src/process/lingering.ts";
import { collect, type Source } from "../../src/process/source.ts";
import { spawn } from "../../src/process/spawn.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** Whatever is under way goes on for a moment, also where time stands still. */
const realTurn = () => Bun.file("/dev/null").text();

/** The time passes, a tenth of a second at a step, until `work` is done; how many of them that were, or undefined where it would take a minute. */
async function stepsUntil(work: Promise<unknown>): Promise<number | undefined> {
  let isDone = false;
  void work.then(() => {
    isDone = true;
  });
  for (let step = 0; step < 600; step++) {
    for (let turn = 0; turn < 5; turn++) await realTurn();
    if (isDone) return step;
    jest.advanceTimersByTime(100);
  }
  return undefined;
}

/** A pipe that somebody keeps open, and writes a `piece` to every `everyMs`; closed, it has ended. */
function heldPipe(piece: Uint8Array, everyMs: number): Source {
  const closed = Promise.withResolvers<undefined>();
  return {
    read() {
      const written = Promise.withResolvers<Uint8Array>();
      if (everyMs === 0) written.resolve(piece);
      else setTimeout(() => written.resolve(piece), everyMs);
      return Promise.race([closed.promise.then(() => undefined), written.promise]);
    },
    close: async () => closed.resolve(undefined),
  };
}

describe("what is read of a program that has exited", () => {
  const exited = Promise.resolve();

  test.each([
    ["nothing", 1_000_000, 10, 0],
    ["a word now and then", 300, 10, 3],
  ])(
    "ends after a second of waiting, where a child of it writes %s",
    async (_what, everyMs, steps, words) => {
      const output = collect(withoutLingering(heldPipe(Buffer.from("x"), everyMs), exited), 100);
      expect([await stepsUntil(output.ended), output.size()]).toEqual([steps, words]);
    },
  );

  test("ends with the first read past 32 MiB, where a child of it never stops writing", async () => {
    const pipe = heldPipe(new Uint8Array(1_000_000), 0);
    let pieces = 0;
    const read = async () => (pieces++ < 100 ? pipe.read() : undefined);
    const output = collect(withoutLingering({ ...pipe, read }, exited), 0);
    await output.ended;
    expect(output.size()).toBe(34_000_000);
  });

  test("is all of it, however slowly it is taken", async () => {
    const pieces = ["a", "b", "c", "d"].map((text) => Buffer.from(text));
    const pipe = heldPipe(Buffer.from("x"), 1_000_000);
    const source: Source = {
      read: async () => pieces.shift() ?? pipe.read(),
      close: () => Promise.resolve(pieces.splice(0)).then(pipe.close),
    };
    const slowly = () => new Promise<void>((resolve) => setTimeout(resolve, 10_000));
    const output = collect(withoutLingering(source, exited), 100, slowly);
    expect([await stepsUntil(output.ended), `${output.bytes()}`]).toEqual([410, "abcd"]);
  });
});

test("a program that runs is waited for, and its second begins when it has exited", async () => {
  const exit = Promise.withResolvers<void>();
  const output = collect(withoutLingering(heldPipe(Buffer.from("x"), 1_000_000), exit.promise), 100);
  setTimeout(exit.resolve, 20_000);
  expect(await stepsUntil(output.ended)).toBe(210);
});

test.skipIf(process.platform === "win32").each(["stdout", "stderr"] as const)(
  "the %s of what is started ends, though a child of it keeps it",
  async (name) => {
    const child = spawn({
      argv: ["sh", "-c", 'sleep 600 & echo $!; echo "$!" >&2'],
      env: { PATH: "/usr/bin:/bin" },
      ...{ stdin: "null", output: "pipe", ownGroup: true },
    });
    const output = collect(child[name], 100);
    await child.exited;
    try {
      expect(await stepsUntil(output.ended)).toBe(10);
    } finally {
      process.kill(Number(`${output.bytes()}`), "SIGKILL");
      for (const stream of [child.stdout, child.stderr]) await stream.close();
    }
  },
);
