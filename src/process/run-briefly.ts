/** Running a program to its end, or to the end of our patience, and keeping what it said. */

import type { Source } from "./source.ts";
import { type Exit, exitCode, spawn } from "./spawn.ts";

export interface Surroundings {
  env: Record<string, string>;
  /** How long one step may take, in milliseconds. */
  limitMs: number;
  /** Ends what runs; the reason is thrown. */
  signal: AbortSignal;
}

export interface Ran {
  /** Undefined where it had to be ended. */
  exitCode: number | undefined;
  stdout: string;
  stderr: string;
  ms: number;
}

/** What is kept of either stream; the rest is read and forgotten. */
const KEPT_BYTES = 64 * 1024;
/** How long a program that was told to end may take, and how long its pipes are read once it has ended. */
const GRACE_MS = 500;

/** @throws RunspecError where there is no such program, or the signal's reason. */
export async function runBriefly(argv: readonly string[], around: Surroundings): Promise<Ran> {
  around.signal.throwIfAborted();
  const started = performance.now();
  const child = spawn({ argv, env: around.env, stdin: "null", output: "pipe", ownGroup: false });
  const [stdout, stderr] = [keep(child.stdout), keep(child.stderr)];
  try {
    const exit = await endOf(child, around);
    await Promise.race([Promise.all([stdout.ended, stderr.ended]), Bun.sleep(GRACE_MS)]);
    around.signal.throwIfAborted();
    return {
      exitCode: exit === undefined ? undefined : exitCode(exit),
      stdout: stdout.text(),
      stderr: stderr.text(),
      ms: Math.round(performance.now() - started),
    };
  } finally {
    await Promise.all([child.stdout?.close(), child.stderr?.close()]);
  }
}

/** How it ended by itself; undefined when it did not, and was made to. */
async function endOf(
  { pid, exited }: { pid: number; exited: Promise<Exit> },
  { limitMs, signal }: Surroundings,
): Promise<Exit | undefined> {
  const aborted = Promise.withResolvers<undefined>();
  const abort = () => aborted.resolve(undefined);
  signal.addEventListener("abort", abort);
  const timer = setTimeout(abort, limitMs);
  try {
    const exit = await Promise.race([exited, aborted.promise]);
    if (exit !== undefined) return exit;
    process.kill(pid, "SIGTERM");
    if ((await Promise.race([exited, Bun.sleep(GRACE_MS)])) === undefined) process.kill(pid, "SIGKILL");
    return undefined;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

function keep(source: Source | undefined): { ended: Promise<void>; text(): string } {
  const kept: Uint8Array[] = [];
  let size = 0;
  async function read(): Promise<void> {
    for (let chunk = await source?.read(); chunk !== undefined; chunk = await source?.read()) {
      if (size < KEPT_BYTES) kept.push(chunk.slice(0, KEPT_BYTES - size));
      size += chunk.length;
    }
  }
  return { ended: read().catch(() => {}), text: () => Buffer.concat(kept).toString() };
}
