/** The signals by which somebody stops us, as an AbortSignal. */

import { Interrupted } from "../errors.ts";

export const STOP_SIGNALS: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

export type OnSignals = (
  signals: readonly NodeJS.Signals[],
  handler: (signal: NodeJS.Signals) => void,
) => () => void;

export function interruptedBy(signal: NodeJS.Signals): Interrupted {
  // Not loaded for a call that nobody stops.
  const { constants }: typeof import("node:os") = require("node:os");
  return new Interrupted(signal, constants.signals[signal]);
}

export interface Stop {
  /** Aborts at the first of them, with an {@link Interrupted} as its reason. */
  signal: AbortSignal;
  stopListening(): void;
}

/** A stop of which also what comes after the first signal is told. */
export interface OnStop extends Stop {
  /** Calls `handler` at each from now on. */
  onStop(handler: (signal: NodeJS.Signals) => void): void;
}

export function listenForStop(onSignals: OnSignals): OnStop {
  const controller = new AbortController();
  let onStop: (signal: NodeJS.Signals) => void = () => {};
  const stopListening = onSignals(STOP_SIGNALS, (signal) => {
    controller.abort(interruptedBy(signal));
    onStop(signal);
  });
  return {
    signal: controller.signal,
    stopListening,
    onStop(handler) {
      onStop = handler;
    },
  };
}
