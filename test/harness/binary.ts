/** Driving the compiled binary from outside, as a shell would: real pipes, a clean environment, bounded time. */

import { closeSync, copyFileSync, existsSync, linkSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { openChildPipes, writePatiently } from "./fifo.ts";
import { within } from "./processes.ts";
import { copyOwn, diskDir, momentary, tempDir } from "./temp.ts";

/** What `bun run build` makes. */
const BUILT = resolve(import.meta.dir, "../../dist/runspec");

let original = BUILT;
/**
 * The binary in a fresh directory that others can enter, by its path. It is another name of what was built, or of one copy where that lies in
 * another file system: a copy in memory takes 2 ms more to start.
 */
export function ownBinary(): string {
  const path = join(diskDir(), "runspec");
  try {
    linkSync(original, path);
  } catch {
    original = join(diskDir(), "runspec");
    copyFileSync(BUILT, original);
    linkSync(original, path);
  }
  return path;
}

/** The binary under test, by a name that is one word to a shell, whatever the clone's path is. */
export const BIN = /[^\w./:\\-]/.test(BUILT) && existsSync(BUILT) ? ownBinary() : BUILT;

let copy: string | undefined;
/** Puts the binary at `path` of a {@link tempDir}, where it looks for other files beside itself: all are names of one copy. */
export function placeBinary(path: string): void {
  if (copy === undefined) {
    copy = join(tempDir(), "runspec");
    copyFileSync(BIN, copy);
  }
  linkSync(copy, path);
}

let fixtures: string | undefined;
/** The path of an executable of test/fixtures/bin. */
export function fixture(name: string): string {
  if (fixtures === undefined) {
    fixtures = diskDir();
    copyOwn(resolve(import.meta.dir, "../fixtures/bin"), fixtures);
  }
  return join(fixtures, name);
}

/** What a child gets unless a test says otherwise: never the developer's environment. */
export const BASE_ENV: Readonly<Record<string, string>> = {
  PATH: [dirname(Bun.which("ssh") ?? "/usr/bin/ssh"), "/usr/local/bin", "/usr/bin", "/bin"].join(":"),
  HOME: tempDir(),
  LANG: "C.UTF-8",
};

export interface StartOptions {
  /** A fresh directory if not given. */
  cwd?: string;
  /** Added to {@link BASE_ENV}; undefined takes a variable away. */
  env?: Record<string, string | undefined>;
  /** Run instead of {@link BIN}. */
  program?: string | undefined;
}

export interface RunOptions extends StartOptions {
  /** Written to stdin, which is then closed; without it stdin is empty. */
  stdin?: string | Uint8Array;
  /** Sends `signal` as soon as `output` has appeared on stdout or stderr. */
  signalOn?: { output: string; signal: NodeJS.Signals };
  /** Milliseconds, 30,000 if not given; after that the process is killed and the promise rejects. */
  timeoutMs?: number;
}

export interface Ending {
  /** Null when a signal ended it. */
  code: number | null;
  signal: string | null;
}

export interface RunResult extends Ending {
  stdout: Uint8Array;
  /** `stdout` as text. */
  out: string;
  stderr: string;
}

export interface Running {
  pid: number;
  stdout: ReadableStream<Uint8Array>;
  stderr: ReadableStream<Uint8Array>;
  /** False when nobody reads any more. */
  write(bytes: string | Uint8Array): Promise<boolean>;
  closeStdin(): void;
  kill(signal: NodeJS.Signals): void;
  exited: Promise<Ending>;
}

/** Starts the binary (or `program`) with pipes on all three streams. Whoever starts it sees to its end. */
export function start(args: readonly string[], options: StartOptions = {}): Running {
  const pipes = openChildPipes(momentary);
  const { stdin, stdout, stderr } = pipes.child;
  const child = Bun.spawn([options.program ?? BIN, ...args], {
    cwd: options.cwd ?? tempDir(),
    env: { ...BASE_ENV, ...options.env },
    stdio: [stdin, stdout, stderr],
  });
  for (const fd of [stdin, stdout, stderr]) closeSync(fd);
  let open = true;
  const closeStdin = () => {
    if (open) closeSync(pipes.ours.stdin);
    open = false;
  };
  return {
    pid: child.pid,
    stdout: streamOf(pipes.ours.stdout),
    stderr: streamOf(pipes.ours.stderr),
    write: (bytes) => writePatiently(pipes.ours.stdin, Buffer.from(bytes), () => !open),
    closeStdin,
    kill: (signal) => child.kill(signal),
    exited: child.exited.then((code) => {
      closeStdin();
      return typeof child.signalCode === "string"
        ? { code: null, signal: child.signalCode }
        : { code, signal: null };
    }),
  };
}

/** Runs the binary (or `program`) to its end and gives everything it said. */
export async function run(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const running = start(args, options);
  const stdout: Uint8Array[] = [];
  const stderr: Uint8Array[] = [];
  const watch = watcher(options.signalOn, running, () => `${decode(stdout)}\n${decode(stderr)}`);
  const everything = Promise.all([
    running.exited,
    collect(running.stdout, stdout, watch),
    collect(running.stderr, stderr, watch),
    running.write(options.stdin ?? "").then(() => running.closeStdin()),
  ]);
  try {
    const [ending] = await within(everything, options.timeoutMs ?? 30_000, `the end of ${args.join(" ")}`);
    return { ...ending, stdout: Buffer.concat(stdout), out: decode(stdout), stderr: decode(stderr) };
  } catch (error) {
    running.kill("SIGKILL");
    throw new Error(`stdout so far: ${decode(stdout)}\nstderr so far: ${decode(stderr)}`, { cause: error });
  }
}

function watcher(signalOn: RunOptions["signalOn"], running: Running, said: () => string): () => void {
  let sent = false;
  return () => {
    if (sent || signalOn === undefined || !said().includes(signalOn.output)) return;
    sent = true;
    running.kill(signalOn.signal);
  };
}

async function collect(
  stream: ReadableStream<Uint8Array>,
  chunks: Uint8Array[],
  watch: () => void,
): Promise<void> {
  for await (const chunk of stream) {
    chunks.push(chunk);
    watch();
  }
}

/** What arrives at `fd`, read only when asked for; `fd` is closed at the end. */
function streamOf(fd: number): ReadableStream<Uint8Array> {
  const reader = Bun.file(fd).stream().getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await reader.read();
        if (!done) return controller.enqueue(value);
        closeSync(fd);
        controller.close();
      },
      async cancel() {
        await reader.cancel();
        closeSync(fd);
      },
    },
    { highWaterMark: 0 },
  );
}

const decode = (chunks: readonly Uint8Array[]): string => Buffer.concat(chunks).toString();

/** The lines of `stream`, each as soon as it is complete, the last one also without a newline. */
export async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let rest = "";
  for await (const chunk of stream) {
    // What is there of a long line already is not looked through again.
    const [end = "", ...more] = decoder.decode(chunk, { stream: true }).split("\n");
    rest += end;
    for (const line of more) {
      yield rest;
      rest = line;
    }
  }
  if (rest !== "") yield rest;
}
