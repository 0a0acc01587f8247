/** What has been sent and not yet been taken by the transport: how a peer notices that nobody reads. `limit` in characters. */
export function createOutbox(post: (text: string) => Promise<void>, limit: number) {
  let waiting = 0;
  let most = limit;
  let room: PromiseWithResolvers<void> | undefined;

  function wake(): void {
    room?.resolve();
    room = undefined;
  }

  return {
    /** Sends one message, already JSON; resolves once there is room for the next. */
    async send(text: string): Promise<void> {
      waiting += text.length;
      try {
        await post(text);
      } finally {
        waiting -= text.length;
        if (waiting < most) wake();
      }
    },
    /** Resolves when less than the limit waits; undefined where that is so already. */
    room(): Promise<void> | undefined {
      if (waiting < most) return undefined;
      room ??= Promise.withResolvers();
      return room.promise;
    },
    /** Nobody is kept waiting from now on. */
    release() {
      most = Infinity;
      wake();
    },
  };
}
