/** The connection to one host of many: opened when it is wanted, and again where the server has too many others at its door. */

import { RunspecError, reasonOf } from "../errors.ts";
import { ConnectionFailure, saidOf } from "../hosts/diagnose.ts";
import { saysTurnedAway } from "../hosts/ssh-messages.ts";
import { RpcFailure } from "../jsonrpc/peer.ts";
import { type ByteWriter, partsOf } from "../process/stream.ts";
import { type ConnectOptions, connect, type Remote } from "../session/connect.ts";
import type { Transport } from "../session/transport.ts";
import { keepTail, visible } from "../text.ts";
import type { Host } from "./choose.ts";

/** What every connection is given (`fleet/reach` makes it). */
export interface Reach {
  version: string;
  patienceMs: number;
  /** How long one that has answered may be silent. */
  silenceMs: number;
  /** Waits before another attempt, `attempt` being the number of those that were turned away. */
  pause(attempt: number): Promise<void>;
  /** Finds the way to a host; what is returned starts ssh. */
  routeTo(host: Host): Promise<() => Transport>;
}

/** Whoever takes what comes from a host while its tool runs. */
export interface Listener extends Pick<ConnectOptions, "onOutput" | "onToolsChanged"> {
  /** What ssh and the server say beside the tool. */
  onWords(bytes: Uint8Array): Promise<void>;
}

export interface Connection {
  /**
   * Does `work` on a connection that is being opened, and again on another one where the server turned it away. Rejects as `work` does.
   * @throws what it was abandoned with
   */
  open<T>(work: (remote: Remote) => Promise<T>): Promise<T>;
  /** The last one that was opened. */
  current(): Remote | undefined;
  /** Whether it is still there. */
  isThere(): Promise<boolean>;
  /** From now on `listener` is told all; first what was said until now. */
  listen(listener: Listener): Promise<void>;
  /** An error as a sentence that names the host, with what ssh or the server said of it. */
  explain(error: unknown): { error: string; hint?: string };
  /** Ends it now, and opens no other. */
  abandon(reason: unknown): void;
  close(): Promise<void>;
}

/** Attempts after the first one, where a server has too many others at its door. */
const TURNED_AWAY_MAX = 7;
/** What is kept of the words of ssh and of the server while nobody listens. */
const WORDS_KEPT = 16 * 1024;

/** `called`: whether a call has been sent on it; left out: as far as is known here, one has. */
export function createConnection(host: Host, reach: Reach, called?: () => boolean): Connection {
  let remote: Remote | undefined;
  let listener: Listener | undefined;
  let abandoned: { reason: unknown } | undefined;
  let words = keepTail(WORDS_KEPT);

  /** Until somebody listens they may belong to a failure, of which one sentence is told. */
  const stderr: ByteWriter = {
    async write(data) {
      for (const part of partsOf(data)) {
        if (listener === undefined) words.add(part);
        else await listener.onWords(part);
      }
    },
    flush: async () => {},
  };

  async function attempt<T>(work: (remote: Remote) => Promise<T>): Promise<T> {
    const startSsh = await reach.routeTo(host);
    if (abandoned !== undefined) throw abandoned.reason;
    words = keepTail(WORDS_KEPT);
    remote = connect({
      ...startSsh(),
      alias: host.name,
      patienceMs: reach.patienceMs,
      silenceMs: reach.silenceMs,
      client: { name: "runspec", version: reach.version },
      onOutput: async (output) => listener?.onOutput(output),
      onToolsChanged: () => listener?.onToolsChanged?.(),
      ...(called && { called }),
      stderr,
    });
    return work(remote);
  }

  return {
    async open(work) {
      for (let turnedAway = 0; ; ) {
        try {
          return await attempt(work);
        } catch (error) {
          await remote?.finish();
          if (abandoned !== undefined || turnedAway >= TURNED_AWAY_MAX || !saysTurnedAway(words.text()))
            throw error;
          turnedAway++;
          await reach.pause(turnedAway);
        }
      }
    },
    current: () => remote,
    async isThere() {
      if (remote === undefined) return false;
      // An error is an answer, too; the end of the connection is not.
      const answered = remote.client.ping().then(
        () => true,
        (error) => error instanceof RpcFailure,
      );
      const silent = Bun.sleep(reach.patienceMs).then(() => false);
      return remote.during(Promise.race([answered, silent])).catch(() => false);
    },
    async listen(next) {
      listener = next;
      const before = words.text();
      if (before !== "") await next.onWords(Buffer.from(before));
    },
    explain(error) {
      const isFailure = error instanceof ConnectionFailure;
      const message = isFailure ? error.quoting : reasonOf(error);
      const hint = isFailure
        ? error.help.join("\n") || undefined
        : error instanceof RunspecError
          ? error.hint
          : undefined;
      return { error: saidOf(visible(host.name), message), ...(hint !== undefined && { hint }) };
    },
    abandon(reason) {
      abandoned ??= { reason };
      remote?.abandon(reason);
    },
    async close() {
      await remote?.finish();
    },
  };
}
