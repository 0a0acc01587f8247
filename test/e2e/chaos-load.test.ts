/** Many calls: at once through ssh, and one after the other in one session, which must not grow. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { run } from "../harness/binary.ts";
import { serveClient } from "../harness/serve-client.ts";
import type { SshHost } from "../harness/ssh-host.ts";
import { startSshServer } from "../harness/ssh-server.ts";
import { specDir } from "../harness/temp.ts";
import { furnish, type Local, localTo, script, tool } from "./site.ts";

setDefaultTimeout(600_000);

const FULL = process.env.CHAOS === "full";
const JUMPS = FULL ? 100 : 3;
const CALLS = FULL ? 10_000 : 80;
/** Calls until caches and heaps have the size that they keep. */
const WARM_UP = 80;
/** Calls under way at a time. */
const WIDTH = 8;
const GROWTH_MAX_KIB = 20 * 1024;

const TOOLS = tool(
  "echo",
  script('echo "$1"; echo "$1" >&2; exit "$(($1 % 5))"'),
  'args.n = { type = "int", position = 1 }',
);

let host: SshHost;
let local: Local;
beforeAll(async () => {
  host = await startSshServer();
  furnish(host, TOOLS);
  local = localTo(host);
});
afterAll(() => host.stop());

test(`${JUMPS} jumps at once`, async () => {
  const numbers = Array.from({ length: JUMPS }, (_, n) => n);
  const ends = await Promise.all(
    numbers.map(async (n) => {
      const { code, out, stderr } = await run(["jump", host.alias, "echo", "--", `${n}`], {
        ...local,
        timeoutMs: 300_000,
      });
      return { code, out, stderr };
    }),
  );
  expect(ends).toEqual(numbers.map((n) => ({ code: n % 5, out: `${n}\n`, stderr: `${n}\n` })));
});

test(`${CALLS} calls in one session leave nothing behind in the server`, async () => {
  const cwd = specDir(TOOLS);
  const serve = serveClient({ cwd, timeoutMs: 60_000 });
  await serve.open();
  let next = 0;
  const callUntil = async (end: number) => {
    const worker = async () => {
      while (next < end) {
        const n = next++;
        const { result, error } = await serve.request("tools/call", { name: "echo", arguments: { n } });
        const meta = result?._meta;
        expect([
          n,
          error,
          meta !== undefined &&
            meta !== null &&
            typeof meta === "object" &&
            "runspec" in meta &&
            meta.runspec,
        ]).toEqual([n, undefined, expect.objectContaining({ exit_code: n % 5 })]);
      }
    };
    await Promise.all(Array.from({ length: WIDTH }, worker));
  };
  await callUntil(WARM_UP);
  const before = usage(serve.pid);
  await callUntil(WARM_UP + CALLS);
  const after = usage(serve.pid);
  expect({ descriptors: after.descriptors, children: after.children }).toEqual({
    descriptors: before.descriptors,
    children: before.children,
  });
  expect(after.kib - before.kib).toBeLessThan(GROWTH_MAX_KIB);
  expect([serve.noise, await serve.close()]).toEqual([[], { code: 0, signal: null }]);
  // To a client without the extension a tool's stderr is a log, in no order.
  const logged = serve.stderr().trimEnd().split("\n").map(Number);
  expect(logged.sort((a, b) => a - b)).toEqual(Array.from({ length: WARM_UP + CALLS }, (_, n) => n));
});

/** What a process holds now. */
function usage(pid: number): { kib: number; descriptors: number; children: number } {
  return {
    kib: Number(said("ps", "-o", "rss=", "-p", `${pid}`)),
    descriptors: existsSync(`/proc/${pid}/fd`)
      ? readdirSync(`/proc/${pid}/fd`).length
      : said("lsof", "-p", `${pid}`).split("\n").length,
    children: said("ps", "-A", "-o", "ppid=")
      .split("\n")
      .filter((parent) => Number(parent) === pid).length,
  };
}

function said(...argv: string[]): string {
  return Bun.spawnSync(argv).stdout.toString();
}
