/** The one executor: a plan → what became of it. Serve and run share it. */

import { EXIT } from "../errors.ts";
import { type BecomeRequest, killAsOf } from "../exec/become.ts";
import type { Guard } from "../exec/guard.ts";
import { startOf } from "../exec/processes.ts";
import type { Source } from "../exec/source.ts";
import { type Child, type Exit, exitCode, spawn } from "../exec/spawn.ts";
import type { Ending, Target, TerminateOptions } from "../exec/terminate.ts";

export type StreamName = "stdout" | "stderr";

export interface Execution {
  argv: readonly string[];
  env: Record<string, string>;
  cwd?: string;
  /** argv starts with a become method: what runs under it belongs to another user. */
  become?: BecomeRequest;
  /** Milliseconds; undefined: none. */
  timeout?: number;
  /** Milliseconds between TERM and KILL. */
  stopTimeout: number;
}

export interface Outcome {
  /** The tool's own code, or 128+n for signal n. */
  exitCode: number;
  signal?: string;
  timedOut: boolean;
  cancelled: boolean;
  durationMs: number;
  /** How the end went, where we have ended it: whether KILL was needed, and what still runs. */
  ending?: Ending;
}

export interface ExecutionIo {
  /** Takes the tool's output as it comes; the tool is not read further until the promise resolves. */
  sink(stream: StreamName, bytes: Uint8Array): Promise<void>;
  /** Called when the tool has been started, before any of its output. */
  onStart?(pid: number): void;
  /** Aborting ends the tool. */
  signal: AbortSignal;
  /** Ends the tool should we be killed outright; undefined: nobody does. */
  guard?: Guard;
  /** Where the tool's input comes from; undefined: the null device. */
  feed?(stdin: NonNullable<Child["stdin"]>): void;
}

/** How long a background child may keep the output open after the tool itself has exited. */
const LINGER_MS = 1000;
/** No pipe and no read-ahead of ours holds more than this, so what is read past it was written after the tool's end. */
const PIPE_MAX_BYTES = 32 * 1024 * 1024;

/**
 * Runs `execution` to its end: exited, and its output drained.
 * @throws RunspecError 126 or 127 when it could not be started.
 */
export async function execute(execution: Execution, io: ExecutionIo): Promise<Outcome> {
  const started = performance.now();
  io.guard?.prepare();
  const child = spawn({
    argv: execution.argv,
    env: execution.env,
    ...(execution.cwd === undefined ? {} : { cwd: execution.cwd }),
    stdin: io.feed === undefined ? "null" : "pipe",
    output: "pipe",
    ownGroup: true,
  });
  const target: Target = {
    pid: child.pid,
    start: startOf(child.pid),
    ...(execution.become === undefined ? {} : { become: killAsOf(execution.become) }),
  };
  const graceMs = execution.stopTimeout;
  const release = io.guard?.watch({ ...target, graceMs });
  io.onStart?.(child.pid);
  if (child.stdin !== undefined) io.feed?.(child.stdin);

  let exit: Exit | undefined;
  const exited = child.exited.then((how) => {
    exit = how;
    return how;
  });
  const options = { env: execution.env, graceMs, exited: () => exit !== undefined };
  const ending = createEnding(() => endTool(target, options), io.signal, execution.timeout);
  // A sink that fails has nobody behind it any more: the tool's work is for nothing, so it is ended.
  const drained = (name: StreamName, source: Source | undefined) =>
    drain(name, source, exited, io).catch(ending.cancel);
  const over = Promise.all([drained("stdout", child.stdout), drained("stderr", child.stderr), exited]);
  // What cannot be ended is not waited for.
  const given = ending.over.then(({ remaining, unseen }) =>
    exit === undefined && (remaining.length > 0 || unseen) ? undefined : over,
  );
  await Promise.race([over, given]);
  if (exit === undefined) await Promise.all([child.stdout?.close(), child.stderr?.close()]);
  const how = await ending.settled();
  // Nobody reads on, and its client need not have sent the end.
  await child.stdin?.destroy();
  release?.();
  return {
    ...describeExit(exit),
    timedOut: ending.cause() === "timeout",
    cancelled: ending.cause() === "cancel",
    durationMs: Math.round(performance.now() - started),
    ...(how === undefined ? {} : { ending: how }),
  };
}

/** undefined: it has not ended, and is not waited for. */
export function describeExit(exit: Exit | undefined): { exitCode: number; signal?: string } {
  if (exit === undefined) return { exitCode: EXIT.FAILED };
  return { exitCode: exitCode(exit), ...("signal" in exit ? { signal: exit.signal } : {}) };
}

/** What it takes is loaded when a tool has to be ended, which most need not. */
async function endTool(target: Target, options: TerminateOptions): Promise<Ending> {
  const { terminate } = await import("../exec/terminate.ts");
  return terminate(target, options);
}

/** Ends the tool on the first of cancel and timeout, and remembers which it was. */
function createEnding(endTool: () => Promise<Ending>, signal: AbortSignal, timeout: number | undefined) {
  let cause: "cancel" | "timeout" | undefined;
  const termination = Promise.withResolvers<Ending>();
  const end = (why: "cancel" | "timeout") => {
    if (cause !== undefined) return;
    cause = why;
    endTool().then(termination.resolve, termination.reject);
  };
  const cancel = () => end("cancel");
  const timer = timeout === undefined ? undefined : setTimeout(() => end("timeout"), timeout);
  if (signal.aborted) cancel();
  else signal.addEventListener("abort", cancel, { once: true });
  return {
    cancel,
    cause: () => cause,
    /** Resolves when all has been done that could be; never where nothing has to be. */
    over: termination.promise,
    async settled(): Promise<Ending | undefined> {
      clearTimeout(timer);
      signal.removeEventListener("abort", cancel);
      return cause === undefined ? undefined : termination.promise;
    },
  };
}

/** Copies one stream to the sink until its end, or until only a lingering background child can still write to it. */
async function drain(
  name: StreamName,
  source: Source | undefined,
  exited: Promise<Exit>,
  io: ExecutionIo,
): Promise<void> {
  if (source === undefined) return;
  const linger = createLinger(exited, () => void source.close());
  try {
    while (linger.mayRead()) {
      const chunk = await source.read();
      linger.didRead(chunk?.length ?? 0);
      if (chunk === undefined) return;
      await io.sink(name, chunk);
    }
  } finally {
    await source.close();
  }
}

/**
 * Decides when to stop listening. Time counts only while a read is pending, so a slow sink never costs output that the
 * tool has written; a background child that never stops writing is cut off by bytes.
 */
function createLinger(exited: Promise<Exit>, giveUp: () => void) {
  let over = false;
  let leftMs = LINGER_MS;
  let leftBytes = PIPE_MAX_BYTES;
  let readingSince: number | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const arm = () => {
    readingSince = performance.now();
    timer = setTimeout(giveUp, leftMs);
  };
  let reading = false;
  void exited.then(() => {
    over = true;
    if (reading) arm();
  });
  return {
    mayRead(): boolean {
      reading = true;
      if (over) arm();
      return leftMs > 0 && leftBytes > 0;
    },
    didRead(bytes: number): void {
      reading = false;
      clearTimeout(timer);
      if (readingSince === undefined) return;
      leftMs = Math.max(0, leftMs - (performance.now() - readingSince));
      leftBytes -= bytes;
    },
  };
}
