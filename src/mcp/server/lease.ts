/** Leases: how long a client that has promised to be heard may be silent before its tools are ended, as at the end of stdin. */

import { EXIT } from "../../errors.ts";
import { visible } from "../../text.ts";
import type { ServedOutcome } from "../tool-host.ts";

/** What a call is aborted with when its client has been silent for too long. */
export const LEASE_OVER = Symbol("lease over");

/** How long a client that says that it is stopped (Ctrl-Z) may be silent. */
const SUSPENDED_MS = 24 * 60 * 60 * 1000;
/** A timer that is later than this says that we ourselves were stopped, or asleep: what the client said meanwhile is still to be read. */
const LATE_MS = 1000;

export interface Clock {
  /** Milliseconds, from anywhere. */
  now(): number;
  /** Calls `action` once after `ms` milliseconds, until the returned function is called. */
  after(ms: number, action: () => void): () => void;
}

export interface Leases {
  /** Something came from the client. */
  heard(): void;
  /** The client is stopped, and says so before it is. */
  suspend(): void;
  /** `over` is called when the client has been silent for `ms` milliseconds, unless the returned function is called before. */
  keep(ms: number, over: () => void): () => void;
}

interface Lease {
  ms: number;
  since: number;
  over(): void;
}

const REAL: Clock = {
  now: () => performance.now(),
  after(ms, action) {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};

export function createLeases(clock: Clock = REAL): Leases {
  const leases = new Set<Lease>();
  let heardAt = clock.now();
  let suspended = false;
  let timer: { at: number; stop(): void } | undefined;

  const endOf = ({ ms, since }: Lease) => Math.max(heardAt, since) + (suspended ? SUSPENDED_MS : ms);

  /** The timer may be early, since nothing is moved whenever something is heard; then it is set again. */
  function arm(): void {
    const ends = [...leases].map(endOf);
    const at = ends.length === 0 ? undefined : Math.min(...ends);
    if (at === undefined || (timer !== undefined && timer.at <= at)) return;
    timer?.stop();
    timer = { at, stop: clock.after(at - clock.now(), expire) };
  }

  function expire(): void {
    const now = clock.now();
    if (timer !== undefined && now - timer.at > LATE_MS) heardAt = now;
    timer = undefined;
    for (const lease of [...leases]) {
      if (endOf(lease) > now) continue;
      leases.delete(lease);
      lease.over();
    }
    arm();
  }

  return {
    heard() {
      heardAt = clock.now();
      if (!suspended) return;
      suspended = false;
      timer?.stop();
      timer = undefined;
      arm();
    },
    suspend() {
      suspended = true;
    },
    keep(ms, over) {
      const lease = { ms, since: clock.now(), over };
      leases.add(lease);
      arm();
      return () => {
        leases.delete(lease);
        if (leases.size > 0) return;
        timer?.stop();
        timer = undefined;
      };
    },
  };
}

/** A client that has come back is told why its tool is gone: the connection was as good as lost. */
export function lapsed(outcome: ServedOutcome, name: string, leaseMs: number): ServedOutcome {
  if (outcome.kind !== "ended") return outcome;
  const end = outcome.explanation ?? `${visible(name)} was stopped`;
  const explanation = `nothing was heard from its client for ${leaseMs / 1000} s: ${end}`;
  return { ...outcome, exitCode: EXIT.CONNECTION, explanation };
}
