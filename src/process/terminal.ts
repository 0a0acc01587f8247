/** Whether a terminal is at the other end, and asking a person there for a line. */

import { ptr } from "bun:ffi";
import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { attempt, handledElsewhere, problemOf, RunspecError, readerGone } from "../errors.ts";
import { decodeUtf8 } from "../text.ts";
import { readFrom } from "./descriptor.ts";
import type { ByteWriter } from "./fd-writer.ts";
import { libc } from "./libc.ts";
import { interruptedBy, type OnSignals, STOP_SIGNALS } from "./signals.ts";

export function isTerminal(fd: number): boolean {
  const { isatty } = libc();
  if (isatty !== undefined) return isatty(fd) === 1;
  const tty: typeof import("node:tty") = require("node:tty");
  return tty.isatty(fd);
}

/** Whether there is a terminal whose keys reach us, wherever our streams lead. */
export const hasTerminal = () =>
  problemOf(() => closeSync(openSync("/dev/tty", constants.O_RDWR | constants.O_NOCTTY))) === undefined;

/** Whether its Ctrl-Z stops nobody: in the group of its session's leader, as behind `ssh -t`, no shell could let us go on. */
export const ignoresCtrlZ = () => libc().getpgrp?.() === libc().getsid?.(0) && hasTerminal();

/** Whether `fd` is a pipe, a socket or a terminal, where reading waits for somebody, and writing. */
export function hasOtherEnd(fd: number): boolean {
  const stats = attempt(() => fstatSync(fd));
  return stats?.isFIFO() || stats?.isSocket() || isTerminal(fd);
}

const isDarwin = process.platform === "darwin";
/** Bytes of a line that a terminal passes on; the rest it drops without a word. */
const CUT_AT = isDarwin ? 1023 : 4095;
const TCIFLUSH = isDarwin ? 1 : 0;
const TCSANOW = 0;
/** Larger than any system's `struct termios`. Its fourth number, of which ECHO is a bit, has 64 bits on macOS, and 32 on Linux. */
const TERMIOS_BYTES = 256;
const LOCAL_FLAGS_AT = 3 * (isDarwin ? 8 : 4);
const ECHO = 8;

/**
 * The line that is typed after `prompt` at a terminal; `isHidden`: without showing it. The terminal is put back, also where a signal comes; `onSuspend`
 * is to stand around it, for Ctrl-Z. @throws Interrupted, or RunspecError where its end came
 */
export async function askLine(
  { prompt, isHidden = false }: { prompt: string; isHidden?: boolean },
  { stderr, onSignals }: { stderr: ByteWriter; onSignals: OnSignals },
): Promise<string> {
  const shown = new Uint8Array(TERMIOS_BYTES);
  libc().tcgetattr?.(0, ptr(shown));
  const silent = shown.map((byte, at) => (at === LOCAL_FLAGS_AT ? byte & ~ECHO : byte));
  const stopped = Promise.withResolvers<never>();
  stopped.promise.catch(handledElsewhere);
  const show = () => {
    // A terminal that has gone needs nothing.
    if (isHidden) attempt(() => apply(shown));
  };
  const forget = () => libc().tcflush?.(0, TCIFLUSH);
  const ask = async () => {
    if (isHidden) apply(silent);
    // What has been typed already is no answer.
    forget();
    await stderr.write(prompt);
  };
  const stops = [
    onSignals([...STOP_SIGNALS, "SIGQUIT"], (signal) => stopped.reject(interruptedBy(signal))),
    onSignals(["SIGTSTP"], show),
    // What the terminal is set to by then is the shell's.
    onSignals(["SIGCONT"], () => void Promise.resolve().then(ask).catch(stopped.reject)),
  ];
  let line: string | undefined;
  try {
    await ask();
    line = await Promise.race([readTyped(), stopped.promise]);
    return line;
  } finally {
    // The rest of a key that was pasted is no command for a shell.
    if (isHidden) forget();
    // First: with nobody listening, a signal would end us.
    show();
    for (const stop of stops) stop();
    if (isHidden || line === undefined) await stderr.write("\n").catch(readerGone);
  }
}

/** Sets the terminal by a system call: a `stty` would be ended or stopped by the terminal's keys. Where it fails, a secret would be seen, so nothing is asked. */
function apply(settings: Uint8Array): void {
  if (libc().tcsetattr?.(0, TCSANOW, ptr(settings)) !== 0)
    throw new RunspecError("the terminal cannot be kept from showing what is typed");
}

/** The terminal gives a line at a time; one that a program has left raw, a key at a time, and a carriage return for Enter. */
async function readTyped(): Promise<string> {
  let line = Buffer.alloc(0);
  while (!/[\r\n]/.test(line.toString("latin1")) && line.length < 16 * CUT_AT) {
    const bytes = await readFrom(0, 4096);
    if (bytes.length === 0) throw new RunspecError("nothing was typed; nothing was run");
    line = Buffer.concat([line, bytes]);
  }
  const [typed = ""] = line.toString("latin1").split(/[\r\n]/, 1);
  const isCut = typed.length >= CUT_AT;
  const text = isCut ? undefined : decodeUtf8(Buffer.from(typed, "latin1"));
  if (text !== undefined) return text;
  const why = isCut ? "too long for a terminal" : "not UTF-8";
  throw new RunspecError(`what was typed is ${why}; nothing was run`);
}
