/** Noticing that a connection has gone silent. Time counts only while we listen: a slow reader of ours is no silence. */

export interface Watch {
  /** Whether a read is pending now. */
  reading(pending: boolean): void;
  /** Something arrived. */
  heard(): void;
  /** The handshake is done. From now on a peer that can be is asked for a sign of life before it is given up; any other is left alone. */
  mayProbe(may: boolean): void;
  stop(): void;
}

export function createWatch(options: { patienceMs: number; onSilent(): void; probe(): void }): Watch {
  let mode: "handshake" | "probe" | "off" = "handshake";
  let listening = false;
  let probed = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function arm(): void {
    clearTimeout(timer);
    if (mode !== "off" && listening) timer = setTimeout(expire, options.patienceMs);
  }

  function expire(): void {
    if (mode === "probe" && !probed) {
      probed = true;
      options.probe();
      arm();
      return;
    }
    mode = "off";
    options.onSilent();
  }

  return {
    reading(pending) {
      if (listening === pending) return;
      listening = pending;
      // Before the handshake the clock runs on through noise, or a slow drip of it would never end.
      if (mode === "handshake" && timer !== undefined) return;
      arm();
    },
    heard() {
      probed = false;
      if (mode === "probe") arm();
    },
    mayProbe(may) {
      mode = may ? "probe" : "off";
      arm();
    },
    stop() {
      mode = "off";
      clearTimeout(timer);
    },
  };
}
