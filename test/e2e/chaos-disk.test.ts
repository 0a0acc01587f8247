/** A disk that is full on either side costs speed and records, never a call. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, statSync, symlinkSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { BIN, type RunOptions, type RunResult, run } from "../harness/binary.ts";
import { quote, type SshHost, writeExecutable } from "../harness/ssh-host.ts";
import { startSshServer } from "../harness/ssh-server.ts";
import { tempDir } from "../harness/temp.ts";
import { furnish, type Local, localTo, script, tool } from "./site.ts";

setDefaultTimeout(60_000);

const TOOLS = ["[config.logging]", tool("hello", script("echo hello; echo there >&2; exit 3"))].join("\n");

/** As on a full disk, any file that this user may write takes nothing: EFBIG instead of ENOSPC. */
const FULL = "trap '' XFSZ; ulimit -f 0";

const onFullDisk = () => launcher(`${FULL}\nexec ${quote(BIN)} "$@"`);

function launcher(script: string): string {
  const path = join(tempDir(), "runspec");
  writeExecutable(path, script);
  return path;
}

let host: SshHost;
let local: Local;
beforeAll(async () => {
  host = await startSshServer();
  furnish(host, TOOLS);
  local = localTo(host);
});
afterAll(() => host.stop());

const jumpTo = (words: string[], options: RunOptions = {}): Promise<RunResult> =>
  run(["jump", ...words], { ...local, ...options });
const jump = (words: string[], options: RunOptions = {}) => jumpTo([host.alias, ...words], options);

const right = { code: 3, out: "hello\n" };

test.concurrent("a cache that cannot be written costs no call", async () => {
  const cache = tempDir();
  const options = { program: onFullDisk(), env: { ...local.env, XDG_CACHE_HOME: cache } };
  for (let call = 0; call < 2; call++) {
    const { code, out, stderr } = await jump(["hello"], options);
    expect({ code, out, stderr }).toEqual({ ...right, stderr: "there\n" });
  }
  const left = readdirSync(join(cache, "runspec")).map((name) => statSync(join(cache, "runspec", name)).size);
  expect(left.filter((size) => size > 0)).toEqual([]);
});

test.concurrent("what a host of a list said cannot be written", async () => {
  const dir = join(tempDir(), "out");
  const options = { program: onFullDisk() };
  // It may come in the same breath as the answer, which then looks well.
  for (let call = 0; call < 5; call++) {
    const { code, out, stderr } = await jumpTo([`${host.alias},`, "hello", "--output-dir", dir], options);
    expect([code, out]).toEqual([125, ""]);
    expect(stderr).toStartWith(`runspec: ${host.alias}: --output-dir: ${dir}: file too large`);
    // No list of failures rather than one that ends somewhere.
    expect(readdirSync(dir)).not.toContain("failed");
  }
});

test.concurrent.each([
  ["a file", (path: string) => Bun.write(path, "")],
  ["a link to a full device", (path: string) => symlinkSync("/dev/full", path)],
  ["a link to nowhere", (path: string) => symlinkSync("/nonexistent/x", path)],
])("the directory of the cache is %s", async (_what, make) => {
  const cache = join(tempDir(), "cache");
  await make(cache);
  const { code, out, stderr } = await jump(["hello"], { env: { ...local.env, XDG_CACHE_HOME: cache } });
  expect({ code, out, stderr }).toEqual({ ...right, stderr: "there\n" });
});

test.concurrent("the remote can write neither its audit trail nor anything else", async () => {
  const { code, out, stderr } = await jump(["hello", "--bin", onFullDisk()]);
  const trail = join(host.home, ".local/state/runspec/audit.jsonl");
  expect({ code, out, lines: stderr.split("\n").sort() }).toEqual({
    ...right,
    lines: [
      "",
      `runspec: ${hostname()}: the audit trail cannot be written: ${trail}: file too large`,
      "there",
    ],
  });
});

test.concurrent.each(["--help", "schema"])("stdout is the end of a pipe that is read: %s", async (words) => {
  const program = launcher(`: | ${quote(BIN)} "$@" 1<&0`);
  const { code, stderr } = await run(words.split(" "), { program });
  expect([code, stderr]).toEqual([125, "runspec: cannot write to stdout: bad file descriptor\n"]);
});

test.concurrent.each(["--version", "--help", "completion bash", "schema"])(
  "stdout is full: %s",
  async (words) => {
    const program = launcher(`exec ${quote(BIN)} "$@" >/dev/full`);
    const { code, stderr } = await run(words.split(" "), { program });
    expect([code, stderr]).toEqual([125, "runspec: cannot write to stdout: no space left on device\n"]);
  },
);
