import { shorten, visibleLines } from "./text.ts";

/** The one error type that reaches a user: made where the cause is known, printed once by `program.ts` as `runspec: <message>` and, below, the hint. */
export class RunspecError extends Error {
  override readonly name = "RunspecError";
  readonly exitCode: number;
  readonly hint: string | undefined;

  /** `hint`: a line, or several; empty lines are left out. */
  constructor(
    message: string,
    options: {
      exitCode?: number | undefined;
      hint?: string | readonly string[] | undefined;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.exitCode = options.exitCode ?? EXIT.FAILED;
    this.hint = [options.hint ?? []].flat().filter(Boolean).join("\n") || undefined;
  }
}

/** runspec's own exit codes; a tool's code passes through unchanged, 128+n when signal n ended it. */
export const EXIT = {
  OK: 0,
  /** `local` or `doctor` found errors. */
  FOUND_ERRORS: 1,
  USAGE: 2,
  TIMED_OUT: 124,
  /** Configuration, handshake, protocol, or arguments refused. */
  FAILED: 125,
  NOT_EXECUTABLE: 126,
  NOT_FOUND: 127,
  INTERRUPTED: 130,
  CONNECTION: 255,
} as const;

/** The command line is wrong. The caller, which knows the command, adds where to read on. */
export function usageError(message: string, ...hint: string[]): RunspecError {
  return new RunspecError(message, { exitCode: EXIT.USAGE, hint });
}

/** System errors for which the runtime has no words. */
const UNNAMED: Record<string, string> = { EDQUOT: "disk quota exceeded", ESTALE: "stale file handle" };

/** What went wrong, in words, whatever was thrown; of a system error ("ENOENT: no such file or directory, open '/x'") what is for people. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = codeOf(error);
  if (code === undefined) return message;
  const words = message.replace(/^[A-Z0-9]+: (.*?), \w+(?: '.*')?$/s, "$1");
  return words === "unknown error" ? (UNNAMED[code] ?? code) : words;
}

/** {@link reasonOf} behind the file that a system error is about: the one that it names, or `path`. */
export function reasonAt(error: unknown, path?: string): string {
  const file = error instanceof Error && "path" in error ? error.path : path;
  return codeOf(error) === undefined || file === undefined ? reasonOf(error) : `${file}: ${reasonOf(error)}`;
}

/** A catch handler for a promise whose failure is handled elsewhere: unhandled, it would end the process. */
export function handledElsewhere(): void {}

/** A catch handler for a write whose reader has gone: whoever reads from there notices that. */
export function readerGone(): void {}

/** What `look` gives, or undefined where it throws. */
export function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

/** What `action` throws; undefined where it does not. */
export function thrownBy(action: () => unknown): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** {@link thrownBy}, in words. */
export function problemOf(action: () => unknown): string | undefined {
  const error = thrownBy(action);
  return error === undefined ? undefined : reasonOf(error);
}

/** Characters of a message; what a server says may be as long as all that it can send. */
const MESSAGE_MAX = 64 * 1024;

/** A message to a person: what it is about, then, indented, what helps, and a line break. Every message passes here, and what it quotes is made visible. */
export function messageText(what: string, hint?: string): string {
  const lines = (hint === undefined ? [] : messagePart(hint).split("\n")).map((line) => `  ${line}`);
  return `${[`runspec: ${messagePart(what)}`, ...lines].map(visibleLines).join("\n")}\n`;
}

/** `text`, of which the first line says what and the others what helps, as a message has them. */
export function withHint(text: string): [what: string, hint: string | undefined] {
  const end = text.indexOf("\n");
  return end === -1 ? [text, undefined] : [text.slice(0, end), text.slice(end + 1)];
}

export const messagePart = (text: string): string => shorten(text, MESSAGE_MAX);

/** The `code` of a system error (`ENOENT`, `EPIPE`, …), or undefined. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** A signal asked us to end. Not a failure: `main.ts` exits with 128+n and prints nothing. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  readonly exitCode: number;

  constructor(signal: string, number: number) {
    super(`stopped by ${signal}`);
    this.exitCode = 128 + number;
  }
}
