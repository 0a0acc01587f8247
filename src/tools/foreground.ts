/** A tool in the foreground: with the terminal's own stdin, stdout and stderr, and ending as it ends. */

import { killAsOf } from "../become/argv.ts";
import { terminate } from "../become/terminate.ts";
import { type Context, tell } from "../context.ts";
import { EXIT, messageText, RunspecError, readerGone } from "../errors.ts";
import { adoptOrphans, reapOrphans } from "../process/orphans.ts";
import { afterSignals, STOP_SIGNALS } from "../process/signals.ts";
import { spawn } from "../process/spawn.ts";
import { createOwnTree } from "../process/terminate.ts";
import type { Runnable } from "../spec/model.ts";
import type { EndedTool, WhyStopped } from "./end-messages.ts";
import { endMessage, leftoversMessage, stoppingMessage, stopTimeoutOf, wentWell } from "./end-messages.ts";
import { createEnding, describeExit } from "./execute.ts";
import type { Plan } from "./plan.ts";

/** What ends a program, and what each gives a meaning of its own. */
const HEARD: readonly NodeJS.Signals[] = [...STOP_SIGNALS, "SIGQUIT", "SIGUSR1", "SIGUSR2"];

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

function withHint(message: string): [what: string, hint: string | undefined] {
  const [what = "", hint] = message.split("\n");
  return [what, hint];
}

/**
 * It stays in our process group: job control, Ctrl-Z and the window's size are between it and the terminal. A signal that ends us is passed on, and it has
 * its stop-timeout to answer; what it leaves behind is ended after it (`swept`). `onStopping` is called when we begin to end either.
 */
async function runToEnd(
  runnable: Runnable,
  plan: Plan,
  context: Context,
  onStopping: (why: WhyStopped) => void,
): Promise<{ ended: EndedTool; swept: boolean }> {
  const { argv, env, become } = plan;
  const stopTimeout = stopTimeoutOf(runnable);
  const atTerminal = context.stdinIsTerminal() || context.stderr.isTerminal();
  let timedOut = false;
  let onSignal: (signal: NodeJS.Signals) => void = () => {};
  // Listening before there is a child: a signal in between would end us and leave the child.
  const stopListening = context.onSignals(HEARD, (signal) => onSignal(signal));
  try {
    // Children that the tool loses would go to init otherwise, and could not be told from other processes.
    const adopter = adoptOrphans() ? process.pid : undefined;
    if (adopter !== undefined) reapOrphans();
    const child = spawn({ argv, env, stdin: "inherit", output: "inherit", ownGroup: false });
    const ender = createEnder(plan, child.pid, adopter, () => child.exit() !== undefined);
    const ending = createEnding((why: WhyStopped, graceMs) => {
      if (graceMs > 0) onStopping(why);
      return ender.end(graceMs);
    });
    // A process that cannot be ended is not waited for.
    const abandoned = ending.over.then(({ remaining, unseen }) =>
      remaining.length > 0 || unseen ? undefined : child.exited,
    );
    let firstSignal: NodeJS.Signals | undefined;
    let overdue: ReturnType<typeof setTimeout> | undefined;
    onSignal = (signal) => {
      if (/USR/.test(signal)) return child.kill(signal);
      // A terminal has sent it to the whole foreground group, the tool included.
      if (atTerminal && /INT|QUIT/.test(signal)) return;
      firstSignal ??= signal;
      // What runs under a become program belongs to another user: not every signal of ours reaches it.
      if (become !== undefined) return ending.begin("signal", stopTimeout);
      ender.remember();
      child.kill(signal);
      // What is stopped takes the other only once it runs again.
      child.kill("SIGCONT");
      overdue ??= setTimeout(ending.begin, stopTimeout, "signal", 0);
    };
    const onTimeout = () => {
      timedOut = true;
      ending.begin("timeout", stopTimeout);
    };
    const timer = runnable.timeout === undefined ? undefined : setTimeout(onTimeout, runnable.timeout);
    await Promise.race([child.exited, abandoned]);
    await afterSignals();
    clearTimeout(timer);
    clearTimeout(overdue);
    const swept = firstSignal !== undefined && ending.cause() === undefined;
    if (firstSignal !== undefined) ending.begin("leftovers", stopTimeout);
    const settled = await ending.settled();
    const told = become === undefined && !timedOut ? firstSignal : undefined;
    const ended = { ...describeExit(child.exit()), timedOut, firstSignal: told, ending: settled };
    return { ended, swept };
  } finally {
    stopListening();
  }
}

/** `remember` notes the processes that it has now, so that they are found when their parents have ended; `end` takes the time between TERM and KILL. */
function createEnder({ become, env }: Plan, pid: number, adopter: number | undefined, exited: () => boolean) {
  if (become === undefined) {
    const tree = createOwnTree({ pid, exited, adopter });
    return { remember: tree.remember, end: tree.terminate };
  }
  const target = { pid, become: killAsOf(become) };
  return { remember() {}, end: (graceMs: number) => terminate(target, { env, graceMs, exited, adopter }) };
}
