/** Running a tool in the foreground: with the terminal's own stdin, stdout and stderr, and ending as it ends. */

import { EXIT } from "../errors.ts";
import { exitCode, spawn } from "../exec/spawn.ts";
import { GRACE_MS, type Target, terminate } from "../exec/terminate.ts";

export interface HereOptions {
  argv: readonly string[];
  env: Record<string, string>;
  /** argv starts with a become method: what runs under it belongs to another user. */
  become?: NonNullable<Target["become"]>;
  /** Milliseconds; undefined: none. */
  timeout: number | undefined;
  /** The terminal sends INT and QUIT to its whole foreground group, the tool included. */
  atTerminal: boolean;
  onSignals(signals: readonly NodeJS.Signals[], handler: (signal: NodeJS.Signals) => void): () => void;
}

const PASSED_ON: readonly NodeJS.Signals[] = ["SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"];
const OF_THE_TERMINAL: readonly NodeJS.Signals[] = ["SIGINT", "SIGQUIT"];

/**
 * Runs it to its exit code: 128+n for signal n, 124 after its timeout. It stays in our process group, so that job control,
 * Ctrl-Z and the size of the window are between it and the terminal.
 * @throws RunspecError 126 or 127 where it cannot be started.
 */
export async function executeHere(options: HereOptions): Promise<{ code: number; timedOut: boolean }> {
  const { argv, env, become, timeout, atTerminal, onSignals } = options;
  let timedOut = false;
  let pass: (signal: NodeJS.Signals) => void = () => {};
  // Listening before there is a child, or a signal in between would end us and leave it.
  const stopPassing = onSignals(PASSED_ON, (signal) => pass(signal));
  const stopIgnoring = onSignals(OF_THE_TERMINAL, (signal) => {
    if (!atTerminal) pass(signal);
  });
  try {
    const child = spawn({ argv, env, stdin: "inherit", output: "inherit", ownGroup: false });
    pass = (signal) => sendTo(child.pid, signal);
    let killing: ReturnType<typeof setTimeout> | undefined;
    let ended: Promise<void> | undefined;
    const end = () => {
      timedOut = true;
      // KILL to a become program would leave the tool behind.
      if (become !== undefined) {
        ended = terminate({ pid: child.pid, become }, env);
        return;
      }
      pass("SIGTERM");
      killing = setTimeout(() => pass("SIGKILL"), GRACE_MS);
    };
    const timer = timeout === undefined ? undefined : setTimeout(end, timeout);
    const exit = await child.exited;
    clearTimeout(timer);
    clearTimeout(killing);
    await ended;
    return { code: timedOut ? EXIT.TIMED_OUT : exitCode(exit), timedOut };
  } finally {
    stopPassing();
    stopIgnoring();
  }
}

function sendTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended, or belongs to another user by now.
  }
}
