/** The session with a host that its calls share: opened by the first, replaced where it is dead, closed when nobody has used it for a while. */

import { handledElsewhere } from "../../errors.ts";
import { unlessAborted } from "../../process/waiting.ts";
import { type HostSession, type Opening, WANTED } from "./dial.ts";

export interface Times {
  idleMs: number;
  /** After so long without a word it is asked whether it is still there: a call is sent only once. */
  quietMs: number;
  now(): number;
}

type Work<T> = (session: HostSession) => Promise<T>;

interface SharedSession extends Opening {
  users: number;
  talked: number;
  idle?: ReturnType<typeof setTimeout>;
}

/** `dial` opens one, and calls back when it has ended. */
export function shareSession(dial: (onEnd: () => void) => Opening, times: Times) {
  const { idleMs, quietMs, now } = times;
  let current: SharedSession | undefined;

  function open(wanted: number): SharedSession {
    if (current === undefined) {
      const held: SharedSession = { ...dial(() => drop(held)), users: 0, talked: now() };
      current = held;
      held.session.then(() => rest(held)).catch(() => drop(held));
    }
    current.want(wanted);
    return current;
  }

  function drop(shared: SharedSession): void {
    if (current === shared) current = undefined;
  }

  /** Nobody talks to it for now. */
  function rest(shared: SharedSession, heard = true): void {
    if (heard) shared.talked = now();
    clearTimeout(shared.idle);
    if (shared.users > 0) return;
    if (current === shared) shared.idle = setTimeout(() => void end(shared), idleMs).unref();
    // A session that has been replaced was only waiting for its last call to end.
    else void end(shared);
  }

  async function end(shared: SharedSession): Promise<void> {
    drop(shared);
    clearTimeout(shared.idle);
    await shared.session.then((session) => session.close()).catch(handledElsewhere);
  }

  /** Does `work` on it, unless `signal` aborts before there is one. */
  async function use<T>(signal: AbortSignal, wanted: number, work: Work<T>): Promise<T> {
    const shared = open(wanted);
    clearTimeout(shared.idle);
    shared.users++;
    let heard = wanted === WANTED.call;
    try {
      const session = await unlessAborted(shared.session, signal);
      if (now() - shared.talked < quietMs) return await work(session);
      heard = await unlessAborted(session.isThere(), signal);
      if (heard) return await work(session);
      // Calls under way stay on it: how they go on is not known.
      drop(shared);
    } finally {
      shared.users--;
      rest(shared, heard);
    }
    return use(signal, wanted, work);
  }

  return {
    use,
    /** Resolves once it is open; whether it is still there is not asked. */
    open: async (wanted: number): Promise<unknown> => open(wanted).session,
    close: async (): Promise<void> => current && end(current),
  };
}
