/** Sending the output of one call, which waits for its reader; but not for ever for one that has not been heard for so long. */

import type { Parts } from "./bytes.ts";
import { LEASE_OVER } from "./lease.ts";

/** How long a client whose lease is over may take nothing more. */
const READER_GONE_MS = 4000;

/** Sends messages one after the other, unless `silenced`. */
export function createSender(
  post: (message: Parts) => Promise<void>,
  signal: AbortSignal,
  silenced: () => boolean,
): (messages: readonly Parts[]) => Promise<void> {
  const waiting = new Set<() => void>();
  let gone = false;
  let taken = 0;

  /** From the end of the lease on: the reader is there as long as it takes something now and then. */
  function expectReader(): void {
    const seen = taken;
    setTimeout(() => {
      gone = seen === taken && waiting.size > 0;
      if (!gone) return expectReader();
      for (const release of waiting) release();
    }, READER_GONE_MS).unref();
  }
  const onAbort = () => {
    if (signal.reason === LEASE_OVER) expectReader();
  };
  signal.addEventListener("abort", onAbort, { once: true });

  return async (messages) => {
    for (const message of messages) {
      if (silenced() || gone) continue;
      await new Promise<void>((resolve, reject) => {
        waiting.add(resolve);
        post(message)
          .then(() => taken++)
          .finally(() => waiting.delete(resolve))
          .then(() => resolve(), reject);
      });
    }
  };
}
