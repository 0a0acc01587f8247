/** At most so many at once; the rest wait their turn, in order, and past a second limit are turned away. */

export interface Limiter {
  /**
   * Runs `work` when there is room; rejects with the signal's reason if it aborts while still waiting, and with
   * {@link TooManyWaiting} where the queue is full.
   */
  run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

export class TooManyWaiting extends Error {
  constructor(waiting: number) {
    super(`${waiting} calls are waiting already; nothing was run`);
  }
}

export function createLimiter(limits: { running: number; waiting: number }): Limiter {
  let running = 0;
  /** Each takes over the place of one that has ended. */
  const waiting = new Set<() => void>();

  /** Takes a place, at once where one is free: before anything is awaited, or two would take the same one. */
  function turn(signal: AbortSignal): Promise<void> | undefined {
    if (running < limits.running) {
      running++;
      return undefined;
    }
    if (waiting.size >= limits.waiting) throw new TooManyWaiting(waiting.size);
    return new Promise((resolve, reject) => {
      const takeOver = () => {
        signal.removeEventListener("abort", giveUp);
        resolve();
      };
      const giveUp = () => {
        waiting.delete(takeOver);
        reject(signal.reason);
      };
      waiting.add(takeOver);
      signal.addEventListener("abort", giveUp, { once: true });
    });
  }

  function release(): void {
    const [next] = waiting;
    if (next === undefined) {
      running--;
      return;
    }
    waiting.delete(next);
    next();
  }

  return {
    async run(signal, work) {
      signal.throwIfAborted();
      await turn(signal);
      try {
        signal.throwIfAborted();
        return await work();
      } finally {
        release();
      }
    },
  };
}
