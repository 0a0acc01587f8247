/** Ports for servers that have to be told one. */

/**
 * A port of loopback that nobody has. Not one of those that the system gives to whoever asks for any: such a one may be somebody else's
 * before it is used.
 */
export function freePort(): number {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    try {
      Bun.listen({ hostname: "127.0.0.1", port, socket: { data() {} } }).stop(true);
      return port;
    } catch {
      // Somebody has it.
    }
  }
}
