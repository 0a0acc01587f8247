/** Noticing that a server which has answered has gone silent. Time counts only while we listen: a slow reader of ours is no silence. */

/** `ping` asks for a sign of life; where that, too, is followed by silence, `onSilent` is called. */
export function createHeartbeat(options: { patienceMs: number; ping(): void; onSilent(): void }) {
  let started = false;
  let listening = false;
  let pinged = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function arm(): void {
    clearTimeout(timer);
    if (started && listening) timer = setTimeout(expire, options.patienceMs);
  }

  function expire(): void {
    if (pinged) options.onSilent();
    else {
      pinged = true;
      options.ping();
      arm();
    }
  }

  return {
    /** From now on the server is asked for a sign of life where it is silent. */
    start() {
      started = true;
      arm();
    },
    reading(pending: boolean) {
      listening = pending;
      arm();
    },
    heard() {
      pinged = false;
      arm();
    },
    stop() {
      started = false;
      arm();
    },
  };
}
