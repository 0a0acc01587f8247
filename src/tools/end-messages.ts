/** What a person is told of a tool that we have ended: how it ended, and what still runs. */

import { killProgram } from "../become/kill.ts";
import { type BecomeMethod, METHODS } from "../become/methods.ts";
import { EXIT } from "../errors.ts";
import { isRoot } from "../files/accounts.ts";
import type { EndedCall } from "../mcp/tool-host.ts";
import { type Ending, mayRunOn } from "../process/terminate.ts";
import type { Runnable } from "../spec/model.ts";
import { writeDuration } from "../spec/units.ts";
import { visible } from "../text.ts";

/** How it ended, whatever we have done about it. */
export type EndedTool = Pick<EndedCall, "exitCode" | "signal" | "timedOut"> & {
  ending?: Ending | undefined;
  /** What it was told to end by; TERM if not given. */
  firstSignal?: NodeJS.Signals | undefined;
};

/** The code after KILL, which su passes on as well, and that of an end that was not seen. */
const NO_END_OF_ITS_OWN: readonly number[] = [137, EXIT.FAILED];

export type WhyStopped = "timeout" | "signal" | "leftovers";

/** How long a tool has between TERM and KILL, in milliseconds. */
export const stopTimeoutOf = ({ stopTimeout = 5000 }: Runnable): number => stopTimeout;

/** What is told of a tool that was stopped, or that timed out: a sentence, and where there is one a hint on a line of its own. */
export function endMessage(runnable: Runnable, ended: EndedTool): string {
  const { ending, firstSignal: signalSent = "SIGTERM", timedOut, signal, exitCode } = ended;
  const [name, why] = [runnable.name, overTime(runnable)];
  const remaining = ending === undefined ? undefined : whatRemains(runnable, ending);
  // Something is known to run on; it is not just unknown whether it has ended.
  if (remaining !== undefined && ending?.remaining.length !== 0)
    return `${name} could not be ended: ${timedOut ? `${why}, and ` : ""}${remaining}`;
  const end = timedOut ? `${name} was ended: ${why}` : `${name} was stopped`;
  const byItself = timedOut && signal !== undefined ? end : `${end}; it ended with ${signal ?? exitCode}`;
  const besides = remaining === undefined ? "" : `; ${remaining}`;
  if (ending?.killed !== true) return `${byItself}${besides}`;
  const given = graceText(runnable);
  const who = NO_END_OF_ITS_OWN.includes(exitCode) ? `${end}; it` : `${byItself}; what it has left behind`;
  return `${who} was killed ${given} after ${signalSent.slice("SIG".length)}, before its clean-up was over${besides}\nit has longer with stop-timeout in its table (now ${given})`;
}

/** While it, or what it has left behind, is being ended, which can take a while. */
export function stoppingMessage(runnable: Runnable, why: WhyStopped): string {
  const what = why === "leftovers" ? `what ${runnable.name} has left behind` : runnable.name;
  const reason = why === "timeout" ? `${overTime(runnable)}; ` : "";
  return `stopping ${what}: ${reason}it has ${graceText(runnable)} to clean up`;
}

/** What is told of processes that a tool has left behind, where ending them did not go as it should. */
export function leftoversMessage(runnable: Runnable, ending: Ending): string {
  const left = whatRemains(runnable, ending);
  return left === undefined
    ? `what ${runnable.name} has left behind was killed ${graceText(runnable)} after TERM`
    : `what ${runnable.name} has left behind could not be ended: ${left}`;
}

/** Whether the end went as it should: nobody was killed in the middle of anything, and nothing runs on. */
export const wentWell = (ending: Ending): boolean => !ending.killed && !mayRunOn(ending);

const overTime = ({ timeout }: Runnable) =>
  `it ran longer than its timeout of ${writeDuration(timeout ?? 0)}`;

const graceText = (runnable: Runnable): string => writeDuration(stopTimeoutOf(runnable));

const HIDDEN = "this system does not show all processes (hidepid, or the /proc of another container)";

/** What still runs after all that could be done; undefined: nothing. */
function whatRemains({ becomeMethod }: Runnable, { killed, remaining, unseen, refusedAs }: Ending) {
  const seen = remaining.map(({ pid, name }) => `${visible(name)} (pid ${pid})`);
  if (seen.length > 0) {
    const still = `${seen.join(", ")} still ${seen.length === 1 ? "runs" : "run"}`;
    if (refusedAs !== undefined) return `${still}\n${whatHelps(refusedAs, becomeMethod)}`;
    return unseen && !killed ? `${still}\n${HIDDEN}, so nothing below it could be ended` : still;
  }
  return unseen ? `what it started may still run, as ${HIDDEN}` : undefined;
}

/** What helps where a signal as `user` was refused. */
function whatHelps(user: string, method: BecomeMethod): string {
  const refused = `kill may not be run as ${user}`;
  if (isRoot(user)) return `${refused}, and a rule for it would reach every process of this machine`;
  const program = killProgram();
  if (program === undefined) return `${refused}: install a kill program, which a rule can name`;
  return METHODS[method].policy === "sudoers"
    ? `${refused}: runspec local --sudoers prints the rule that lets it`
    : `${refused}: have ${method} let it, by the program ${program}`;
}
