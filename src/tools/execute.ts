/** A plan → what became of it, for a call of a server; for `runspec run`, `foreground` does that. */

import { killAsOf } from "../become/argv.ts";
import { writeEndTarget } from "../become/end-target.ts";
import { terminate } from "../become/terminate.ts";
import { EXIT } from "../errors.ts";
import type { CallIo, EndedCall, StreamName } from "../mcp/tool-host.ts";
import { marksOf } from "../process/find-started.ts";
import { processTime } from "../process/processes.ts";
import { chunksOf } from "../process/source.ts";
import { type Exit, spawn } from "../process/spawn.ts";
import { type Ending, mayRunOn } from "../process/terminate.ts";
import { whenAborted } from "../process/waiting.ts";
import type { Watchdog } from "../process/watchdog.ts";
import type { Runnable } from "../spec/model.ts";
import { stopTimeoutOf } from "./end-messages.ts";
import type { Plan } from "./plan.ts";

export interface Executed extends EndedCall {
  /** How the end went, where we have ended it: whether KILL was needed, and what still runs. */
  ending?: Ending | undefined;
}

interface ExecutionIo extends Pick<CallIo, "signal" | "onOutput" | "feed"> {
  onStart?(pid: number): void;
  /** Ends the tool should we be killed outright. */
  watchdog: Watchdog;
}

/** Runs what was planned until it has exited and its output is drained. @throws RunspecError 126 or 127 where it cannot be started */
export async function execute(runnable: Runnable, plan: Plan, io: ExecutionIo): Promise<Executed> {
  const started = performance.now();
  const { child, target, release } = startGuarded(plan, stopTimeoutOf(runnable), io);
  io.onStart?.(child.pid);
  if (child.stdin !== undefined) io.feed?.(child.stdin);

  const { exited, hasExited } = child;
  const ending = createEnding<"cancel" | "timeout">();
  // One that has exited needs no end, though its output is not over.
  const end = (why: "cancel" | "timeout") => {
    if (!hasExited()) ending.begin(why, () => terminate(target, plan.env));
  };
  const cancel = () => end("cancel");
  const timer = runnable.timeout === undefined ? undefined : setTimeout(end, runnable.timeout, "timeout");
  const forget = whenAborted(io.signal, cancel);
  // Nobody takes its output any more, so the tool is ended.
  const forward = async (name: StreamName) => {
    for await (const bytes of chunksOf(child[name])) await io.onOutput(name, bytes);
  };
  const drained = (name: StreamName) => forward(name).catch(cancel).finally(child[name].close);
  const over = Promise.all([drained("stdout"), drained("stderr"), exited]);
  // A process that cannot be ended is not waited for.
  const abandoned = ending.over.then((result) => (!hasExited() && mayRunOn(result) ? undefined : over));
  await Promise.race([over, abandoned]);
  if (!hasExited()) await Promise.all([child.stdout.close(), child.stderr.close()]);
  clearTimeout(timer);
  forget();
  const ended = await ending.settled();
  // Nobody reads it any more, and the client may never send its end.
  await child.stdin?.destroy();
  release();
  return {
    kind: "ended",
    ...(child.exit() ?? GIVEN_UP),
    timedOut: ending.cause() === "timeout",
    cancelled: ending.cause() === "cancel",
    durationMs: Math.round(performance.now() - started),
    ending: ended,
  };
}

/** Starts the tool. The watchdog is told before, since we may be killed in between. */
function startGuarded({ argv, env, become }: Plan, graceMs: number, { watchdog, feed }: ExecutionIo) {
  const ending = { graceMs, become: become && killAsOf(become) };
  const tellWatchdog = watchdog();
  const since = processTime();
  try {
    const child = spawn({
      argv,
      env,
      stdin: feed === undefined ? "null" : "pipe",
      output: "pipe",
      ownGroup: true,
      onReady(stderr) {
        if (stderr === undefined) return;
        const marks = marksOf(argv, become !== undefined, stderr, since);
        tellWatchdog(marks && writeEndTarget({ ...marks, ...ending }));
      },
    });
    const { pid, hasExited } = child;
    tellWatchdog(writeEndTarget({ pid, since, by: processTime(), ...ending }));
    return { child, target: { pid, hasExited, ...ending }, release: () => tellWatchdog(undefined) };
  } catch (error) {
    tellWatchdog(undefined);
    throw error;
  }
}

/** The end that is told of a process which was given up before it ended. */
export const GIVEN_UP: Exit = { exitCode: EXIT.FAILED };

/** Ends a tool once, and remembers why. */
export function createEnding<Why>() {
  let cause: Why | undefined;
  const { promise, resolve, reject } = Promise.withResolvers<Ending>();
  return {
    begin(why: Why, endTool: () => Promise<Ending>): void {
      if (cause !== undefined) return;
      cause = why;
      endTool().then(resolve, reject);
    },
    cause: () => cause,
    /** Resolves when the tool has been ended, as far as it can be; never where it need not be. */
    over: promise,
    settled: async (): Promise<Ending | undefined> => (cause === undefined ? undefined : promise),
  };
}
