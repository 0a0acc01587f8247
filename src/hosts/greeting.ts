/** What an SSH server says before anybody else has said anything. */

import { handledElsewhere } from "../errors.ts";
import { afterWaiting, unlessAborted } from "../process/waiting.ts";
import type { SshConfig } from "./ssh-config.ts";

/** Its first line is short. */
const GREETING_MAX = 4096;

type Greeting = { kind: "text"; text: string } | { kind: "silent" } | { kind: "failed"; error: unknown };

/** The first line of the server that listens there. */
export async function greet(
  { hostname, port, family }: Pick<SshConfig, "hostname" | "port" | "family">,
  { limitMs, signal }: { limitMs: number; signal: AbortSignal },
): Promise<Greeting> {
  const heard = Promise.withResolvers<Greeting>();
  let text = "";
  const answer = () => heard.resolve({ kind: "text", text });
  const connecting = connectTo(Bun.dns.lookup(hostname, { family, backend: "system" }), {
    port,
    socket: {
      data(_socket, bytes) {
        text += bytes.toString("latin1");
        if (/SSH-[^\n]*\n/.test(text) || text.length > GREETING_MAX) answer();
      },
      close: answer,
      error: answer,
    },
  });
  connecting.catch((error: unknown) => heard.resolve({ kind: "failed", error }));
  // What never says "SSH-" but has spoken is judged by what it said.
  const giveUp = () => (text === "" ? heard.resolve({ kind: "silent" }) : answer());
  const stopWaiting = afterWaiting(limitMs, giveUp);
  try {
    return await unlessAborted(heard.promise, signal);
  } finally {
    stopWaiting();
    void connecting.then((socket) => socket.terminate()).catch(handledElsewhere);
  }
}

/** Tries the addresses in their order, as ssh does, which has them from the system's resolver, too. */
async function connectTo(
  addresses: ReturnType<typeof Bun.dns.lookup>,
  options: Omit<Bun.TCPSocketConnectOptions<undefined>, "hostname">,
): Promise<Bun.Socket<undefined>> {
  let failure: unknown;
  for (const { address } of await addresses) {
    try {
      return await Bun.connect({ ...options, hostname: address });
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}
