/** argv → exit code. The only file that exits or reads the process. Nothing is imported before argv has been looked at. */

import { isUtf8 } from "node:buffer";
import { fstatSync, readFileSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { codeOf, EXIT, Interrupted, RunspecError, reasonOf } from "./errors.ts";
import { type ByteWriter, createFdWriter, isReaderGone, sourceOf } from "./exec/stream.ts";
import { userNameOf } from "./exec/user.ts";

declare const RUNSPEC_VERSION: string;

/** What a program that wrote to a closed pipe is expected to end with: 128 + SIGPIPE. */
const PIPE_CLOSED = 141;

/** How long what was printed has to go out when a signal ends us, in milliseconds. */
const LEAVING_MS = 1000;

const stdout = outputStream(1);
const stderr = outputStream(2);
const words = process.argv.slice(2);

process.exit(await run());

async function run(): Promise<number> {
  try {
    const code = await start();
    await stdout.flush();
    return code;
  } catch (error) {
    if (isReaderGone(error)) return PIPE_CLOSED;
    // What was printed before it went wrong still goes out; but a person who wants to leave waits for no reader.
    const flushed = stdout.flush().catch(() => {});
    if (error instanceof Interrupted) {
      await Promise.race([flushed, Bun.sleep(LEAVING_MS)]);
      return error.exitCode;
    }
    await flushed;
    return report(error);
  } finally {
    await stderr.flush().catch(() => {});
  }
}

async function start(): Promise<number> {
  if (words.length === 1 && (words[0] === "--version" || words[0] === "-V")) {
    await stdout.write(`runspec ${RUNSPEC_VERSION}\n`);
    return EXIT.OK;
  }
  refuseBrokenWords();
  const { main } = await import("./cli.ts");
  return main(words, {
    env: process.env,
    cwd: process.cwd(),
    home: process.env.HOME ?? process.env.USERPROFILE,
    uid: process.getuid?.(),
    execPath: process.execPath,
    argv0: process.argv0,
    version: RUNSPEC_VERSION,
    stdout,
    stderr,
    stdinIsTerminal: () => isTerminal(0),
    openStdin: () => sourceOf(Bun.stdin.stream()),
    openProtocol: () => createFdWriter(1),
    hostname,
    userName,
    onSignals,
  });
}

/** The one place where an error is printed: what, then how to mend it. */
async function report(error: unknown): Promise<number> {
  const known = error instanceof RunspecError;
  const hint = known && error.hint !== undefined ? `  ${error.hint.replaceAll("\n", "\n  ")}\n` : "";
  const trace = process.env.RUNSPEC_DEBUG === "1" && error instanceof Error ? `${Bun.inspect(error)}\n` : "";
  await stderr.write(`runspec: ${reasonOf(error)}\n${hint}${trace}`).catch(() => {});
  return known ? error.exitCode : EXIT.FAILED;
}

/** Words that are not UTF-8 have been altered before we see them, and would reach a tool as something else. */
function refuseBrokenWords(): void {
  if (process.platform !== "linux" || !words.some((word) => word.includes("\ufffd"))) return;
  if (isUtf8(readFileSync("/proc/self/cmdline"))) return;
  throw new RunspecError("an argument is not UTF-8, and no program could be given it unchanged");
}

function outputStream(fd: number): ByteWriter & { isTerminal(): boolean; columns(): number } {
  return {
    ...createFdWriter(fd),
    isTerminal: () => isTerminal(fd),
    columns: () => (isTerminal(fd) ? process.stdout.columns || 80 : 80),
  };
}

/** A character device other than the null device. (`node:tty` and `process.stdout` cost milliseconds to load.) */
function isTerminal(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    return stat.isCharacterDevice() && stat.rdev !== nullDevice();
  } catch {
    return false;
  }
}

function nullDevice(): number {
  try {
    return statSync("/dev/null").rdev;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return -1;
    throw error;
  }
}

function onSignals(
  signals: readonly NodeJS.Signals[],
  handler: (signal: NodeJS.Signals) => void,
): () => void {
  for (const signal of signals) process.on(signal, handler);
  return () => {
    for (const signal of signals) process.off(signal, handler);
  };
}

/** From the user database, since the environment may say anything; `USER` where there is none. */
function userName(): string | undefined {
  const uid = process.getuid?.();
  return uid === undefined ? process.env.USERNAME : (userNameOf(uid) ?? process.env.USER);
}
