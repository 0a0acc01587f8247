/** Whether a terminal is at the other end, and asking a person there for a secret, without showing what is typed. */

import { closeSync, openSync, writeSync } from "node:fs";
import { attempt, RunspecError } from "../errors.ts";
import { readFrom } from "./descriptor.ts";
import { libc } from "./libc.ts";
import { interruptedBy, type OnSignals, STOP_SIGNALS } from "./signals.ts";

/** What isatty(3) says of `fd`. */
export function isTerminal(fd: number): boolean {
  const { isatty } = libc();
  if (isatty !== undefined) return isatty(fd) === 1;
  const tty: typeof import("node:tty") = require("node:tty");
  return tty.isatty(fd);
}

const TCIFLUSH = process.platform === "darwin" ? 1 : 0;

/** Before somebody is asked at `fd`: what has been typed already is no answer. */
export function dropTypedAhead(fd: number): void {
  libc().tcflush?.(fd, TCIFLUSH);
}

const SECRET_MAX = 64 * 1024;

/**
 * The line that is typed after `prompt`; what the terminal was set to is put back, also where a signal comes. `onSuspend` is to stand
 * around it, for Ctrl-Z.
 * @throws Interrupted, or RunspecError where there is no terminal, or its end came
 */
export async function askSecret(prompt: string, onSignals: OnSignals): Promise<string> {
  const fd = openTerminal();
  const settings = stty(fd, ["-g"]);
  const stopped = Promise.withResolvers<never>();
  // A terminal that has gone needs nothing.
  const show = () => void attempt(() => stty(fd, [settings]));
  const hide = () => {
    stty(fd, ["-echo"]);
    dropTypedAhead(fd);
    writeSync(fd, prompt);
  };
  const stops = [
    onSignals([...STOP_SIGNALS, "SIGQUIT"], (signal) => stopped.reject(interruptedBy(signal))),
    onSignals(["SIGTSTP"], show),
    // What the terminal is set to by then is the shell's.
    onSignals(["SIGCONT"], () => void Promise.resolve().then(hide).catch(stopped.reject)),
  ];
  try {
    hide();
    return await Promise.race([readLine(fd), stopped.promise]);
  } finally {
    for (const stop of stops) stop();
    show();
    attempt(() => writeSync(fd, "\n"));
    closeSync(fd);
  }
}

function openTerminal(): number {
  try {
    return openSync("/dev/tty", "r+");
  } catch (error) {
    throw new RunspecError("there is no terminal to ask at", { cause: error });
  }
}

/** What `stty` prints. Without it the secret would be seen, so nothing is asked. */
function stty(fd: number, words: readonly string[]): string {
  const { success, stdout } = Bun.spawnSync(["stty", ...words], {
    stdin: fd,
    stdout: "pipe",
    stderr: "ignore",
  });
  if (!success) throw new RunspecError("stty cannot keep the terminal from showing what is typed");
  return stdout.toString().trim();
}

/** The terminal gives a line at a time. */
async function readLine(fd: number): Promise<string> {
  let line = Buffer.alloc(0);
  while (!line.includes("\n") && line.length < SECRET_MAX) {
    const bytes = await readFrom(fd, 4096);
    if (bytes.length === 0) throw new RunspecError("nothing was typed; nothing was run");
    line = Buffer.concat([line, bytes]);
  }
  return line.toString().replace(/\r?\n[\s\S]*$/, "");
}
