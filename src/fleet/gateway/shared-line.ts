/** The line to a host that its calls share: opened by the first, replaced where it is dead, closed when nobody has used it for a while. */

import { handledElsewhere } from "../../errors.ts";
import { unlessAborted } from "../../process/signals.ts";
import type { Line } from "./dial.ts";

export interface Times {
  idleMs: number;
  /** After so long without a word it is asked whether it is still there: a call is sent only once. */
  quietMs: number;
  now(): number;
}

interface Held {
  line: Promise<Line>;
  users: number;
  talked: number;
  idle?: ReturnType<typeof setTimeout>;
}

/** `dial` opens one, and calls back when it has ended. */
export function shareLine(dial: (onEnd: () => void) => Promise<Line>, { idleMs, quietMs, now }: Times) {
  let current: Held | undefined;

  function open(): Held {
    if (current !== undefined) return current;
    const held: Held = { line: dial(() => drop(held)), users: 0, talked: now() };
    current = held;
    held.line.then(
      () => rest(held),
      () => drop(held),
    );
    return held;
  }

  function drop(held: Held): void {
    if (current === held) current = undefined;
  }

  /** Nobody talks to it for now. */
  function rest(held: Held): void {
    held.talked = now();
    clearTimeout(held.idle);
    if (held.users > 0) return;
    // A line that has been replaced was only waiting for its last call to end.
    if (current !== held) return void hangUp(held);
    held.idle = setTimeout(() => void hangUp(held), idleMs);
    held.idle.unref();
  }

  async function hangUp(held: Held): Promise<void> {
    drop(held);
    clearTimeout(held.idle);
    await held.line.then((line) => line.close()).catch(handledElsewhere);
  }

  /** Does `work` on it, unless `signal` aborts before there is one. */
  async function use<T>(signal: AbortSignal, work: (line: Line) => Promise<T>): Promise<T> {
    const held = open();
    clearTimeout(held.idle);
    held.users++;
    try {
      const line = await unlessAborted(held.line, signal);
      const isQuiet = now() - held.talked >= quietMs;
      if (!isQuiet || (await unlessAborted(line.isThere(), signal))) return await work(line);
      // Calls under way stay on it: how they go on is not known.
      drop(held);
    } finally {
      held.users--;
      rest(held);
    }
    return use(signal, work);
  }

  return {
    use,
    open: (): Promise<unknown> => open().line,
    isOpen: () => current !== undefined,
    async close(): Promise<void> {
      if (current !== undefined) await hangUp(current);
    },
  };
}
