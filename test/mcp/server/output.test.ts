/** What is captured of a tool's output, in an answer that every client takes. */

import { expect, test } from "bun:test";
import { captureOutput } from "../../../src/mcp/server/output.ts";

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
