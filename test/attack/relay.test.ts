/** `jump --mcp` between a hostile client and what may be no server: bounded memory, and TERM ends it. */

import { expect, test } from "bun:test";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { project } from "../e2e/site.ts";
import { type Ending, start } from "../harness/binary.ts";
import { within } from "../harness/processes.ts";
import { tempDir } from "../harness/temp.ts";
import { peakUntil } from "./bounds.ts";

const MB = 1024 * 1024;
const HELLO = `${JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "c", version: "1" } },
})}\n`;
const call = (word: string) =>
  `${JSON.stringify({ jsonrpc: "2.0", id: 2, method: "tools/call", params: { name: "t", arguments: { word } } })}\n`;

const TERMED: Ending = { code: 143, signal: null };
const REFUSED: Ending = { code: 125, signal: null };

test.concurrent.each<[name: string, remote: string, sent: () => string, end: Ending]>([
  ["lines of two characters for ever", "yes", () => HELLO, REFUSED],
  ["a line for ever", "cat /dev/zero", () => HELLO, REFUSED],
  ["nothing, to a message of 15 MB", "sleep 60", () => HELLO + call("\u0001$(x)".repeat(1.5 * MB)), TERMED],
  ["nothing, to a line without an end", "sleep 60", () => HELLO + "x".repeat(15 * MB), TERMED],
])("%s", async (_, remote, sent, end) => {
  const binDir = tempDir();
  writeFileSync(join(binDir, "ssh"), `#!/bin/sh\nexec ${remote}\n`);
  chmodSync(join(binDir, "ssh"), 0o755);
  const running = start(["jump", "a", "--mcp"], project("[config.jump-hosts.a]\n", binDir));
  const out = new Response(running.stdout).arrayBuffer();
  const stderr = new Response(running.stderr).arrayBuffer();
  const peak = peakUntil(running.pid, running.exited);
  await running.write(sent()).catch(() => {});
  if (end === TERMED) {
    await Bun.sleep(500);
    running.kill("SIGTERM");
  }
  expect(await within(running.exited, 30_000, "the end")).toEqual(end);
  await Promise.all([out, stderr]);
  // Without a bound it is gigabytes; what waits for the collector is more on a busy machine.
  expect(await peak).toBeLessThan(200 * MB);
});
