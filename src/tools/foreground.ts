/** A tool in the foreground: with the terminal's own stdin, stdout and stderr, and ending as it ends. */

import { killAsOf } from "../become/argv.ts";
import { METHODS } from "../become/methods.ts";
import { terminate } from "../become/terminate.ts";
import { type Context, tell } from "../context.ts";
import { EXIT, messageText, RunspecError, readerGone, withHint } from "../errors.ts";
import { adoptOrphans, reapOrphans } from "../process/orphans.ts";
import { afterSignals, STOP_SIGNALS } from "../process/signals.ts";
import { spawn } from "../process/spawn.ts";
import { createOwnTree, mayRunOn } from "../process/terminate.ts";
import type { Runnable } from "../spec/model.ts";
import type { EndedTool, WhyStopped } from "./end-messages.ts";
import { endMessage, leftoversMessage, stoppingMessage, stopTimeoutOf, wentWell } from "./end-messages.ts";
import { createEnding, GIVEN_UP } from "./execute.ts";
import type { Plan } from "./plan.ts";

/** What ends a program (ALRM: `perl -e alarm` where there is no `timeout`), and what each gives a meaning of its own. */
const HEARD: readonly NodeJS.Signals[] = [...STOP_SIGNALS, "SIGQUIT", "SIGALRM", "SIGUSR1", "SIGUSR2"];

/** An end that takes longer than this is announced. */
const SLOW_END_MS = 1000;

/** Runs it to its exit code, and says on stderr how it ended where we have ended it. @throws RunspecError 124 after its timeout; 126, 127 where it cannot be started */
export async function runInForeground(runnable: Runnable, plan: Plan, context: Context): Promise<number> {
  const say = (message: string) => tell(context, messageText(...withHint(message)));
  // The tool writes to the same terminal by itself: what we have to say comes first.
  await context.stderr.flush().catch(readerGone);
  let slow: ReturnType<typeof setTimeout> | undefined;
  const { ended, swept } = await runToEnd(runnable, plan, context, (why) => {
    slow = setTimeout(() => void say(stoppingMessage(runnable, why)), SLOW_END_MS);
  });
  clearTimeout(slow);
  const { ending, exitCode, timedOut } = ended;
  if (timedOut) {
    const [what, hint] = withHint(endMessage(runnable, ended));
    throw new RunspecError(what, { exitCode: EXIT.TIMED_OUT, hint });
  }
  if (ending !== undefined && !wentWell(ending))
    await say(swept ? leftoversMessage(runnable, ending) : endMessage(runnable, ended));
  return exitCode;
}

/** It stays in our process group: job control, Ctrl-Z and the window's size are between it and the terminal. `swept`: what it left behind was ended after it. `onStopping` is called when we begin to end either. */
async function runToEnd(
  runnable: Runnable,
  plan: Plan,
  context: Context,
  onStopping: (why: WhyStopped) => void,
): Promise<{ ended: EndedTool; swept: boolean }> {
  let stop: ReturnType<typeof createStop> | undefined;
  // Listening before there is a child: a signal in between would end us and leave the child.
  const stopListening = context.onSignals(HEARD, (signal) => stop?.onSignal(signal));
  try {
    // Children that the tool loses would go to init otherwise, and could not be told from other processes.
    const adopter = adoptOrphans() ? process.pid : undefined;
    if (adopter !== undefined) reapOrphans();
    const { argv, env } = plan;
    const child = spawn({ argv, env, stdin: "inherit", output: "inherit", ownGroup: false });
    const atTerminal = context.stdin.isTerminal() || context.stderr.isTerminal();
    stop = createStop(runnable, plan, { child, adopter, atTerminal }, onStopping);
    const timer = runnable.timeout === undefined ? undefined : setTimeout(stop.onTimeout, runnable.timeout);
    await Promise.race([child.exited, stop.abandoned]);
    await afterSignals();
    clearTimeout(timer);
    const { swept, ...how } = await stop.sweep();
    return { ended: { ...(child.exit() ?? GIVEN_UP), ...how }, swept };
  } finally {
    stopListening();
  }
}

interface Started {
  child: ReturnType<typeof spawn>;
  adopter: number | undefined;
  atTerminal: boolean;
}

/** A signal that ends us is passed on, and the tool has its stop-timeout to answer it, as it has when its time is over. */
function createStop(
  runnable: Runnable,
  { become, env }: Plan,
  { child, adopter, atTerminal }: Started,
  onStopping: (why: WhyStopped) => void,
) {
  const { pid, hasExited } = child;
  const stopTimeout = stopTimeoutOf(runnable);
  const leader = { pid, hasExited, adopter };
  const tree = createOwnTree(leader);
  const ending = createEnding<WhyStopped>();
  const isApart = become !== undefined && METHODS[become.method].makesSession;
  const end = (why: WhyStopped, graceMs = stopTimeout) =>
    ending.begin(why, () => {
      if (graceMs > 0) onStopping(why);
      if (become === undefined) return tree.terminate(graceMs);
      return terminate({ ...leader, graceMs, become: killAsOf(become) }, env);
    });
  let timedOut = false;
  let firstSignal: NodeJS.Signals | undefined;
  let overdue: ReturnType<typeof setTimeout> | undefined;
  return {
    /** Resolves where it cannot be ended: such a process is not waited for. */
    abandoned: ending.over.then((ended) => (mayRunOn(ended) ? undefined : child.exited)),
    onTimeout() {
      timedOut = true;
      end("timeout");
    },
    onSignal(signal: NodeJS.Signals) {
      if (/USR/.test(signal)) return child.kill(signal);
      // A terminal has sent it to the whole foreground group, the tool mostly included.
      if (atTerminal && !isApart && /INT|QUIT/.test(signal)) return;
      firstSignal ??= signal;
      // What runs under a become program belongs to another user: not every signal of ours reaches it.
      if (become !== undefined) return end("signal");
      // What it has now is found again when its parents have ended.
      tree.remember();
      child.kill(signal);
      // What is stopped takes the other only once it runs again.
      child.kill("SIGCONT");
      overdue ??= setTimeout(end, stopTimeout, "signal", 0);
    },
    /** Ends what a tool that was told to end has left behind, and tells what ended the tool. */
    async sweep() {
      clearTimeout(overdue);
      const swept = firstSignal !== undefined && ending.cause() === undefined;
      if (firstSignal !== undefined) end("leftovers");
      const told = become === undefined && !timedOut ? firstSignal : undefined;
      return { timedOut, firstSignal: told, ending: await ending.settled(), swept };
    },
  };
}
