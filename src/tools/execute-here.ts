/** Running a tool in the foreground: with the terminal's own stdin, stdout and stderr, and ending as it ends. */

import { type BecomeRequest, killAsOf } from "../become/argv.ts";
import { terminate } from "../become/terminate.ts";
import { EXIT } from "../errors.ts";
import { adoptOrphans, reapOrphans } from "../process/orphans.ts";
import { type Exit, spawn } from "../process/spawn.ts";
import type { OnSignals } from "../process/stop-signals.ts";
import type { Ending } from "../process/terminate.ts";
import { createTree } from "../process/tree.ts";
import type { Ended } from "./ending-words.ts";
import { describeExit } from "./execute.ts";

export interface HereOptions {
  argv: readonly string[];
  env: Record<string, string>;
  /** argv starts with a become method: what runs under it belongs to another user. */
  become?: BecomeRequest;
  /** Milliseconds; undefined: none. */
  timeout: number | undefined;
  /** Milliseconds between TERM and KILL. */
  stopTimeout: number;
  /** The terminal sends INT and QUIT to its whole foreground group, the tool included. */
  atTerminal: boolean;
  onSignals: OnSignals;
  /** Called when we begin to end it, or what it has left behind. */
  onEnding(why: "timeout" | "signal" | "leftovers"): void;
}

/** What a person or a supervisor ends a program with. */
const ENDING: readonly NodeJS.Signals[] = ["SIGTERM", "SIGHUP"];
const OF_THE_TERMINAL: readonly NodeJS.Signals[] = ["SIGINT", "SIGQUIT"];
/** What a program may be told, for a meaning of its own. */
const TOLD: readonly NodeJS.Signals[] = ["SIGUSR1", "SIGUSR2"];

export interface HereEnd {
  code: number;
  /** What we have ended is what it had left when it was over. */
  swept: boolean;
  timedOut: boolean;
  /** As the tool itself ended, and how that went, where we have ended it. */
  ended: Ended;
}

/**
 * Runs it to its exit code: 128+n for signal n, 124 after its timeout. It stays in our process group, so that job control,
 * Ctrl-Z and the size of the window are between it and the terminal. A signal that ends us is passed on to it, and it may
 * answer as it likes for as long as its stop-timeout; what it had started and left behind is ended after it.
 * @throws RunspecError 126 or 127 where it cannot be started.
 */
export async function executeHere(options: HereOptions): Promise<HereEnd> {
  const { argv, env, timeout, atTerminal, onSignals } = options;
  let timedOut = false;
  let ending: Promise<Ending> | undefined;
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
    // What it starts and loses would else be nobody's, and not to be told from what belongs to others.
    const adopter = adoptOrphans() ? process.pid : undefined;
    if (adopter !== undefined) reapOrphans();
    const child = spawn({ argv, env, stdin: "inherit", output: "inherit", ownGroup: false });
    let exit: Exit | undefined;
    const abandoned = Promise.withResolvers<void>();
    const exited = child.exited.then((how) => {
      exit = how;
    });
    const ender = createEnder({ ...options, pid: child.pid, adopter, exited: () => exit !== undefined });
    const endAll = (why: "timeout" | "signal" | "leftovers", graceMs = options.stopTimeout) => {
      if (ending !== undefined) return;
      if (graceMs > 0) options.onEnding(why);
      ending = ender.end(graceMs);
      // What cannot be ended is not waited for.
      ending.then(({ remaining, unseen }) => {
        if (remaining.length > 0 || unseen) abandoned.resolve();
      }, abandoned.reject);
    };
    let leftovers = false;
    let overdue: ReturnType<typeof setTimeout> | undefined;
    tell = (signal) => {
      // Once it has been reaped, its pid may be another's.
      if (exit === undefined) sendTo(child.pid, signal);
    };
    end = (signal) => {
      // What runs under a become program belongs to another user, whom not every signal of ours reaches.
      if (options.become !== undefined) endAll("signal");
      else {
        ender.remember();
        tell(signal);
        overdue ??= setTimeout(() => endAll("signal", 0), options.stopTimeout);
      }
      leftovers = true;
    };
    const onTimeout = () => {
      timedOut = true;
      endAll("timeout");
    };
    const timer = timeout === undefined ? undefined : setTimeout(onTimeout, timeout);
    await Promise.race([exited, abandoned.promise]);
    clearTimeout(timer);
    clearTimeout(overdue);
    const swept = leftovers && ending === undefined;
    if (leftovers) endAll("leftovers");
    const how = await ending;
    const ended = { ...describeExit(exit), ...(how === undefined ? {} : { ending: how }) };
    return { code: timedOut ? EXIT.TIMED_OUT : ended.exitCode, timedOut, swept, ended };
  } finally {
    for (const stop of stopListening) stop();
  }
}

interface Ender {
  /** Learns what there is of it now, and finds that again when its parents have gone. */
  remember(): void;
  /** `graceMs`: between TERM and KILL. */
  end(graceMs: number): Promise<Ending>;
}

function createEnder({
  pid,
  exited,
  adopter,
  become,
  env,
}: HereOptions & { pid: number; adopter: number | undefined; exited(): boolean }): Ender {
  if (become === undefined) {
    const tree = createTree({ pid, exited, adopter });
    return { remember: tree.remember, end: tree.terminate };
  }
  const target = { pid, become: killAsOf(become) };
  return { remember() {}, end: (graceMs) => terminate(target, { env, graceMs, exited, adopter }) };
}

function sendTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended, or belongs to another user by now.
  }
}
