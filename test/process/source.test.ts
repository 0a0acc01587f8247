import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { closeSync, existsSync, fstatSync, openSync } from "node:fs";
import { join } from "node:path";
import { openSocketPair } from "../../src/process/pipe.ts";
import { type Source, sourceOfSocket } from "../../src/process/source.ts";
import { waitUntil } from "../harness/processes.ts";
import { tempDir } from "../harness/temp.ts";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Sockets of our own are made on Linux only; elsewhere Bun's are read. */
describe.if(process.platform === "linux")("sourceOfSocket", () => {
  function reading(script: string): Source {
    const pair = openSocketPair();
    if (pair === undefined) throw new Error("there are no socketpairs here");
    Bun.spawn(["sh", "-c", script], { stdio: ["ignore", pair.theirs, "inherit"] });
    closeSync(pair.theirs);
    return sourceOfSocket(pair.ours);
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

  test("gathers what is written in small pieces", async () => {
    const chunks = await all(reading("dd if=/dev/urandom bs=20000 count=1500 2>/dev/null"));
    expect(Buffer.concat(chunks).length).toBe(30_000_000);
    // A reader that takes what there is gets hardly more than one of them at a time.
    expect(30_000_000 / chunks.length).toBeGreaterThan(100_000);
  });

  test("ends a read that waits when it is closed", async () => {
    const source = reading("echo one; exec sleep 5");
    expect(String(Buffer.from((await source.read()) ?? []))).toBe("one\n");
    const waiting = source.read();
    await source.close();
    expect(await waiting).toBeUndefined();
  });

  test("takes what cannot be read for no end, and gives it back", async () => {
    const fd = openSync("/dev/null", "r");
    const source = sourceOfSocket(fd);
    expect(await source.read().catch((error: Error) => error.message)).toBe("Failed to connect");
    expect(() => fstatSync(fd)).toThrow("EBADF");
    await source.close();
  });

  test("lets whoever writes know that it has been closed", async () => {
    const told = join(tempDir(), "told");
    const source = reading(`trap '' PIPE; while echo more; do :; done 2>/dev/null; echo gone >${told}`);
    await source.read();
    await source.close();
    await waitUntil(() => existsSync(told), 5000, "the writer to notice");
  });
});
