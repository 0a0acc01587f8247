/** Work that waits for its turn: on so many hosts at a time, or one piece after another. */

import { handledElsewhere } from "../errors.ts";

/** `work` on each of `items`, on so many at a time. */
export async function eachOf<T>(
  items: readonly T[],
  parallel: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(parallel, items.length) }, worker));
}

/** What does each piece of work when those before it are done, however they ended. */
export function oneAfterAnother(): <T>(work: () => Promise<T>) => Promise<T> {
  let turn: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = turn.then(work);
    turn = done.catch(handledElsewhere);
    return done;
  };
}
