/** Running a tool in the foreground: with the terminal's own stdin, stdout and stderr, and ending as it ends. */

import { EXIT } from "../errors.ts";
import { exitCode, spawn } from "../exec/spawn.ts";
import { type Target, terminate } from "../exec/terminate.ts";
import { createTree } from "../exec/tree.ts";

export interface HereOptions {
  argv: readonly string[];
  env: Record<string, string>;
  /** argv starts with a become method: what runs under it belongs to another user. */
  become?: NonNullable<Target["become"]>;
  /** Milliseconds; undefined: none. */
  timeout: number | undefined;
  /** What it leaves when a signal has ended it is ended, too. */
  sweep: boolean;
  /** The terminal sends INT and QUIT to its whole foreground group, the tool included. */
  atTerminal: boolean;
  onSignals(signals: readonly NodeJS.Signals[], handler: (signal: NodeJS.Signals) => void): () => void;
}

/** What a person or a supervisor ends a program with. */
const ENDING: readonly NodeJS.Signals[] = ["SIGTERM", "SIGHUP"];
const OF_THE_TERMINAL: readonly NodeJS.Signals[] = ["SIGINT", "SIGQUIT"];
/** What a program may be told, for a meaning of its own. */
const TOLD: readonly NodeJS.Signals[] = ["SIGUSR1", "SIGUSR2"];

/**
 * Runs it to its exit code: 128+n for signal n, 124 after its timeout. It stays in our process group, so that job control,
 * Ctrl-Z and the size of the window are between it and the terminal. A signal that ends us is passed on to it, and it may
 * answer as it likes; where it is to be swept, what it had started and left behind is ended after it.
 * @throws RunspecError 126 or 127 where it cannot be started.
 */
export async function executeHere(options: HereOptions): Promise<{ code: number; timedOut: boolean }> {
  const { argv, env, become, timeout, sweep, atTerminal, onSignals } = options;
  let timedOut = false;
  let ended: Promise<void> | undefined;
  let end: (signal: NodeJS.Signals) => void = () => {};
  let tell: (signal: NodeJS.Signals) => void = () => {};
  // Listening before there is a child, or a signal in between would end us and leave it.
  const stopListening = [
    onSignals(ENDING, (signal) => end(signal)),
    onSignals(OF_THE_TERMINAL, (signal) => {
      if (!atTerminal) end(signal);
    }),
    onSignals(TOLD, (signal) => tell(signal)),
  ];
  try {
    const child = spawn({ argv, env, stdin: "inherit", output: "inherit", ownGroup: false });
    const tree = createTree(child.pid);
    const terminateAll = () =>
      become === undefined ? tree.terminate() : terminate({ pid: child.pid, become }, env);
    let leftovers = false;
    tell = (signal) => sendTo(child.pid, signal);
    end = (signal) => {
      // What runs under a become program belongs to another user, whom not every signal of ours reaches.
      if (become !== undefined) ended ??= terminateAll();
      else {
        tree.remember();
        sendTo(child.pid, signal);
      }
      leftovers = sweep;
    };
    const onTimeout = () => {
      timedOut = true;
      ended ??= terminateAll();
    };
    const timer = timeout === undefined ? undefined : setTimeout(onTimeout, timeout);
    const exit = await child.exited;
    clearTimeout(timer);
    if (leftovers) ended ??= terminateAll();
    await ended;
    return { code: timedOut ? EXIT.TIMED_OUT : exitCode(exit), timedOut };
  } finally {
    for (const stop of stopListening) stop();
  }
}

function sendTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended, or belongs to another user by now.
  }
}
