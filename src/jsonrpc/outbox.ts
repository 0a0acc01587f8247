/** What has been sent and not yet been taken by the transport: how a peer notices that nobody reads. */

export interface Outbox {
  /** Sends one message, already JSON; resolves once there is room for the next. */
  send(text: string): Promise<void>;
  /** Whether the limit is reached. */
  full(): boolean;
  /** Resolves when less than the limit waits; undefined where that is so already. */
  room(): Promise<void> | undefined;
  /** Nobody is kept waiting from now on. */
  release(): void;
}

/** `limit` in characters. */
export function createOutbox(post: (text: string) => Promise<void>, limit: number): Outbox {
  let waiting = 0;
  let released = false;
  let waiters: (() => void)[] = [];

  function wake(): void {
    const woken = waiters;
    waiters = [];
    for (const resolve of woken) resolve();
  }

  return {
    async send(text) {
      waiting += text.length;
      try {
        await post(text);
      } finally {
        waiting -= text.length;
        if (waiting < limit) wake();
      }
    },
    full: () => waiting >= limit,
    room() {
      if (released || waiting < limit) return undefined;
      return new Promise((resolve) => waiters.push(resolve));
    },
    release() {
      released = true;
      wake();
    },
  };
}
