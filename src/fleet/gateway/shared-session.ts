/** The session with a host that its calls share: opened by the first, replaced where it is dead, closed when nobody has used it for a while. */

import { handledElsewhere } from "../../errors.ts";
import { unlessAborted } from "../../process/waiting.ts";
import type { HostSession, PendingSession } from "./dial.ts";

type Work<T> = (session: HostSession) => Promise<T>;

interface SharedSession extends PendingSession {
  users: number;
  idle?: ReturnType<typeof setTimeout>;
}

/** `dial` opens one, and calls back when it has ended. It is closed when it was idle for `idleMs`. */
export function shareSession(dial: (onEnd: () => void) => PendingSession, idleMs: number) {
  let current: SharedSession | undefined;
  /** All that are not closed yet: one that was replaced waits for its last call. */
  const sessions = new Set<SharedSession>();

  function open(wanted: number): SharedSession {
    if (current === undefined) {
      const held: SharedSession = { ...dial(() => void end(held)), users: 0 };
      sessions.add(held);
      current = held;
      held.session.then(() => rest(held)).catch(() => end(held));
    }
    current.want(wanted);
    return current;
  }

  /** Nobody talks to it for now. */
  function rest(shared: SharedSession): void {
    clearTimeout(shared.idle);
    if (shared.users > 0) return;
    if (current === shared) shared.idle = setTimeout(() => void end(shared), idleMs).unref();
    // A session that has been replaced was only waiting for its last call to end.
    else void end(shared);
  }

  async function end(shared: SharedSession): Promise<void> {
    if (current === shared) current = undefined;
    clearTimeout(shared.idle);
    await shared.session.then((session) => session.close()).catch(handledElsewhere);
    sessions.delete(shared);
  }

  /** Does `work` on it, unless `signal` aborts before there is one. */
  async function use<T>(signal: AbortSignal, wanted: number, work: Work<T>): Promise<T> {
    const shared = open(wanted);
    clearTimeout(shared.idle);
    shared.users++;
    try {
      const session = await unlessAborted(shared.session, signal);
      if (await unlessAborted(session.isThere(), signal)) return await work(session);
      // Calls under way stay on it: how they go on is not known.
      if (current === shared) current = undefined;
    } finally {
      shared.users--;
      rest(shared);
    }
    return use(signal, wanted, work);
  }

  return {
    use,
    /** Whether there is one, or will be: it may have replaced another. */
    exists: () => current !== undefined,
    /** Resolves once it is open; whether it is still there is not asked. */
    open: async (wanted: number): Promise<unknown> => open(wanted).session,
    close: async (): Promise<unknown> => Promise.all([...sessions].map(end)),
  };
}
