/** Waiting for a condition, for so long, or until a signal to abort; and letting others have their turn of the event loop. */

/** Pauses between looks, each of which may read all processes of the machine: the longer it takes, the longer they are. */
const POLL_MS = { first: 20, last: 100, share: 0.05 };

/** What `look` finds, looking until it finds something, for `ms` milliseconds at most. */
export async function until<T>(look: () => T, ms: number): Promise<T> {
  const since = performance.now();
  for (;;) {
    // Read before a look, which may take long: what ends during it is only heard of afterwards, so one more look follows.
    const waited = performance.now() - since;
    const found = look();
    if (found || waited >= ms) return found;
    await Bun.sleep(Math.min(POLL_MS.first + waited * POLL_MS.share, POLL_MS.last, ms - waited));
  }
}

const LATE_MS = 1000;

/** Calls `act` after `ms` milliseconds, until the returned function is called. Where that comes so late that we were stopped (Ctrl-Z), what came meanwhile is read first. */
export function afterWaiting(ms: number, act: () => void): () => void {
  const late = performance.now() + ms + LATE_MS;
  let timer = setTimeout(() => {
    if (performance.now() < late) act();
    else timer = setTimeout(act, LATE_MS);
  }, ms);
  return () => clearTimeout(timer);
}

/** {@link afterWaiting} that can begin anew: the time counts from the last `start`, until `stop`. */
export function createWait(ms: number, act: () => void) {
  let stop = () => {};
  return {
    start(): void {
      stop();
      stop = afterWaiting(ms, act);
    },
    stop: () => stop(),
  };
}

/** Whether `work` is done within `ms` milliseconds, as {@link afterWaiting} counts them; where it fails before, so does this. */
export function isDoneWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const stop = afterWaiting(ms, () => resolve(false));
  return Promise.race([work.then(() => true), promise]).finally(stop);
}

/** The result of `work`, or a rejection with `signal`'s reason; no listener stays at the signal, which may live as long as we do. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const forget = whenAborted(signal, reject);
  return Promise.race([work, promise]).finally(forget);
}

/** Calls `act` with the reason when `signal` aborts, at once where it has, until the returned function is called. */
export function whenAborted(signal: AbortSignal, act: (reason: unknown) => void): () => void {
  const abort = () => act(signal.reason);
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  return () => signal.removeEventListener("abort", abort);
}

/** How long one piece of work after the other is done before it is somebody else's turn, in milliseconds: a signal's, a timer's. */
const TURN_MS = 20;

/** Gives a function to be awaited between pieces of work that wait for nothing, such as the messages of a chunk that is there: it lets others have their turn. */
export function createTurns(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < TURN_MS) return;
    await new Promise(setImmediate);
    since = performance.now();
  };
}
