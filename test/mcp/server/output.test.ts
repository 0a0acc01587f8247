/** What is captured of a tool's output, in an answer that every client takes. */

import { expect, spyOn, test } from "bun:test";
import { captureOutput, streamOutput } from "../../../src/mcp/server/output.ts";

/** A line of 10 MiB ends the connection of the official TypeScript client. */
const CLIENT_MAX = 10 * 1024 * 1024;

test.each<[what: string, stdout: Uint8Array, stderr: Uint8Array, exitCode: number, shown: RegExp]>([
  [
    "NUL on both streams, six bytes each in JSON",
    new Uint8Array(1_800_000),
    new Uint8Array(900_000),
    1,
    /^exit_code: 1\nstdout:\n/,
  ],
  [
    "quotes and backslashes, two bytes each",
    Buffer.from('"\\'.repeat(2_500_000)),
    Buffer.of(),
    0,
    /^["\\]+\n\[… \d+ bytes left out …\]\n["\\]+$/,
  ],
  [
    "characters of three bytes, and never a part of one",
    Buffer.from("€".repeat(3_333_333)),
    Buffer.of(),
    0,
    /^€+\n\[… \d+ bytes left out …\]\n€+$/,
  ],
])("%s: the answer is under 10 MiB", async (_what, stdout, stderr, exitCode, shown) => {
  const output = captureOutput("none", async () => {});
  for (let at = 0; at < stdout.length; at += 100_000)
    await output.take("stdout", stdout.subarray(at, at + 100_000));
  await output.take("stderr", stderr);
  const outcome = { kind: "ended", exitCode, timedOut: false, cancelled: false, durationMs: 12 } as const;
  const answer = await output.result({ tool: "t", outcome, structured: "absent" });
  expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThan(CLIENT_MAX);
  expect(answer).toMatchObject({
    content: [{ type: "text", text: expect.stringMatching(shown) }],
    _meta: { runspec: { tool: "t", exit_code: exitCode, duration_ms: 12, truncated: true } },
  });
});

test("streamed as text, a character that was never whole is sent at the end, of either stream", async () => {
  const sent: unknown[] = [];
  const post = async (parts: readonly Uint8Array[]) =>
    void sent.push(JSON.parse(String(Buffer.concat(parts))));
  const output = streamOutput({ id: 7, raw: false, isSilenced: () => false, post });
  for (const stream of ["stdout", "stderr"] as const) await output.take(stream, Uint8Array.of(0xc2));
  expect(sent).toEqual([]);
  const outcome = { kind: "ended", exitCode: 0, timedOut: false, cancelled: false, durationMs: 12 } as const;
  await output.result({ tool: "t", outcome, structured: "absent" });
  const line = (stream: string) => ({
    jsonrpc: "2.0",
    method: "notifications/runspec/output",
    params: { requestId: 7, stream, base64: "wg==" },
  });
  expect(sent).toEqual([line("stdout"), line("stderr")]);
});

test("a client whose lease is over, and that takes nothing, is not waited for", async () => {
  let look = () => {};
  const timer = spyOn(globalThis, "setInterval").mockImplementation(((action: () => void) => {
    look = action;
    return { unref() {} };
  }) as unknown as typeof setInterval);
  const taken: (() => void)[] = [];
  const post = () => new Promise<void>((resolve) => taken.push(resolve));
  const output = streamOutput({ id: 7, raw: true, isSilenced: () => false, post });
  output.expectReader();
  timer.mockRestore();
  const isOver = async (work: Promise<void>) =>
    Promise.race([work.then(() => true), Bun.sleep(0).then(() => false)]);
  const first = output.take("stdout", Buffer.from("a"));
  taken.shift()?.();
  await first;
  // It has taken something since the last look.
  const second = output.take("stdout", Buffer.from("b"));
  look();
  expect(await isOver(second)).toBe(false);
  taken.shift()?.();
  await second;
  // There is nothing to take.
  look();
  look();
  const third = output.take("stdout", Buffer.from("c"));
  expect(await isOver(third)).toBe(false);
  look();
  expect(await isOver(third)).toBe(true);
  expect(await isOver(output.take("stderr", Buffer.from("d")))).toBe(true);
});
