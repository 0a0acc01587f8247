/** A bad network: a TCP proxy in front of a port of this machine that delays, stalls, cuts or crumbles what goes through it. */

import { connect, createServer, type Socket } from "node:net";

export interface SlowProxyOptions {
  /** Where it leads to. */
  port: number;
  /** Milliseconds that every byte takes longer, each way. */
  delayMs?: number;
  /** One byte a packet, each way, after a first packet that is whole: ssh2 misreads an identification in pieces. */
  crumble?: boolean;
  /** Cuts the connection when so many bytes have come from the server. */
  cutAfter?: number;
}

export interface SlowProxy {
  port: number;
  /** Bytes that have come from the server. */
  received(): number;
  /** From now on nothing is forwarded, and nobody is told. */
  stall(): void;
  /** What was held back goes on, and all that follows. */
  resume(): void;
  /** The client loses its connections; the server is not told, and goes on as if it had them. */
  forsakeClients(): void;
  /** The same for the connections that are there; new ones are well. */
  freeze(): void;
  /** Both sides lose the connection now. */
  cut(): void;
  stop(): Promise<void>;
}

/** Starts a proxy in this process; `stop` ends its connections, too. */
export async function startSlowProxy(options: SlowProxyOptions): Promise<SlowProxy> {
  const sockets = new Set<Socket>();
  let received = 0;
  let stalled = false;
  let held: (() => void)[] = [];
  let forsaken = false;
  const clients = new Set<Socket>();
  let frozen = new WeakSet<Socket>();

  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };

  async function forward(from: Socket, to: Socket, fromServer: boolean): Promise<void> {
    let first = true;
    for await (const chunk of from) {
      if (frozen.has(from)) await new Promise(() => {});
      if (stalled) await new Promise<void>((resolve) => held.push(resolve));
      await pass(Buffer.from(chunk), to, fromServer, options.crumble === true && !first);
      first = false;
    }
    if (!forsaken) later(() => to.end());
  }

  async function pass(chunk: Buffer, to: Socket, fromServer: boolean, crumble: boolean): Promise<void> {
    const left = fromServer ? (options.cutAfter ?? Number.POSITIVE_INFINITY) - received : chunk.length;
    const bytes = chunk.subarray(0, Math.max(0, left));
    if (fromServer) received += bytes.length;
    if (crumble) {
      for (const byte of bytes) await written(to, Buffer.of(byte));
    } else if (options.delayMs === undefined) {
      await written(to, bytes);
    } else {
      later(() => void to.write(bytes));
    }
    if (left <= chunk.length && fromServer) cut();
  }

  /** Timers of one length fire in their order. */
  function later(action: () => void): void {
    if (options.delayMs === undefined) action();
    else setTimeout(action, options.delayMs);
  }

  const listener = createServer({ noDelay: true }, (client) => {
    const server = connect({ port: options.port, host: "127.0.0.1", noDelay: true });
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.once("close", () => sockets.delete(socket));
    }
    clients.add(client);
    // A side that goes without a farewell takes the other one with it.
    void forward(client, server, false).catch(() => forsaken || server.destroy());
    void forward(server, client, true).catch(() => client.destroy());
  });
  const port = await new Promise<number>((resolve, reject) => {
    listener.once("error", reject);
    listener.listen(0, "127.0.0.1", () => {
      const address = listener.address();
      if (typeof address === "object" && address !== null) resolve(address.port);
    });
  });
  return {
    port,
    received: () => received,
    stall() {
      stalled = true;
    },
    resume() {
      stalled = false;
      for (const resolve of held) resolve();
      held = [];
    },
    forsakeClients() {
      forsaken = true;
      for (const client of clients) client.resetAndDestroy();
    },
    freeze() {
      frozen = new WeakSet(sockets);
    },
    cut,
    stop: () =>
      new Promise((resolve) => {
        listener.close(() => resolve());
        cut();
      }),
  };
}

function written(to: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    to.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
