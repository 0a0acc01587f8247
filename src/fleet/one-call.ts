/** The call on one host of many, once it has been checked there: its output, what ends it, and what becomes of it. */

import { firstFew } from "../arguments/describe.ts";
import { createLimiter } from "../concurrency.ts";
import { EXIT, messageText, RunspecError } from "../errors.ts";
import { ServerFailure } from "../hosts/connection-failure.ts";
import { RpcFailure } from "../jsonrpc/peer.ts";
import type { Output } from "../mcp/bytes.ts";
import type { AnswerOf } from "../mcp/client/outcome.ts";
import { isReaderGone } from "../process/fd-writer.ts";
import type { Remote } from "../session/connect.ts";
import { type CallFollower, followCalls } from "../session/follow.ts";
import { encodeUtf8 } from "../text.ts";
import type { Ready } from "./check.ts";
import { endedOutcome, failureOn, type Outcome, refusedOutcome } from "./outcome.ts";

export type TakeOutput = (stream: Output["stream"], bytes: Uint8Array) => Promise<void>;

export interface Run {
  /** Called before the call is sent, for what takes its output; where that cannot be kept, nothing is run. */
  start(): TakeOutput;
  limitMs: number | undefined;
}

const END_UNKNOWN = "whether the tool has ended there is not known";
/** How long a tool that is over its time has to stop: as long again, and this at least. Then its host is left, which could say for ever that it is stopping. */
const STOPPING_MS = 60_000;

/** `onAside` takes what the server says beside the tool. */
export function createOneCall(tool: string, onAside: (bytes: Uint8Array) => Promise<void>) {
  /** From when the call is sent. */
  let take: TakeOutput | undefined;
  /** One piece of output after the other: taking one may wait, and the end must not overtake it. */
  const inOrder = createLimiter({ running: 1, waiting: Infinity });
  /** It is over there: while its last words are shown, a signal ends nothing, and makes nothing unknown. */
  let answered = false;
  /** Its time limit passed before anybody stopped it. */
  let late = false;
  /** Signals that were to stop it: the first ends the tool, which may clean up, and the second leaves it. */
  let stops = 0;
  /** Of the call, while it is under way. */
  let follower: CallFollower | undefined;

  function withoutAnswer(error: unknown): Outcome {
    if (isReaderGone(error)) throw error;
    const isLeft = stops > 1;
    const why = isLeft ? "it was left while the tool ran" : "nothing was heard of it any more";
    const unknown = `${why}; ${END_UNKNOWN}`;
    if (isLeft) return { because: "left", exitCode: EXIT.INTERRUPTED, error: unknown };
    if (late) return { because: "timed out", exitCode: EXIT.TIMED_OUT, error: unknown };
    if (stops > 0) return { because: "lost", exitCode: EXIT.CONNECTION, error: unknown };
    const outcome = failureOn(error);
    const isRefused =
      error instanceof ServerFailure && error.cause instanceof RpcFailure && error.cause.isRefusal;
    if (take === undefined || isRefused) return outcome;
    if (answered) return { ...outcome, because: "failed" };
    const because = outcome.isOfConnection ? "lost" : "unknown";
    return { ...outcome, because, error: `${outcome.error}; ${END_UNKNOWN}` };
  }

  async function fromAnswer(answer: AnswerOf<"refused" | "ended">, checked: Ready): Promise<Outcome> {
    if (answer.kind === "ended") {
      const { output, remark } = answer;
      const notes = firstFew(answer.notes ?? []);
      // Those of the check have been told.
      for (const note of remark === undefined ? notes : [remark, ...notes])
        if (!checked.notes.includes(note)) await onAside(encodeUtf8(messageText(note)));
      if (output !== undefined) await take?.(output.stream, encodeUtf8(output.text));
    }
    const isRefused = answer.kind === "refused";
    const outcome = isRefused ? refusedOutcome(tool, answer) : endedOutcome(answer);
    // A call that had ended before it was told to stop was not cut short.
    const isCut = isRefused || answer.cancelled;
    // The tool's own limit, which the error names.
    if (outcome.because === "timed out") return outcome;
    const error = `it took longer than --timeout allows: ${outcome.error ?? "it was stopped"}`;
    if (late && isCut) return { ...outcome, because: "timed out", exitCode: EXIT.TIMED_OUT, error };
    // What it did not do is no success, however it ended.
    const stoppedCode = (isRefused ? 0 : answer.exitCode) || EXIT.INTERRUPTED;
    if (stops > 0 && isCut) return { ...outcome, because: "stopped", exitCode: stoppedCode };
    // A refusal of what the check had accepted is about this host, not about the call.
    return isRefused ? { ...outcome, because: "cannot run" } : outcome;
  }

  async function make(remote: Remote, checked: Ready, { start, limitMs }: Run): Promise<Outcome> {
    follower = followCalls(remote, tool);
    const onLate = () => {
      // A second signal would leave one that is being stopped already.
      late ||= stops === 0;
      if (!late || answered) return;
      follower?.stop("SIGTERM");
      timer = setTimeout(onLate, Math.max(limitMs ?? 0, STOPPING_MS));
    };
    let timer = limitMs === undefined ? undefined : setTimeout(onLate, limitMs);
    try {
      take = start();
      const answer = await follower.follow(checked.send, undefined);
      answered = true;
      // Where a piece could not be kept, this is no success.
      await remote.during(inOrder(async () => {}));
      if (answer === undefined || answer.kind === "usage")
        return failureOn(new RunspecError("it does not take the call any more"));
      return await fromAnswer(answer, checked);
    } catch (error) {
      return withoutAnswer(error);
    } finally {
      clearTimeout(timer);
      follower = undefined;
      // Others need not wait for the connection to close; `close` does.
      void remote.finish();
    }
  }

  return {
    isStopped: () => stops > 0,
    onOutput: ({ stream, bytes }: Output) => inOrder(async () => take?.(stream, bytes)),
    make,
    /** Sends `signal` to the tool; false where none is under way. */
    stop(signal: NodeJS.Signals): boolean {
      stops++;
      if (follower === undefined) return false;
      if (!answered && (stops > 1 || !late)) follower.stop(signal);
      return true;
    },
  };
}
