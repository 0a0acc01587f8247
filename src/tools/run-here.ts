/** A tool in the foreground, to its exit code, with the words for an end that was not its own. */

import type { Context } from "../context.ts";
import { messageText, RunspecError } from "../errors.ts";
import type { Runnable } from "../spec/model.ts";
import {
  leftoversMessage,
  stopMessage,
  stoppingMessage,
  stopTimeoutOf,
  timeoutMessage,
  wentWell,
} from "./ending-words.ts";
import { executeHere, type HereEnd } from "./execute-here.ts";
import type { Plan } from "./plan.ts";

/** An end that takes longer than this is told of while it is under way. */
const SLOW_END_MS = 1000;

/** @throws RunspecError 124 after its timeout; 126 or 127 where it cannot be started */
export async function runHere(runnable: Runnable, plan: Plan, context: Context): Promise<number> {
  const { argv, env, become } = plan;
  let slow: ReturnType<typeof setTimeout> | undefined;
  const tell = (words: string) => context.stderr.write(messageText(...split(words))).catch(() => {});
  const end = await executeHere({
    argv,
    env,
    ...(become === undefined ? {} : { become }),
    timeout: runnable.timeout,
    stopTimeout: stopTimeoutOf(runnable),
    atTerminal: context.stdinIsTerminal() || context.stderr.isTerminal(),
    onSignals: context.onSignals,
    onEnding(why) {
      slow = setTimeout(() => void tell(stoppingMessage(runnable, why)), SLOW_END_MS);
    },
  });
  clearTimeout(slow);
  if (end.timedOut) {
    const [what, hint] = split(timeoutMessage(runnable, end.ended));
    throw new RunspecError(what, { exitCode: end.code, ...(hint === undefined ? {} : { hint }) });
  }
  const words = wordsOf(runnable, end);
  if (words !== undefined) await tell(words);
  return end.code;
}

/** What a person should know besides; undefined: nothing. */
function wordsOf(runnable: Runnable, { ended, swept }: HereEnd): string | undefined {
  const { ending } = ended;
  if (ending === undefined || wentWell(ending)) return undefined;
  return swept ? leftoversMessage(runnable, ending) : stopMessage(runnable, ended);
}

function split(words: string): [string, string | undefined] {
  const [what = "", hint] = words.split("\n");
  return [what, hint];
}
