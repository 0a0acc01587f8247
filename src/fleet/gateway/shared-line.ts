/** The line to a host that its calls share: opened by the first, replaced where it is dead, closed when nobody has used it for a while. */

import { toldElsewhere } from "../../errors.ts";
import type { Line } from "./dial.ts";

export interface SharedLine {
  /** Does `work` on it, unless `signal` aborts before there is one. */
  use<T>(signal: AbortSignal, work: (line: Line) => Promise<T>): Promise<T>;
  /** Opens it, where it is not. */
  open(): Promise<unknown>;
  isOpen(): boolean;
  close(): Promise<void>;
}

export interface Times {
  idleMs: number;
  /** How long nobody may have talked to it before it is asked whether it is still there: a call is sent only once. */
  quietMs: number;
  now(): number;
}

interface Held {
  line: Promise<Line>;
  users: number;
  talked: number;
  checking?: Promise<boolean> | undefined;
  idle?: ReturnType<typeof setTimeout>;
}

/** `dial` opens one, and calls back when it has ended. */
export function shareLine(dial: (onEnd: () => void) => Promise<Line>, times: Times): SharedLine {
  const { idleMs, quietMs, now } = times;
  let current: Held | undefined;

  function open(): Held {
    if (current !== undefined) return current;
    const held: Held = { line: dial(() => drop(held)), users: 0, talked: now() };
    current = held;
    held.line.then(
      () => {
        held.talked = now();
        rest(held);
      },
      () => drop(held),
    );
    return held;
  }

  function drop(held: Held): void {
    if (current === held) current = undefined;
  }

  function rest(held: Held): void {
    clearTimeout(held.idle);
    if (held.users > 0) return;
    // One that has been replaced has been waiting for its last call.
    if (current !== held) return void hangUp(held);
    held.idle = setTimeout(() => {
      drop(held);
      void hangUp(held);
    }, idleMs);
    held.idle.unref?.();
  }

  async function hangUp({ line }: Held): Promise<void> {
    await line.then((opened) => opened.close()).catch(toldElsewhere);
  }

  function isThere(held: Held): Promise<boolean> {
    held.checking ??= held.line
      .then((line) => line.isThere())
      .finally(() => {
        held.checking = undefined;
      });
    return held.checking;
  }

  function enter(held: Held): Held {
    clearTimeout(held.idle);
    held.users++;
    return held;
  }

  function leave(held: Held): void {
    held.users--;
    held.talked = now();
    rest(held);
  }

  return {
    async use(signal, work) {
      let held = enter(open());
      try {
        const isQuiet = now() - held.talked >= quietMs;
        if (isQuiet && !(await unlessAborted(isThere(held), signal))) {
          // Calls that are under way on the other one stay there: nobody knows how they go on.
          drop(held);
          const dead = held;
          held = enter(open());
          leave(dead);
        }
        return await work(await unlessAborted(held.line, signal));
      } finally {
        leave(held);
      }
    },
    open: () => open().line,
    isOpen: () => current !== undefined,
    async close() {
      const last = current;
      if (last === undefined) return;
      drop(last);
      clearTimeout(last.idle);
      await hangUp(last);
    },
  };
}

/** Waits for `work`, and for no longer than `ms`. */
export async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, promise]).finally(() => clearTimeout(timer));
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const leave = () => reject(signal.reason);
  if (signal.aborted) leave();
  else signal.addEventListener("abort", leave, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", leave);
  }
}
