/** At most so many at once; the rest wait their turn, in order. */

export interface Limiter {
  /** Runs `work` when there is room; rejects with the signal's reason if it aborts while still waiting. */
  run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

export function createLimiter(limit: number): Limiter {
  let running = 0;
  const waiting = new Set<() => void>();

  async function turn(signal: AbortSignal): Promise<void> {
    if (running < limit) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = () => reject(signal.reason);
    waiting.add(resolve);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await promise;
    } finally {
      waiting.delete(resolve);
      signal.removeEventListener("abort", onAbort);
    }
  }

  function release(): void {
    running--;
    const [next] = waiting;
    if (next === undefined) return;
    waiting.delete(next);
    next();
  }

  return {
    async run(signal, work) {
      signal.throwIfAborted();
      await turn(signal);
      running++;
      try {
        return await work();
      } finally {
        release();
      }
    },
  };
}
