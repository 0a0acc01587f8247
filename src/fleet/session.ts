/** One call on one host of many: checked, and then, on the same connection, made. */

import { firstFew } from "../arguments/describe.ts";
import { EXIT, RunspecError } from "../errors.ts";
import type { Output } from "../mcp/bytes.ts";
import type { AnswerOf } from "../mcp/client/outcome.ts";
import { interruptedBy } from "../process/signals.ts";
import { isReaderGone } from "../process/stream.ts";
import type { Remote } from "../session/connect.ts";
import { followCalls } from "../session/follow.ts";
import { encodeUtf8, visible } from "../text.ts";
import { type Checked, type CheckRequest, checkCall, type Ready } from "./check.ts";
import type { Host } from "./choose.ts";
import { createConnection, type Reach } from "./connection.ts";
import { endedOn, failureOn, type Outcome, refusedOn } from "./outcome.ts";
import { oneAfterAnother } from "./steps.ts";

interface SessionContext extends Reach, Omit<CheckRequest, "host"> {
  /** Takes what ssh and the server say beside the tool. */
  onWords(host: Host, bytes: Uint8Array): Promise<void>;
}

export type TakeOutput = (stream: Output["stream"], bytes: Uint8Array) => Promise<void>;

/** How long a server may take to say that it is stopping a call, while others are told as well. */
const SIGN_MS = "3000";
const END_UNKNOWN = "whether the tool has ended there is not known";
const NOBODY = { write: async () => {}, expectReader() {} };

interface Run {
  /** Called before the call is sent, for what takes its output; where that cannot be kept, nothing is run. */
  start(): TakeOutput;
  limitMs: number | undefined;
}

export type Session = ReturnType<typeof createSession>;

export function createSession(host: Host, context: SessionContext) {
  let { call } = context;
  /** The call itself: what comes before it, the check, runs nothing. */
  let sent = false;
  const connection = createConnection(host, context, { called: () => sent });
  let ready: Ready | undefined;
  let take: TakeOutput | undefined;
  /** One piece of output after the other: taking one may wait, and the end must not overtake it. */
  const inOrder = oneAfterAnother();
  let stopped: NodeJS.Signals | undefined;
  /** Its time limit passed before anybody stopped it. */
  let late = false;
  let left = false;
  /** Its output could not be kept here, although it was not over. */
  let unkept = false;
  let signalTool: ((signal: NodeJS.Signals) => void) | undefined;

  const passOn = ({ stream, bytes }: Output) => inOrder(async () => take?.(stream, bytes));

  function withoutAnswer(error: unknown): Outcome {
    if (isReaderGone(error)) throw error;
    const why = left ? "it was left while the tool ran" : "nothing was heard of it any more";
    const unknown = `${visible(host.name)}: ${why}; ${END_UNKNOWN}`;
    if (left) return { because: "left", exitCode: EXIT.INTERRUPTED, error: unknown };
    if (late) return { because: "timed out", exitCode: EXIT.TIMED_OUT, error: unknown };
    if (stopped !== undefined) return { because: "lost", exitCode: EXIT.CONNECTION, error: unknown };
    const outcome = failureOn(host, error);
    if (!sent) return outcome;
    const because = outcome.because === "out of reach" ? "lost" : "failed";
    return { ...outcome, because, error: unkept ? `${outcome.error}; ${END_UNKNOWN}` : outcome.error };
  }

  async function fromAnswer(answer: AnswerOf<"refused" | "ended">, checked: Ready): Promise<Outcome> {
    if (answer.kind === "ended") {
      const { output, remark } = answer;
      const notes = firstFew(answer.notes ?? []);
      // Those of the check have been told.
      for (const note of remark === undefined ? notes : [remark, ...notes])
        if (!checked.notes.includes(note)) await context.onWords(host, encodeUtf8(`${note}\n`));
      if (output !== undefined) await take?.(output.stream, encodeUtf8(output.text));
    }
    const isRefused = answer.kind === "refused";
    const outcome = isRefused ? refusedOn(host, call.tool, answer) : endedOn(host, answer);
    // A call that had ended before it was told to stop was not cut short.
    const isCut = isRefused || answer.cancelled;
    if (outcome.because === "timed out" || (late && isCut))
      return { ...outcome, because: "timed out", exitCode: EXIT.TIMED_OUT };
    if (stopped !== undefined && isCut)
      return { ...outcome, because: "stopped", exitCode: isRefused ? EXIT.INTERRUPTED : answer.exitCode };
    // A refusal of what the check had accepted is about this host, not about the call.
    return isRefused ? { ...outcome, because: "cannot run" } : outcome;
  }

  async function makeCall(remote: Remote, checked: Ready, { start, limitMs }: Run): Promise<Outcome> {
    const follower = followCalls(remote, call.tool, {
      stdout: NOBODY,
      stderr: NOBODY,
      env: { RUNSPEC_SIGN_MS: SIGN_MS },
      onSignals(_signals, handler) {
        signalTool = handler;
        return () => {
          signalTool = undefined;
        };
      },
    });
    // A second signal would leave one that is being stopped already.
    const onLate = () => {
      late = stopped === undefined;
      if (late) signalTool?.("SIGTERM");
    };
    const timer = limitMs === undefined ? undefined : setTimeout(onLate, limitMs);
    try {
      const keep = start();
      take = (stream, bytes) =>
        keep(stream, bytes).catch((error: unknown) => {
          unkept = true;
          throw error;
        });
      sent = true;
      const answer = await follower.follow(checked.send, undefined);
      // It is over: a signal ends nothing there, and makes nothing unknown, while its last words are shown.
      signalTool = () => {};
      take = keep;
      // Where a piece could not be kept, this is no success.
      await remote.during(inOrder(async () => {}));
      if (answer === undefined || answer.kind === "usage")
        throw new RunspecError("it does not take the call any more");
      return await fromAnswer(answer, checked);
    } catch (error) {
      return withoutAnswer(error);
    } finally {
      clearTimeout(timer);
      follower.stopListening();
      // Others need not wait for the connection to close; `close` does.
      void remote.finish();
    }
  }

  const open = (): Promise<Checked> =>
    connection.open((remote) => {
      ask = () => checkCall(remote, { host, call, wantsAutonomy: context.wantsAutonomy });
      return ask();
    });
  /** Checks on the connection that is open, once there is one. */
  let ask = open;

  const listen = () =>
    connection.listen({ onOutput: passOn, onWords: (bytes) => context.onWords(host, bytes) });

  async function answerOf(asking: Promise<Checked>): Promise<Checked> {
    try {
      const checked = await asking;
      ready = checked.kind === "ready" ? checked : undefined;
      // Why it offers no such tool, it may have said beside its answer.
      if (checked.kind === "failed") await listen();
      return checked;
    } catch (error) {
      if (isReaderGone(error)) throw error;
      const outcome = stopped === undefined ? failureOn(host, error) : ({ because: "not started" } as const);
      return { kind: "failed", outcome };
    }
  }

  return {
    host,
    check: () => answerOf(open()),
    /** Checks again, with `secrets`, which the call has from now on; on another connection where that was lost while a person was asked. */
    async checkWith(secrets: readonly string[]): Promise<Checked> {
      call = { ...call, secrets };
      return answerOf((await connection.isThere()) ? ask() : open());
    },
    isOpen: connection.isOpen,
    isThere: (): Promise<boolean> => connection.isThere(),
    async run(run: Run): Promise<Outcome> {
      const remote = connection.current();
      // What it has said until now is shown first, which may take its time.
      if (stopped === undefined) await listen();
      if (remote === undefined || ready === undefined || stopped !== undefined)
        return { because: "not started" };
      const started = performance.now();
      const outcome = await makeCall(remote, ready, run);
      return { ...outcome, durationMs: Math.round(performance.now() - started) };
    },
    /** Tells the server that we are about to be suspended, or go on. */
    alive: async (suspended: boolean): Promise<void> => connection.current()?.client.alive(suspended),
    /** Ends what it does; the tool may clean up. A second time it is left as it is. */
    stop(signal: NodeJS.Signals): void {
      left = stopped !== undefined;
      stopped ??= signal;
      if (signalTool === undefined) connection.abandon(interruptedBy(signal));
      else if (left || !late) signalTool(signal);
    },
    close: connection.close,
  };
}
