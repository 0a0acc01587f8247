/** A command in the test's own process: its answers, its code and its messages, without the start of the binary, which is most of its cost. */

import { hostname } from "node:os";
import packageJson from "../../package.json";
import { runCommand } from "../../src/cli/tree.ts";
import type { Context, OutputStream } from "../../src/context.ts";
import { messageText, RunspecError } from "../../src/errors.ts";
import { homeOf, userNameOf } from "../../src/files/accounts.ts";
import { ownEnvironment } from "../../src/process/env.ts";
import { EMPTY } from "../../src/process/source.ts";
import { BASE_ENV, BIN, type RunOptions, type RunResult } from "./binary.ts";
import { tempDir } from "./temp.ts";

/** Like `run`, with `src/` instead of the binary; the command has no input, no terminal and no signals, and starts nothing that prints by itself. */
export async function runHere(
  words: readonly string[],
  options: Pick<RunOptions, "cwd" | "env" | "program"> = {},
): Promise<Pick<RunResult, "code" | "out" | "stderr">> {
  const [stdout, stderr] = [keeper(), keeper()];
  const env = ownEnvironment({ ...BASE_ENV, ...options.env });
  const uid = process.getuid?.();
  const context: Omit<Context, "rest"> = {
    env,
    cwd: options.cwd ?? tempDir(),
    home: env.HOME ?? (uid === undefined ? undefined : homeOf(uid)),
    uid,
    execPath: options.program ?? BIN,
    argv0: options.program ?? BIN,
    version: packageJson.version,
    platform: `${process.platform}-${process.arch}`,
    stdout,
    stderr,
    stdin: {
      isTerminal: () => false,
      hasInput: () => false,
      hasUnread: () => false,
      isHungUp: () => false,
      open: () => EMPTY,
    },
    openProtocol: () => stdout,
    hostname,
    userName: () => (uid === undefined ? undefined : userNameOf(uid)),
    onSignals: () => () => {},
  };
  const code = await runCommand(words, context).catch(async (error: unknown) => {
    if (!(error instanceof RunspecError)) throw error;
    // As program.ts tells it.
    await stderr.write(messageText(error.message, error.hint));
    return error.exitCode;
  });
  return { code, out: stdout.text(), stderr: stderr.text() };
}

/** A stream that keeps what is written to it. */
function keeper(): OutputStream & { text(): string } {
  const chunks: Uint8Array[] = [];
  const done = async () => {};
  return {
    async write(data) {
      if (typeof data === "string") chunks.push(Buffer.from(data));
      else chunks.push(...(data instanceof Uint8Array ? [data.slice()] : data));
    },
    flush: done,
    abandon: done,
    expectReader() {},
    failure: new Promise(() => {}),
    isTerminal: () => false,
    columns: () => 80,
    text: () => Buffer.concat(chunks).toString(),
  };
}
