/** Scripts of ours on the remote, each to its end: what they are given, how long they are waited for, and what a person sees meanwhile. */

import type { Context } from "../../context.ts";
import { EXIT, RunspecError } from "../../errors.ts";
import { lookAtAddress, watchForDown } from "../../hosts/address.ts";
import { isWindowsPath } from "../../hosts/bin.ts";
import { diagnose } from "../../hosts/diagnose.ts";
import { copyToWindows, doctorCommand } from "../../hosts/remedy.ts";
import { routeTo } from "../../hosts/route.ts";
import { saysNoConnection } from "../../hosts/ssh-messages.ts";
import { endSsh, readPatience, sentToOurGroup, spawnSsh } from "../../hosts/ssh-process.ts";
import type { MarkedLines } from "../../process/marked-lines.ts";
import { afterSignals, interruptedBy, STOP_SIGNALS } from "../../process/signals.ts";
import { collect } from "../../process/source.ts";
import { createWait, unlessAborted } from "../../process/waiting.ts";
import { visible } from "../../text.ts";
import { NOISE_MAX_BYTES } from "../observer.ts";
import { type InstallAttempt, readScript } from "./failures.ts";
import { showProgress } from "./progress.ts";
import { MARK } from "./scripts.ts";

/** Bytes that are written to ssh at once. */
const PIECE = 64 * 1024;

/** The outcome where all was sent of what changes something there, and nothing came back. */
const UNKNOWN = "whether that was done there is not known";

interface Script {
  /** Whether it changes something there; else it looks. */
  changes?: boolean;
  input?: Uint8Array;
}

/** Runs scripts of ours there, whose words are quoted already, to what they say; a silent one is given up. @throws RunspecError where one does not end; Interrupted */
export function scriptRunner({ destination, outcome }: InstallAttempt, context: Context) {
  const { alias, bin } = destination;
  const what = `${visible(alias)}: ${visible(bin.path)} is a path of Windows, where --install does not work`;
  if (isWindowsPath(bin.path)) throw new RunspecError(what, { hint: copyToWindows(destination, bin.path) });
  const { env } = context;
  const { patienceMs } = readPatience(context);
  return async (command: readonly string[], { changes, input }: Script = {}): Promise<MarkedLines> => {
    const { argv } = routeTo(destination, context, command);
    const attempt = { destination, outcome: changes && input === undefined ? UNKNOWN : outcome };
    const shieldedFrom = sentToOurGroup();
    const stdin = input === undefined ? "null" : "pipe";
    const progress = showProgress(`copying to ${visible(alias)}`, input?.length ?? 0, context);
    const patience = startPatience(attempt, env, patienceMs);
    // With no reader left for the result, there is no use in going on.
    void context.stdout.failure.then(patience.giveUp);
    // Before there is a child: a signal in between would end us and leave the child.
    const stopListening = context.onSignals(STOP_SIGNALS, (signal) => patience.giveUp(interruptedBy(signal)));
    const child = spawnSsh({ argv, env, stdin, output: "pipe", ownGroup: false, shieldedFrom });
    const heard = () => patience.heard(stdout.size() + stderr.size(), stdout.bytes().includes(MARK));
    const stdout = collect(child.stdout, NOISE_MAX_BYTES, heard);
    const stderr = collect(child.stderr, NOISE_MAX_BYTES, async (bytes) => {
      heard();
      // What comes after we gave up must not bury the sentence that says why.
      if (patience.over.aborted) return;
      await progress.clear();
      await context.stderr.write(bytes);
    });
    function sent(bytes: number): void {
      patience.moved();
      if (changes && bytes === input?.length) attempt.outcome = UNKNOWN;
      progress.sent(bytes);
    }
    try {
      const all = Promise.all([stdout.ended, stderr.ended, input && send(input, child.stdin, sent)]);
      const ended = all.then(() => child.exited).finally(afterSignals);
      const { exitCode } = await unlessAborted(ended, patience.over);
      const words = stderr.bytes().toString();
      // It has said how it ended.
      if (exitCode !== EXIT.CONNECTION || saysNoConnection(words)) attempt.outcome = outcome;
      return readScript({ exitCode, stdout: stdout.bytes().toString(), stderr: words }, attempt);
    } finally {
      patience.stop();
      stopListening();
      if (patience.over.aborted) await endSsh(child);
      await Promise.all([child.stdout.close(), child.stderr.close(), progress.clear()]);
    }
  };
}

function startPatience(attempt: InstallAttempt, env: Record<string, string>, patienceMs: number) {
  const { destination } = attempt;
  const { alias } = destination;
  const patience = Math.round(patienceMs / 1000);
  const over = new AbortController();
  const giveUp = (why: unknown) => over.abort(why);
  let hasSpoken = false;
  /** Our script runs. What a start-up file of the remote's shell prints before it, perhaps for ever, is no answer. */
  let hasAnswered = false;

  function end(what: string, code: number = EXIT.FAILED): void {
    const hint = doctorCommand(destination);
    giveUp(new RunspecError(`${visible(alias)}: ${what}; ${attempt.outcome}`, { exitCode: code, hint }));
  }

  const silence = createWait(patienceMs, () => {
    if (hasAnswered) end(`the connection went silent for ${patience} s`, EXIT.CONNECTION);
    else end(`it did not answer within ${patience} s`);
  });
  silence.start();
  const waits = { patienceMs, lookAtAddress: (ms: number) => lookAtAddress(destination, env, ms) };
  const stopLooking = watchForDown(waits, {
    heard: () => hasSpoken,
    found(address) {
      if (address.kind !== "down") return;
      const evidence = { end: undefined, handshake: false, noise: undefined, stderr: "", withoutCall: true };
      giveUp(diagnose({ ...evidence, alias, destination, gaveUp: "no answer", patience, address }));
    },
  });
  return {
    /** Aborts with why it is not waited for any longer. */
    over: over.signal,
    giveUp,
    /** Something was taken, which may lie in the pipes of this machine. */
    moved: silence.start,
    /** Something has come, `bytes` in all; `ofScript`: also of our script. */
    heard(bytes: number, ofScript: boolean) {
      hasSpoken = true;
      hasAnswered = ofScript;
      if (bytes > NOISE_MAX_BYTES) end("it prints without end where a few words are expected");
      if (hasAnswered) silence.start();
    },
    stop() {
      silence.stop();
      stopLooking();
    },
  };
}

/** `sent` is told how many bytes ssh has taken. */
async function send(
  bytes: Uint8Array,
  sink: ReturnType<typeof spawnSsh>["stdin"],
  sent: (bytes: number) => void,
): Promise<void> {
  try {
    for (let start = 0; start < bytes.length; start += PIECE) {
      await sink?.write(bytes.subarray(start, start + PIECE));
      sent(Math.min(start + PIECE, bytes.length));
    }
  } catch {
    // The remote stopped reading; its exit code says why.
  }
  await sink?.end();
}
