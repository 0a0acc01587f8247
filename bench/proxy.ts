/** A proxy that holds every byte back for a while, as a long way does: what crosses it counts round trips. */

import { connect, createServer } from "node:net";

export interface DelayProxy {
  port: number;
  stop(): void;
}

/** Forwards connections on loopback to `port`, each direction `delayMs` late. */
export async function startDelayProxy(port: number, delayMs: number): Promise<DelayProxy> {
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.setNoDelay(true);
      from.on("data", (chunk) => setTimeout(() => to.write(chunk), delayMs));
      from.on("end", () => setTimeout(() => to.end(), delayMs));
      from.on("error", () => to.destroy());
      from.on("close", () => setTimeout(() => to.destroy(), delayMs));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  return { port: address.port, stop: () => server.close() };
}
