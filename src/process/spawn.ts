/** Starting a child process with real pipes, and what became of it. */

import { closeSync, constants as fileConstants, fstatSync } from "node:fs";
import { constants } from "node:os";
import { attempt } from "../errors.ts";
import { cannotStart, isTooLong } from "./cannot-start.ts";
import { onPath } from "./env.ts";
import { createFdWriter, partsOf } from "./fd-writer.ts";
import { withoutLingering } from "./lingering.ts";
import { closePipe, openPipe, type Pipe, requireDescriptors, takeBack } from "./pipe.ts";
import { blockOnly, ignoredSignals, sendSignal } from "./signals.ts";
import { createSink, type Sink } from "./sink.ts";
import { EMPTY, type Source, sourceOf } from "./source.ts";
import { keepInJob } from "./windows-job.ts";

/** How a process ended: with a code, that a shell would report, or by a signal, for which the code is 128+n. */
export interface Exit {
  exitCode: number;
  signal?: string | undefined;
}

export interface SpawnOptions {
  argv: readonly string[];
  env: Record<string, string>;
  cwd?: string | undefined;
  /** `null`: the null device; `pipe`: there is a `stdin`. */
  stdin: "null" | "inherit" | "pipe";
  /** Where stdout and stderr lead. */
  output: "inherit" | "pipe";
  /** Makes the child the leader of a session and process group of its own, which can be signalled as one. */
  ownGroup: boolean;
  /** What is sent to our whole group and is not meant for it; only where it has no group of its own. */
  shieldedFrom?: readonly NodeJS.Signals[];
  /** Told last before the start, with the descriptor that is to be the child's stderr; undefined: that is no pipe of ours. */
  onReady?(stderr: number | undefined): void;
}

/** Starts `argv` without a shell. @throws RunspecError 127 where there is no such program, 126 where it cannot be executed */
export function spawn(options: SpawnOptions) {
  const { env, cwd, ownGroup: detached, shieldedFrom = [] } = options;
  const undo: (() => unknown)[] = [];
  const openPipeIf = (wanted: boolean) => {
    const pipe = wanted ? openPipe() : undefined;
    if (pipe !== undefined) undo.push(() => closePipe(pipe));
    return pipe;
  };
  /** On a copy of the descriptor, which the runtime makes. */
  const sourceOfPipe = (pipe: Pipe | undefined) => {
    const source = pipe && sourceOf(Bun.file(pipe.read).stream());
    undo.push(() => source?.close());
    return source;
  };
  try {
    const piped = options.output === "pipe";
    const stdout = openPipeIf(piped);
    const stderr = openPipeIf(piped);
    const stdin = openPipeIf(options.stdin === "pipe");
    if (isTooLong(options)) throw Object.assign(new Error("too long"), { code: "E2BIG" });
    requireDescriptors();
    const argv = process.platform === "win32" ? foundOnPath(options) : options.argv;
    // Once it has been started, nothing may fail.
    const [output, errors] = [sourceOfPipe(stdout), sourceOfPipe(stderr)];
    options.onReady?.(stderr?.write);
    // A shell ignores them for the child, since the runtime resets what we ignore. An ssh that shares a connection listens for INT and TERM all the same: these are blocked, too.
    if (shieldedFrom.length > 0) blockOnly(shieldedFrom.filter((name) => name !== "SIGTSTP"));
    const ignored = detached ? [] : [...ignoredSignals(), ...shieldedFrom];
    const child = Bun.spawn(ignoring(ignored, argv, env), {
      env,
      ...(cwd === undefined ? {} : { cwd }),
      detached,
      stdio: [
        stdin?.read ?? (options.stdin === "null" ? "ignore" : options.stdin),
        stdout?.write ?? options.output,
        stderr?.write ?? options.output,
        ...(piped ? [] : namedDescriptors([...argv, ...Object.values(env)])),
      ],
    });
    if (process.platform === "win32") keepInJob(child);
    for (const pipe of [stdout, stderr]) if (pipe !== undefined) closePipe(pipe);
    if (stdin !== undefined) closeSync(stdin.read);
    const exit = () => (child.exitCode === null && child.signalCode === null ? undefined : exitOf(child));
    const exited = child.exited.then(() => exitOf(child));
    return {
      pid: child.pid,
      exited,
      /** How it has ended; undefined: that has not been seen yet. */
      exit,
      hasExited: () => exit() !== undefined,
      /** Sends a signal as long as it has not ended: then its pid may be another's. */
      kill(signal: NodeJS.Signals = "SIGTERM"): void {
        if (exit() === undefined) sendSignal(child.pid, signal);
      },
      stdout: withoutLingering(output ?? outputOf(child.stdout), exited),
      stderr: withoutLingering(errors ?? outputOf(child.stderr), exited),
      stdin: options.stdin === "pipe" ? inputOf(stdin, child.stdin) : undefined,
    };
  } catch (error) {
    for (const step of undo) step();
    throw cannotStart(options.argv[0] ?? "", error);
  } finally {
    if (shieldedFrom.length > 0) blockOnly([]);
  }
}

/** The runtime would look for a bare name in the working directory first, which may be somebody's checkout. */
function foundOnPath({ argv: [name = "", ...words], env }: SpawnOptions): string[] {
  const path = /[\\/]/.test(name) ? name : onPath(name, env);
  if (path === null) throw Object.assign(new Error("not on PATH"), { code: "ENOENT" });
  return [path, ...words];
}

/** The descriptors from 3 on: those of ours that one of `texts` names, as a shell's `<(…)` does, each in its place; the others are closed. */
function namedDescriptors(texts: readonly string[]): (number | null)[] {
  const names = texts.flatMap((text) => [...text.matchAll(/\/(?:dev|proc\/self)\/fd\/(\d+)/g)]);
  // One without a file type is the runtime's own, and no name could open it.
  const isNameable = (fd: number) => fd > 2 && attempt(() => fstatSync(fd).mode & fileConstants.S_IFMT);
  const open = names.map(([, fd]) => Number(fd)).filter(isNameable);
  return Array.from({ length: Math.max(2, ...open) - 2 }, (_, at) => (open.includes(at + 3) ? at + 3 : null));
}

/** `argv` as a shell starts it that has `signals` ignored. Shells but bash lose a variable that they cannot name, such as a function that bash has exported. */
function ignoring(signals: readonly NodeJS.Signals[], argv: readonly string[], env: SpawnOptions["env"]) {
  const names = signals.map((name) => name.slice("SIG".length)).join(" ");
  if (names === "") return [...argv];
  const hasOdd = Object.keys(env).some((name) => !/^[A-Za-z_]\w*$/.test(name));
  const bash = hasOdd ? Bun.which("bash", { PATH: "/usr/bin:/bin" }) : null;
  const shell = bash === null ? ["/bin/sh"] : [bash, "-p"];
  return [...shell, "-c", `trap "" ${names}; exec "$@"`, "sh", ...argv];
}

function exitOf({ exitCode, signalCode }: Bun.Subprocess): Exit {
  if (signalCode === null) return { exitCode: exitCode ?? 0 };
  // Real-time signals have numbers only.
  if (typeof signalCode === "number") return { exitCode: 128 + signalCode, signal: `SIG${signalCode}` };
  return { exitCode: 128 + constants.signals[signalCode], signal: signalCode };
}

/** What the child writes, on Windows, into Bun's socketpair, of which we have `stream`; nothing where it has our own output. */
const outputOf = (stream: unknown): Source => (stream instanceof ReadableStream ? sourceOf(stream) : EMPTY);

/** What the child reads, from `pipe` or likewise. */
function inputOf(pipe: Pipe | undefined, fileSink: Bun.Subprocess["stdin"]): Sink {
  if (pipe === undefined) return sinkOfFileSink(fileSink);
  return createSink(
    createFdWriter(pipe.write),
    () => closeSync(pipe.write),
    () => takeBack(pipe.write),
  );
}

function sinkOfFileSink(sink: Bun.Subprocess["stdin"]): Sink {
  if (typeof sink !== "object") throw new TypeError("a piped child must have a sink");
  const flush = async () => void (await sink.flush());
  const write: Sink["write"] = (data) => {
    for (const part of partsOf(data)) sink.write(part);
    return flush();
  };
  return createSink({ write, flush, abandon: async () => {} }, () => sink.end());
}
