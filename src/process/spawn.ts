/** Starting a child process with real pipes, and what became of it. */

import { closeSync } from "node:fs";
import { constants } from "node:os";
import { cannotStart, isTooLong } from "./cannot-start.ts";
import { closeBoth, openPipe, requireDescriptors, takeBack } from "./pipe.ts";
import { createSink, type Sink } from "./sink.ts";
import { type Source, sourceOf } from "./source.ts";
import { createFdWriter, partsOf } from "./stream.ts";
import { keepInJob } from "./windows-job.ts";

/** Ended by itself with a code, or by a signal. */
export type Exit = { code: number } | { signal: string; number: number };

export interface Child {
  pid: number;
  exited: Promise<Exit>;
  stdout: Source | undefined;
  stderr: Source | undefined;
  stdin: Sink | undefined;
}

export interface SpawnOptions {
  argv: readonly string[];
  env: Record<string, string>;
  cwd?: string;
  /** `null`: the null device; `pipe`: `Child.stdin`. */
  stdin: "null" | "inherit" | "pipe";
  /** For stdout and stderr. */
  output: "inherit" | "pipe";
  /** Makes the child the leader of a session and process group of its own, which can be signalled as one. */
  ownGroup: boolean;
  /** Told last before the start, with the descriptor that is to be the child's stderr; undefined: it is none of ours. */
  onReady?(stderr: number | undefined): void;
}

/** What starting a program takes besides its pipes, and what ending it may take later: to look into /proc, to start `kill`. */
export const SPARE_DESCRIPTORS = 8;

/**
 * Starts `argv` without a shell.
 * @throws RunspecError 127 where there is no such program, 126 where it cannot be executed.
 */
export function spawn(options: SpawnOptions): Child {
  const ends: End[] = [];
  const open = <E extends End>(end: E): E => {
    ends.push(end);
    return end;
  };
  try {
    const stdout = options.output === "inherit" ? undefined : open(outputPipe());
    const stderr = options.output === "inherit" ? undefined : open(outputPipe());
    const stdin = options.stdin === "pipe" ? open(inputPipe()) : undefined;
    if (isTooLong(options)) throw Object.assign(new Error("too long"), { code: "E2BIG" });
    // A program that was started and then could not be watched would run on, forgotten.
    requireDescriptors(SPARE_DESCRIPTORS);
    options.onReady?.(typeof stderr?.childEnd === "number" ? stderr.childEnd : undefined);
    const child = Bun.spawn([...options.argv], {
      env: options.env,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      detached: options.ownGroup,
      stdio: [
        stdin?.childEnd ?? (options.stdin === "inherit" ? "inherit" : "ignore"),
        stdout?.childEnd ?? "inherit",
        stderr?.childEnd ?? "inherit",
      ],
    });
    if (process.platform === "win32") keepInJob(child);
    for (const end of ends) end.closeChildEnd();
    return {
      pid: child.pid,
      exited: child.exited.then(() => exitOf(child)),
      stdout: stdout?.source(child.stdout),
      stderr: stderr?.source(child.stderr),
      stdin: stdin?.sink(child.stdin),
    };
  } catch (error) {
    for (const end of ends) end.abandon();
    throw cannotStart(options.argv[0] ?? "", error);
  }
}

/** The exit code a shell would report: the code itself, or 128+n for signal n. */
export function exitCode(exit: Exit): number {
  return "code" in exit ? exit.code : 128 + exit.number;
}

function exitOf(child: Bun.Subprocess): Exit {
  const { signalCode } = child;
  if (signalCode === null) return { code: child.exitCode ?? 0 };
  // Real-time signals have numbers only.
  if (typeof signalCode === "number") return { signal: `SIG${signalCode}`, number: signalCode };
  return { signal: signalCode, number: constants.signals[signalCode] };
}

/** One of the child's streams: a pipe of ours, or Bun's socketpair where there is no pipe to be had. */
interface End {
  childEnd: number | "pipe";
  closeChildEnd(): void;
  abandon(): void;
}

function outputPipe(): End & { source(own: unknown): Source } {
  const pipe = openPipe();
  if (pipe === undefined) return { ...SOCKETPAIR, source: (own) => sourceOf(streamOf(own)) };
  return {
    childEnd: pipe.write,
    closeChildEnd: () => closeSync(pipe.write),
    abandon: () => closeBoth([pipe.read, pipe.write]),
    source: () => sourceOf(Bun.file(pipe.read).stream(), () => closeSync(pipe.read)),
  };
}

function inputPipe(): End & { sink(own: unknown): Sink } {
  const pipe = openPipe();
  if (pipe === undefined) return { ...SOCKETPAIR, sink: sinkOfFileSink };
  return {
    childEnd: pipe.read,
    closeChildEnd: () => closeSync(pipe.read),
    abandon: () => closeBoth([pipe.read, pipe.write]),
    sink: () => sinkOfFd(pipe.write),
  };
}

function streamOf(own: unknown): ReadableStream<Uint8Array> {
  if (own instanceof ReadableStream) return own;
  throw new TypeError("a piped child must have a stream");
}

const SOCKETPAIR: End = { childEnd: "pipe", closeChildEnd() {}, abandon() {} };

function sinkOfFd(fd: number): Sink {
  return createSink(
    createFdWriter(fd),
    () => closeSync(fd),
    () => takeBack(fd),
  );
}

function sinkOfFileSink(sink: unknown): Sink {
  if (!isFileSink(sink)) throw new TypeError("a piped child must have a sink");
  const flush = async () => {
    await sink.flush();
  };
  const write: Sink["write"] = (data) => {
    for (const part of partsOf(data)) sink.write(part);
    return flush();
  };
  return createSink({ write, flush, abandon: async () => {} }, () => sink.end());
}

function isFileSink(value: unknown): value is Bun.FileSink {
  return typeof value === "object" && value !== null && "flush" in value && "end" in value;
}
