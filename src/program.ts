/** From the process, which `main.ts` hands over, to its exit code: the context of the commands, and the one place that prints errors. */

import { constants, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { isAbsolute } from "node:path";
import { type Context, type Env, type OutputStream, tell } from "./context.ts";
import { EXIT, Interrupted, messageText, RunspecError, readerGone, reasonAt } from "./errors.ts";
import { homeOf, userNameOf } from "./files/accounts.ts";
import { ownEnvironment } from "./process/env.ts";
import { createFdWriter, type FdWriter, isReaderGone, partsOf } from "./process/fd-writer.ts";
import { standardInput } from "./process/input.ts";
import { once } from "./process/once.ts";
import { reapOrphans } from "./process/orphans.ts";
import { openWithoutWaiting } from "./process/pipe.ts";
import { blockOnly, ignoredSignals, withoutRepeats } from "./process/signals.ts";
import { ignoresCtrlZ, isTerminal } from "./process/terminal.ts";
import { byThread, ON_PIPE, ON_STDERR } from "./process/write-all.ts";
import { decodeUtf8, NEWLINE, visibleLines } from "./text.ts";

/** What a program that wrote to a closed pipe is expected to end with: 128 + SIGPIPE. */
const PIPE_CLOSED = 141;

/** How long what was printed has to go out when a signal ends us, in milliseconds. */
const LEAVING_MS = 200;

/**
 * With so much processor time, in ms, a run is a long one, and code is compiled as the engine likes. Before that the JIT compiler waits (`jitPolicy` in
 * build.ts): most runs are over before it could pay, and compiling takes about 1 ms of the cores at either end of a call.
 */
const LONG_RUN_CPU_MS = 50;

/** What `main.ts` hands over. */
interface Program {
  process: NodeJS.Process;
  /** The command line, without the program. */
  words: readonly string[];
  version: string;
  /** The name of the build: what it runs on. */
  platform: string;
}

/** Runs the command line to its exit code; everything that was printed has gone out by then. */
export async function run(program: Program): Promise<number> {
  compileLongRun(program.process);
  // If our parent had SIGCHLD ignored, the system would not keep our children's exit codes. Listening once undoes that.
  const ended = () => {};
  program.process.on("SIGCHLD", ended).off("SIGCHLD", ended);
  blockOnly([]);
  // As the first process of a container, we have to reap orphans.
  if (program.process.pid === 1) reapOrphans();
  const { stdout, stderr } = withOwnLines(outputStream(1, program), outputStream(2, program));
  // The runtime would print it with a stack trace.
  program.process.on("unhandledRejection", (error) => report(error, stderr, program.process.env));
  try {
    const code = await start(program, { stdout, stderr });
    await stdout.flush();
    return code;
  } catch (error) {
    if (isReaderGone(error)) return PIPE_CLOSED;
    // What was printed before it went wrong still goes out; but a person who wants to leave waits for no reader.
    if (error instanceof Interrupted)
      setTimeout(() => [stdout, stderr].map(({ abandon }) => abandon()), LEAVING_MS);
    await stdout.flush().catch(readerGone);
    return error instanceof Interrupted ? error.exitCode : report(error, stderr, program.process.env);
  } finally {
    await stderr.flush().catch(readerGone);
  }
}

/** Looks each time after four times as long: a server that waits is woken seldom. */
function compileLongRun(process: NodeJS.Process, afterMs = LONG_RUN_CPU_MS): void {
  setTimeout(() => {
    const { user, system } = process.cpuUsage();
    if (user + system > LONG_RUN_CPU_MS * 1000) Bun.unsafe.setJITPolicy(1);
    else compileLongRun(process, 4 * afterMs);
  }, afterMs).unref();
}

async function start(
  { process, words, version, platform }: Program,
  output: Pick<Context, "stdout" | "stderr">,
): Promise<number> {
  rejectBrokenWords(words);
  const { runCommand } = await import("./cli/tree.ts");
  const env = ownEnvironment(process.env);
  const uid = process.getuid?.();
  return runCommand(words, {
    ...output,
    env,
    cwd: process.cwd(),
    home: homeDirectory(uid, env),
    uid,
    execPath: process.execPath,
    argv0: process.argv0,
    version,
    platform,
    stdin: standardInput(),
    openProtocol: () => writerOn(1),
    hostname,
    // From the user database, since the environment may say anything; `USER` where there is none.
    userName: once(() => (uid === undefined ? env.USERNAME : (userNameOf(uid) ?? env.USER))),
    onSignals(signals, handler) {
      const unheard = [...ignoredSignals(), ignoresCtrlZ() && "SIGTSTP"];
      const heard = signals.filter((signal) => !unheard.includes(signal));
      const handle = withoutRepeats(handler);
      for (const signal of heard) process.on(signal, handle);
      return () => {
        for (const signal of heard) process.off(signal, handle);
      };
    },
  });
}

/** The one place where an error is printed: what, then how to fix it. */
async function report(error: unknown, stderr: OutputStream, env: NodeJS.ProcessEnv): Promise<number> {
  const known = error instanceof RunspecError;
  const trace =
    env.RUNSPEC_DEBUG === "1" && error instanceof Error ? `${visibleLines(Bun.inspect(error))}\n` : "";
  await tell({ stderr }, messageText(reasonAt(error), known ? error.hint : undefined) + trace);
  return known ? error.exitCode : EXIT.FAILED;
}

/** Words that are not UTF-8 have been altered before we see them, and would reach a tool as something else. */
function rejectBrokenWords(words: readonly string[]): void {
  if (process.platform !== "linux" || !words.join("").includes("\ufffd")) return;
  if (decodeUtf8(readFileSync("/proc/self/cmdline")) !== undefined) return;
  throw new RunspecError("an argument is not UTF-8, and no program could be given it unchanged");
}

function outputStream(fd: 1 | 2, { process }: Program): OutputStream {
  return {
    ...writerOn(fd),
    isTerminal: () => isTerminal(fd),
    columns: () => (isTerminal(fd) ? process[fd === 1 ? "stdout" : "stderr"].columns || 80 : 80),
  };
}

/** What we say on stderr, which is text, begins a line, where a tool, whose output is bytes, has left one open: there, or on stdout at the same terminal. */
function withOwnLines(stdout: OutputStream, stderr: OutputStream) {
  const isShared = once(() => stdout.isTerminal() && stderr.isTerminal());
  let isOpen = false;
  const watched = (stream: OutputStream): OutputStream => ({
    ...stream,
    write(data) {
      const text = typeof data === "string" && isOpen && stream === stderr ? `\n${data}` : data;
      const last = typeof data === "string" ? NEWLINE : partsOf(data).at(-1)?.at(-1);
      if (last !== undefined && (stream === stderr || isShared())) isOpen = last !== NEWLINE;
      return stream.write(text);
    },
  });
  return { stdout: watched(stdout), stderr: watched(stderr) };
}

function writerOn(fd: 1 | 2): FdWriter {
  const pipe = openWithoutWaiting(fd, constants.O_WRONLY);
  if (fd === 1) return createFdWriter(1, "stdout", byThread(pipe));
  return createFdWriter(pipe ?? 2, "stderr", pipe === undefined ? ON_STDERR : ON_PIPE);
}

/** A HOME that is empty, or starts from wherever we are, counts as unset. */
function homeDirectory(uid: number | undefined, env: Env): string | undefined {
  const named = [env.HOME, env.USERPROFILE].find((path) => path !== undefined && isAbsolute(path));
  return named ?? (uid === undefined ? undefined : homeOf(uid));
}
