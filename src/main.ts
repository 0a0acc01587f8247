/** argv → exit code. The only file that exits or reads the process. Nothing is imported before argv has been looked at. */

import { fstatSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { codeOf, EXIT, Interrupted, RunspecError, reasonOf } from "./errors.ts";
import { type ByteWriter, createFdWriter, isReaderGone, sourceOf } from "./exec/stream.ts";
import { userNameOf } from "./exec/user.ts";

declare const RUNSPEC_VERSION: string;

/** What a program that wrote to a closed pipe is expected to end with: 128 + SIGPIPE. */
const PIPE_CLOSED = 141;

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
    if (error instanceof Interrupted) return error.exitCode;
    if (isReaderGone(error)) return PIPE_CLOSED;
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
