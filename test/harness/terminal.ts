/** A program in a real terminal: type into it, see what it shows, change its size. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BASE_ENV } from "./binary.ts";
import { waitUntil, within } from "./processes.ts";
import { tempDir } from "./temp.ts";

/** `await using` ends it, however the test ends. */
export interface TerminalProgram extends AsyncDisposable {
  pid: number;
  type(keys: string): void;
  resize(columns: number, rows: number): void;
  /** Closes the terminal, as where its window is closed. */
  hangUp(): void;
  /** Resolves once `text` is among what was shown since the last `sees`. */
  sees(text: string): Promise<void>;
  /** Everything it has shown. */
  screen(): string;
  /** Its exit code, or 128+n. */
  exited(): Promise<number>;
  /** Ends it where it still runs. */
  close(): Promise<void>;
}

const LIMIT_MS = 20_000;

/** In a terminal of 80 columns and 24 rows, or a large one of 200 and 50. */
export function startInTerminal(
  argv: readonly string[],
  { cwd, env = {}, isLarge = false }: { cwd: string; env?: Record<string, string>; isLarge?: boolean },
): TerminalProgram {
  let screen = "";
  let seen = 0;
  const child = Bun.spawn([...argv], {
    cwd,
    env: { ...BASE_ENV, TERM: "xterm", ...env },
    terminal: {
      cols: isLarge ? 200 : 80,
      rows: isLarge ? 50 : 24,
      data(terminal, bytes) {
        const text = Buffer.from(bytes).toString();
        screen += text;
        // Newer fish asks the terminal what it is and waits for the answer.
        if (/\x1b\[0?c/.test(text)) terminal.write("\x1b[?62;22c");
      },
    },
  });
  const close = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGHUP");
      child.kill("SIGKILL");
    }
    await child.exited;
    child.terminal?.close();
  };
  return {
    pid: child.pid,
    screen: () => screen,
    type: (keys) => void child.terminal?.write(keys),
    resize: (columns, rows) => child.terminal?.resize(columns, rows),
    hangUp: () => child.terminal?.close(),
    async sees(text) {
      await waitUntil(
        () => screen.indexOf(text, seen) !== -1,
        LIMIT_MS,
        () => `${JSON.stringify(text)}; it shows ${JSON.stringify(screen)}`,
      );
      seen = screen.indexOf(text, seen) + text.length;
    },
    exited: () => within(child.exited, LIMIT_MS, () => `the end; it shows ${JSON.stringify(screen)}`),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The same, started when `keys` have been typed. */
export async function startBehindTyped(
  keys: string,
  argv: readonly string[],
  options: { cwd: string; env?: Record<string, string> },
): Promise<TerminalProgram> {
  const go = join(tempDir(), "go");
  const program = startInTerminal(
    ["/bin/sh", "-c", 'until [ -e "$0" ]; do sleep 0.05; done; exec "$@"', go, ...argv],
    options,
  );
  program.type(`${keys}\r`);
  await program.sees(`${keys}\r\n`);
  writeFileSync(go, "");
  return program;
}

/** What {@link startBash} shows when it waits for a line. */
export const PROMPT = "READY> ";

/** An interactive bash that reads no file, at its prompt. */
export async function startBash({
  cwd,
  env = {},
}: Parameters<typeof startInTerminal>[1]): Promise<TerminalProgram> {
  const shell = startInTerminal(["/bin/bash", "--norc", "--noprofile", "-i"], {
    cwd,
    env: { ...env, PS1: PROMPT, BASH_SILENCE_DEPRECATION_WARNING: "1" },
  });
  await shell.sees(PROMPT);
  return shell;
}
