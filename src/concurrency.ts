/** At most so many at once: of what comes ({@link createLimiter}), and of a list that is there ({@link eachOf}). */

import { RunspecError } from "./errors.ts";

export type Limiter = ReturnType<typeof createLimiter>;

interface Turn {
  signal?: AbortSignal;
  /** Of the request. */
  bytes?: number;
}

/** Gives a function that does `work` when there is room, in the order in which it is asked. It rejects where too many wait, and if `signal` aborts meanwhile, with its reason. */
export function createLimiter(limits: {
  running: number;
  waiting: number;
  /** Bytes of the requests of both, each counted from its request to its end; left out: no limit. */
  bytes?: number;
}) {
  let running = 0;
  let held = 0;
  /** Each is called to take over the place of one that has ended. */
  const waiting = new Set<() => void>();

  /** Waits for the place of one that ends. */
  async function turnOf({ signal }: Turn): Promise<void> {
    if (waiting.size >= limits.waiting)
      throw new RunspecError(
        `${waiting.size} calls are waiting already; nothing was run: make fewer at a time`,
      );
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const giveUp = () => {
      waiting.delete(resolve);
      reject(signal?.reason);
    };
    waiting.add(resolve);
    signal?.addEventListener("abort", giveUp, { once: true });
    await promise.finally(() => signal?.removeEventListener("abort", giveUp));
  }

  function release(): void {
    const [next] = waiting;
    if (next === undefined) running--;
    else waiting.delete(next);
    next?.();
  }

  return async <T>(work: () => Promise<T>, turn: Turn = {}): Promise<T> => {
    const { signal, bytes = 0 } = turn;
    signal?.throwIfAborted();
    if (held + bytes > (limits.bytes ?? Infinity))
      throw new RunspecError(
        "the calls under way hold too many bytes; nothing was run: make fewer at a time",
      );
    held += bytes;
    try {
      // A free place is taken before anything is awaited, or two would take the same one.
      if (running < limits.running) running++;
      else await turnOf(turn);
      if (signal?.aborted) release();
      signal?.throwIfAborted();
      return await work().finally(release);
    } finally {
      held -= bytes;
    }
  };
}

/** `work` on each of `items`, on so many at a time. */
export async function eachOf<T>(items: readonly T[], parallel: number, work: (item: T) => Promise<unknown>) {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(parallel, items.length) }, worker));
}
