/** Calls under way, followed to their answers: their input, and the signals that stop them. */

import type { Context } from "../context.ts";
import { handledElsewhere, type Interrupted, messageText, readerGone } from "../errors.ts";
import type { SentCall } from "../mcp/client/calls.ts";
import type { InputSender } from "../mcp/client/input.ts";
import type { FdWriter } from "../process/fd-writer.ts";
import { interruptedBy } from "../process/signals.ts";
import { chunksOf, type Source } from "../process/source.ts";
import { isDoneWithin } from "../process/waiting.ts";
import type { Remote } from "./connect.ts";

/** What is needed of whoever started the calls. */
export interface CallTerminal extends Pick<Context, "env" | "onSignals"> {
  stdout: Pick<FdWriter, "write" | "expectReader">;
  stderr: Pick<FdWriter, "write" | "expectReader">;
}

/** How long a server may take to say that it is stopping a call; longer where many are told at once. Tests set RUNSPEC_SIGN_MS. */
const SIGN_MS = 750;
const SIGN_OF_MANY_MS = 3000;
/** How long a server that is asked for a sign of life, while it ends what it runs, may be silent. */
const CANCEL_PATIENCE_MS = 8000;
/** Between such questions. */
const ASK_AGAIN_MS = 1000;
/** How long the reader of our own output may then take nothing of it: the answer waits behind that. */
const READER_GONE_MS = 750;

export type CallFollower = ReturnType<typeof followCalls>;

/**
 * Follows calls to their answers, at servers that have said what they are. A first INT, TERM or HUP cancels the call, which cleans up in view
 * if the server says that it is stopping it. A second one leaves at once, as does the first without a call: the server then ends what it runs.
 */
export function followCalls(remote: Remote, what: string, terminal?: CallTerminal) {
  let interrupted: Interrupted | undefined;
  let running: SentCall<unknown> | undefined;

  /** Gives the server a moment to say that it is stopping the tool, or to be done with it. */
  async function cancel({ id }: SentCall<unknown>, signal: NodeJS.Signals, why: Interrupted): Promise<void> {
    const stopping = remote.client.cancel(id, signal);
    const { runsWords } = await remote.info;
    // Any other server leaves a cancelled call unanswered, and goes when nothing more will come.
    if (!runsWords) remote.hangUp();
    const signMs = terminal ? Number(terminal.env.RUNSPEC_SIGN_MS ?? SIGN_MS) : SIGN_OF_MANY_MS;
    if (await isDoneWithin(signMs, stopping)) await silence();
    if (running === undefined) return;
    say("nothing was heard of it; left without knowing how it ends");
    remote.abandon(why);
  }

  /** Resolves when the call has ended, or nothing is heard: a tool may take as long to clean up as its table gives it. */
  async function silence(): Promise<void> {
    for (;;) {
      // Where the connection has ended, the call is told why.
      const isAlive = await isDoneWithin(CANCEL_PATIENCE_MS, remote.client.ping()).catch(() => true);
      if (running === undefined || !isAlive) return;
      await Bun.sleep(ASK_AGAIN_MS);
    }
  }

  /** Not waited for: whoever wants to leave need not read it. */
  function say(words: string): void {
    terminal?.stderr.write(messageText(words)).catch(readerGone);
  }

  /** To be called at each signal. */
  const stop = (signal: NodeJS.Signals) => {
    const reason = interrupted ?? interruptedBy(signal);
    if (interrupted !== undefined || running === undefined) return remote.abandon(reason);
    interrupted = reason;
    for (const output of [terminal?.stdout, terminal?.stderr]) output?.expectReader(READER_GONE_MS);
    const again = signal === "SIGINT" ? "Ctrl-C again leaves it" : "a second signal leaves it";
    say(`stopping ${what}; ${again}`);
    cancel(running, signal, reason).catch(handledElsewhere);
  };

  return {
    /** The answer to what `send` sends, its output passed on; `openStdin` opens its input (undefined: it has none). @throws Interrupted where we were stopped before */
    async follow<T>(send: () => SentCall<T>, openStdin: (() => Source) | undefined): Promise<T> {
      if (interrupted !== undefined) throw interrupted;
      const sent = send();
      running = sent;
      if (openStdin !== undefined) void feed(openStdin, sent.input).catch(remote.abandon);
      try {
        return await remote.during(sent.result);
      } finally {
        running = undefined;
      }
    },
    /** Why there will be no answer: somebody stopped us. */
    interrupted: () => interrupted,
    stop,
  };
}

/** Passes our input on to its end, or until the tool takes no more. @throws RunspecError where it cannot be read: a part must not be taken for the whole */
async function feed(openStdin: () => Source, input: InputSender): Promise<void> {
  // Not a byte is taken from our stdin before there is a tool that will have it.
  if (!(await input.ready)) return;
  const stdin = openStdin();
  // Where the connection has gone, whoever waits for the result is told why.
  const send = (bytes: Uint8Array) => input.send(bytes).catch(() => false);
  try {
    for await (const chunk of chunksOf(stdin)) if (!(await send(chunk))) return;
    await input.end().catch(readerGone);
  } finally {
    await stdin.close();
  }
}
