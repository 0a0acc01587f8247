/** Running a program to its end, or to the end of our patience, and keeping what it said. */

import { afterSignals } from "./signals.ts";
import { collect } from "./source.ts";
import { type SpawnOptions, spawn } from "./spawn.ts";
import { terminateSession } from "./terminate.ts";
import { afterWaiting, isDoneWithin, whenAborted } from "./waiting.ts";

export interface BriefOptions extends Pick<SpawnOptions, "env" | "cwd"> {
  /** How long one step may take, in milliseconds. */
  limitMs: number;
  /** Ends what runs; the reason is thrown. */
  signal: AbortSignal;
  /** It may start others: what has to be ended is all of them. */
  ownGroup?: boolean;
  /** Bytes of stdout that are kept, instead of the usual; one that prints more is ended. */
  stdoutMax?: number;
}

export type BriefResult = Awaited<ReturnType<typeof runBriefly>>;

/** What is kept of either stream, of stdout behind the noise of a shell; the rest is read and forgotten. */
const KEPT_BYTES = 64 * 1024;
const NOISE_BYTES = 1024 * 1024;
/** How long a program that was told to end may take, and how long its pipes are read once it has ended. */
const GRACE_MS = 500;

/** @throws RunspecError where there is no such program, or the signal's reason. */
export async function runBriefly(argv: readonly string[], options: BriefOptions) {
  const { env, cwd, ownGroup = false, stdoutMax, signal, limitMs } = options;
  signal.throwIfAborted();
  const started = performance.now();
  const child = spawn({ argv, env, cwd, stdin: "null", output: "pipe", ownGroup });
  const stop = Promise.withResolvers<undefined>();
  function end(): void {
    // At once: whoever aborts may be about to leave.
    child.kill();
    stop.resolve(undefined);
  }
  const isTooMuch = () => stdout.size() > (stdoutMax ?? Infinity);
  const stdout = collect(child.stdout, stdoutMax ?? NOISE_BYTES + KEPT_BYTES, () => {
    if (isTooMuch()) end();
  });
  const stderr = collect(child.stderr, KEPT_BYTES);
  // What cannot be read is taken for its end: how the program ended says more.
  const read = Promise.allSettled([stdout.ended, stderr.ended]);
  const stopWaiting = afterWaiting(limitMs, end);
  const forget = whenAborted(signal, end);
  try {
    const exit = await Promise.race([child.exited, stop.promise]);
    if (exit === undefined && ownGroup) await terminateSession(child, GRACE_MS);
    else if (!(await isDoneWithin(GRACE_MS, child.exited))) child.kill("SIGKILL");
    await Promise.race([read, Bun.sleep(GRACE_MS)]);
    await afterSignals();
    signal.throwIfAborted();
    const bytes = stdout.bytes();
    return {
      /** Undefined where it had to be ended. */
      exitCode: exit?.exitCode,
      stdout: bytes.toString(),
      stderr: stderr.bytes().toString(),
      /** What it printed on stdout, as it came. */
      bytes,
      /** It had to be ended since it printed more than `stdoutMax`. */
      tooMuch: isTooMuch(),
      ms: Math.round(performance.now() - started),
    };
  } finally {
    stopWaiting();
    forget();
    await Promise.all([child.stdout.close(), child.stderr.close()]);
  }
}
