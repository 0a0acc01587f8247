/** Leases: how long a client that has promised to be heard may be silent before its tools are ended, as at the end of stdin. */

/** How long a client that says that it is stopped (Ctrl-Z) may be silent. */
const SUSPENDED_MS = 24 * 60 * 60 * 1000;
/** A timer that is later than this says that we ourselves were stopped, or asleep: what the client said meanwhile is still to be read. */
const LATE_MS = 1000;

export function createLeases() {
  let heardAt = performance.now();
  let suspended = false;

  return {
    heard(): void {
      heardAt = performance.now();
      suspended = false;
    },
    /** The client is stopped, and says so before it is. */
    suspend(): void {
      suspended = true;
    },
    /** `onOver` is called when the client has been silent for `ms` milliseconds, unless the returned function is called before. */
    keep(ms: number, onOver: () => void): () => void {
      let due = 0;
      let timer: ReturnType<typeof setTimeout> | undefined;
      wait(ms);

      function wait(time: number): void {
        due = performance.now() + time;
        timer = setTimeout(check, time);
      }

      /** The timer is not moved whenever something is heard, so it mostly comes too early. */
      function check(): void {
        const now = performance.now();
        if (now - due > LATE_MS) heardAt = now;
        const remainingMs = heardAt + (suspended ? SUSPENDED_MS : ms) - now;
        if (remainingMs <= 0) onOver();
        // Looks again after a usual lease at the latest: a suspended client that goes on has that one again.
        else wait(Math.min(remainingMs, ms));
      }
      return () => clearTimeout(timer);
    },
  };
}
