import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Source } from "../../src/process/source.ts";
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
