/** Noticing a host that is down: ssh itself may wait for minutes where packets are dropped. */

import type { Address } from "../hosts/address.ts";

/** After which part of our patience the address is tried, and for which part of it: 5 s of 30 each. */
const PART = 1 / 6;
/** A look is not shorter than this, on a machine with more to do, or than half of our patience. */
const SHORTEST_LOOK_MS = 1500;

export interface DownWatch {
  stop(): void;
}

/** Tries the address when nothing has been heard for a while, and tells what was found; `isDown` where nobody answers there. */
export function watchForDown(
  options: { patienceMs: number; lookAtAddress?: (limitMs: number) => Promise<Address | undefined> },
  told: { heard(): boolean; found(address: Address): void; isDown(): void },
): DownWatch {
  const { patienceMs, lookAtAddress } = options;
  if (lookAtAddress === undefined) return { stop() {} };
  const limitMs = Math.max(patienceMs * PART, Math.min(SHORTEST_LOOK_MS, patienceMs / 2));
  let stopped = false;
  async function look(): Promise<void> {
    if (told.heard()) return;
    const address = await lookAtAddress?.(limitMs);
    if (stopped || address === undefined || told.heard()) return;
    told.found(address);
    if ("silentFor" in address) told.isDown();
  }
  const timer = setTimeout(() => void look().catch(() => {}), patienceMs * PART);
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
