/** At most so many at once; the rest wait their turn, in order, and past a second limit are turned away. */

import { RunspecError } from "../../errors.ts";

export type Limiter = ReturnType<typeof createLimiter>;

export function createLimiter(limits: {
  running: number;
  waiting: number;
  /** Bytes of the requests that wait; left out: as many as they are. */
  waitingBytes?: number;
}) {
  let running = 0;
  let waitingBytes = 0;
  /** Each is called to take over the place of one that has ended. */
  const waiting = new Set<() => void>();

  /** Takes a place, at once where one is free: before anything is awaited, or two would take the same one. */
  function takePlace(signal: AbortSignal, bytes: number): Promise<void> | undefined {
    if (running < limits.running) {
      running++;
      return undefined;
    }
    if (waiting.size >= limits.waiting || waitingBytes + bytes > (limits.waitingBytes ?? Infinity))
      throw new RunspecError(`${waiting.size} calls are waiting already; nothing was run`);
    waitingBytes += bytes;
    return new Promise((resolve, reject) => {
      const takeOver = () => {
        waitingBytes -= bytes;
        signal.removeEventListener("abort", giveUp);
        resolve();
      };
      const giveUp = () => {
        waiting.delete(takeOver);
        waitingBytes -= bytes;
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
    /** Runs `work`, asked for in `bytes`, when there is room; rejects where too many wait, and if `signal` aborts meanwhile, with its reason. */
    async run<T>(signal: AbortSignal, work: () => Promise<T>, bytes = 0): Promise<T> {
      signal.throwIfAborted();
      await takePlace(signal, bytes);
      try {
        signal.throwIfAborted();
        return await work();
      } finally {
        release();
      }
    },
  };
}
