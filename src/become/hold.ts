/** Keeps bytes back until it is known whose they are, `sizeMax` of them for `holdMs` at the most: a become program may quote a secret, which is masked only where it is whole. */

import { handledElsewhere } from "../errors.ts";

export function createHold(forward: (bytes: Uint8Array) => Promise<void>, sizeMax: number, holdMs: number) {
  let held = Buffer.alloc(0);
  /** `overdue`: the time ran out before it was known whose they are. */
  let state: "holding" | "over" | "overdue" = "holding";
  let passing: Promise<void> = Promise.resolve();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function release(why: "over" | "overdue" = "over"): Promise<void> {
    clearTimeout(timer);
    if (state === "holding") state = why;
    const bytes = held;
    held = Buffer.alloc(0);
    if (bytes.length > 0) passing = passing.then(() => forward(bytes));
    // The next to be passed on rejects, too.
    passing.catch(handledElsewhere);
    return passing;
  }

  return {
    /** Takes what has come; `known`: whose it is. Resolves when there is room for more. */
    async take(bytes: Uint8Array, known: boolean): Promise<void> {
      // A copy: the caller may use them again.
      held = Buffer.concat([held, bytes]);
      if (state !== "holding" || known || held.length > sizeMax) return release();
      timer ??= setTimeout(release, holdMs, "overdue");
    },
    /** Passes on what was kept, and from now on what comes as it comes. */
    release: () => release(),
    state: () => state,
  };
}
