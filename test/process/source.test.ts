import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readAhead, type Source } from "../../src/process/source.ts";
import { spawn } from "../../src/process/spawn.ts";
import { waitUntil } from "../harness/processes.ts";
import { tempDir } from "../harness/temp.ts";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

describe("what a child writes", () => {
  function reading(script: string): Source {
    const argv = ["sh", "-c", script];
    const env = { PATH: "/usr/bin:/bin" };
    const { stdout } = spawn({ argv, env, stdin: "null", output: "pipe", ownGroup: true });
    if (stdout === undefined) throw new Error("it is not read");
    return stdout;
  }

  async function all(source: Source, pauseMs?: number): Promise<Buffer[]> {
    const chunks: Buffer[] = [];
    for (let chunk = await source.read(); chunk !== undefined; chunk = await source.read()) {
      chunks.push(Buffer.from(chunk));
      if (pauseMs !== undefined) await Bun.sleep(pauseMs);
    }
    await source.close();
    return chunks;
  }

  const MUCH = "seq 400000";
  const much = Buffer.from(Array.from({ length: 400_000 }, (_, n) => `${n + 1}\n`).join(""));

  test.each([
    ["as fast as it comes", undefined],
    ["slowly, past the end of who wrote it", 20],
  ])("gives every byte in order, read %s", async (_how, pauseMs) => {
    const got = Buffer.concat(await all(reading(MUCH), pauseMs));
    expect([got.length, sha256(got)]).toEqual([much.length, sha256(much)]);
  });

  test("ends a read that waits when it is closed", async () => {
    const source = reading("echo $$; exec sleep 60");
    const writer = Number(Buffer.from((await source.read()) ?? []));
    const waiting = source.read();
    await source.close();
    expect(await waiting).toBeUndefined();
    process.kill(writer);
  });

  test("lets whoever writes know that it has been closed", async () => {
    const told = join(tempDir(), "told");
    const source = reading(`trap '' PIPE; while echo more; do :; done 2>/dev/null; echo gone >${told}`);
    await source.read();
    await source.close();
    await waitUntil(() => existsSync(told), 20_000, "the writer to notice");
  });
});

const bytes = (length: number) => new Uint8Array(length);

function sourceOfChunks(sizes: number[], end?: Error) {
  let reads = 0;
  let closed = false;
  const source: Source = {
    async read() {
      const size = sizes[reads++];
      if (size === undefined && end !== undefined) throw end;
      return size === undefined ? undefined : bytes(size);
    },
    async close() {
      closed = true;
    },
  };
  return { source, reads: () => reads, closed: () => closed };
}

describe("readAhead", () => {
  test("reads on up to the limit while nobody takes anything, and says each time that something came", async () => {
    const { source, reads } = sourceOfChunks([4, 4, 4, 4, 4]);
    let heard = 0;
    const ahead = readAhead(source, 10, () => heard++);
    await Bun.sleep(1);
    expect([reads(), heard]).toEqual([3, 3]);
    const sizes: (number | undefined)[] = [];
    for (let n = 0; n < 6; n++) sizes.push((await ahead.read())?.length);
    expect([sizes, heard]).toEqual([[4, 4, 4, 4, 4, undefined], 5]);
  });

  test("what fails is thrown behind what had come", async () => {
    const ahead = readAhead(sourceOfChunks([4], new Error("EISDIR")).source, 10, () => {});
    expect((await ahead.read())?.length).toBe(4);
    expect(ahead.read()).rejects.toThrow("EISDIR");
  });

  test("closing ends a read under way, and one that waits for room", async () => {
    const never: Source = { read: () => new Promise(() => {}), close: async () => {} };
    const waiting = readAhead(never, 10, () => {});
    const read = waiting.read();
    await waiting.close();
    expect(await read).toBeUndefined();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const ending: Source = { read: () => promise, close: async () => resolve(undefined) };
    const closing = readAhead(ending, 10, () => {});
    const pending = closing.read();
    await Bun.sleep(1);
    await closing.close();
    await Bun.sleep(1);
    expect([await pending, await closing.read()]).toEqual([undefined, undefined]);
    const { source, closed } = sourceOfChunks([20, 20, 20]);
    const full = readAhead(source, 10, () => {});
    await Bun.sleep(1);
    await full.close();
    expect(closed()).toBe(true);
  });

  test.each(["ends", "fails", "gives something"])(
    "closing is the end, also where the read under way %s by that",
    async (how) => {
      const under = Promise.withResolvers<Uint8Array | undefined>();
      const source: Source = {
        read: () => under.promise,
        async close() {
          if (how === "fails") under.reject(new Error("EBADF"));
          else under.resolve(how === "ends" ? undefined : bytes(3));
          // All that comes of it may have come before the read is told.
          await Bun.sleep(1);
        },
      };
      let heard = 0;
      const ahead = readAhead(source, 10, () => heard++);
      const read = ahead.read();
      await Bun.sleep(1);
      await ahead.close();
      expect([await read, await ahead.read(), heard]).toEqual([undefined, undefined, 0]);
    },
  );
});
