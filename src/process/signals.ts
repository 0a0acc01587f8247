/** Signals: those that we send, and those by which somebody stops us. */

import { ptr } from "bun:ffi";
import { constants } from "node:os";
import { codeOf, Interrupted, thrownBy } from "../errors.ts";
import { libc } from "./libc.ts";

/** How long what got KILL is waited for: it may be stuck in the kernel. */
export const KILLED_MS = 1000;

/** Sends a signal to a process, or to a group under its negative number; false when it is not there any more. */
export function sendSignal(pid: number, name: NodeJS.Signals | 0): boolean {
  // EPERM: it is there, and belongs to others.
  return codeOf(thrownBy(() => process.kill(pid, name))) !== "ESRCH";
}

/** Whether there is a process, or a group under its negative number, whoever it belongs to. */
export const exists = (pid: number): boolean => sendSignal(pid, 0);

export const STOP_SIGNALS: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Calls `handler` on each of `signals` until the returned function is called. */
export type OnSignals = (
  signals: readonly NodeJS.Signals[],
  handler: (signal: NodeJS.Signals) => void,
) => () => void;

/** What a terminal, a shell or a supervisor stops programs with, and may have them ignore. */
const MAY_BE_IGNORED: readonly NodeJS.Signals[] = [...STOP_SIGNALS, "SIGQUIT", "SIGTSTP"];
/** Larger than any system's `struct sigaction`, which begins with the handler everywhere. */
const SIGACTION_BYTES = 256;
const SIG_IGN = 1n;

/** The signals that were ignored when we were started, as by `nohup` or a shell's `&`: we do not listen for them. Asked before any are listened for. */
export function ignoredSignals(): NodeJS.Signals[] {
  const { sigaction } = libc();
  if (sigaction === undefined) return [];
  const old = new BigUint64Array(SIGACTION_BYTES / 8);
  return MAY_BE_IGNORED.filter(
    (name) => sigaction(constants.signals[name], null, ptr(old)) === 0 && old[0] === SIG_IGN,
  );
}

const SIG_SETMASK = process.platform === "darwin" ? 3 : 2;

/** From now on these signals alone are blocked, here and in what we start: TERM is to reach a tool that has to clean up. */
export function blockOnly(signals: readonly NodeJS.Signals[]): void {
  const set = signals.reduce((bits, name) => bits | (1n << BigInt(constants.signals[name] - 1)), 0n);
  libc().pthread_sigmask?.(SIG_SETMASK, ptr(new BigUint64Array(SIGACTION_BYTES / 8).fill(set, 0, 1)), null);
}

/** A signal to stop that comes again so soon, in milliseconds, is the same one: `timeout` sends it to its child, then to the whole group, and may be held up in between. */
const SAME_SIGNAL_MS = 100;

/** `handler`, which does not hear the same signal twice. */
export function withoutRepeats(handler: (signal: NodeJS.Signals) => void): typeof handler {
  const heard = new Set<NodeJS.Signals>();
  return (signal) => {
    if (heard.has(signal)) return;
    heard.add(signal);
    setTimeout(() => heard.delete(signal), STOP_SIGNALS.includes(signal) ? SAME_SIGNAL_MS : 0);
    handler(signal);
  };
}

/** Resolves once it is our turn to hear of a signal to our whole group, which may have ended a child first. */
export async function afterSignals(): Promise<void> {
  await new Promise(setImmediate);
}

export const interruptedBy = (signal: NodeJS.Signals) => new Interrupted(signal, constants.signals[signal]);

export type StopListener = ReturnType<typeof listenForStop>;

export function listenForStop(onSignals: OnSignals) {
  const controller = new AbortController();
  const stopListening = onSignals(STOP_SIGNALS, (signal) => controller.abort(interruptedBy(signal)));
  return {
    /** Aborts at the first of them, with an {@link Interrupted} as its reason. */
    signal: controller.signal,
    stopListening,
  };
}

/** How long telling of it may take. */
const ANNOUNCE_MS = 500;

/** Ctrl-Z: `announce` is called before we stop, and again when we go on, until the returned function is called. ssh, which carries the word, does not stop. */
export function onSuspend(onSignals: OnSignals, announce: (suspended: boolean) => Promise<void>): () => void {
  if (process.platform === "win32") return () => {};
  const stops = onSignals(["SIGTSTP"], () => {
    const stop = () => process.kill(process.pid, "SIGSTOP");
    void Promise.race([announce(true), Bun.sleep(ANNOUNCE_MS)]).then(stop, stop);
  });
  const goes = onSignals(["SIGCONT"], () => void announce(false));
  return () => {
    stops();
    goes();
  };
}
