/** Bytes that are kept back until it is known whose they are: a become program may quote a secret, which is masked only where it is whole. */

import { handledElsewhere } from "../errors.ts";

/** Keeps `sizeMax` bytes for `holdMs` from the first on, at the most. */
export function createHold(pass: (bytes: Uint8Array) => Promise<void>, sizeMax: number, holdMs: number) {
  let held: Uint8Array[] = [];
  let size = 0;
  /** `overdue`: the time ran out before it was known whose they are. */
  let state: "holding" | "over" | "overdue" = "holding";
  let passing: Promise<void> = Promise.resolve();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function release(why: "over" | "overdue" = "over"): Promise<void> {
    clearTimeout(timer);
    if (state === "holding") state = why;
    const bytes = Buffer.concat(held);
    held = [];
    if (bytes.length > 0) passing = passing.then(() => pass(bytes));
    // The next to be passed on rejects, too.
    passing.catch(handledElsewhere);
    return passing;
  }

  return {
    /** Takes what has come; `known`: whose it is. Resolves when there is room for more. */
    async take(bytes: Uint8Array, known: boolean): Promise<void> {
      // The caller may use them again; `slice` of a Buffer would be no copy.
      held.push(new Uint8Array(bytes));
      size += bytes.length;
      if (state !== "holding" || known || size > sizeMax) return release();
      timer ??= setTimeout(release, holdMs, "overdue");
    },
    /** Passes on what was kept, and from now on what comes as it comes. */
    release: () => release(),
    state: () => state,
  };
}
