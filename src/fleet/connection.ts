/** The connection to one host of many: opened when it is wanted, and again where the server has too many logins under way. */

import { uptime } from "node:os";
import type { Context } from "../context.ts";
import { saysTurnedAway } from "../hosts/ssh-messages.ts";
import { PATIENCE_SECONDS, type Patience, readPatience } from "../hosts/ssh-process.ts";
import { type ByteWriter, partsOf } from "../process/fd-writer.ts";
import { isDoneWithin, unlessAborted } from "../process/waiting.ts";
import { type ConnectOptions, connect, type Remote } from "../session/connect.ts";
import { toolCacheOf } from "../session/tool-cache.ts";
import { openTransport } from "../session/transport.ts";
import { encodeUtf8, keepTail } from "../text.ts";
import type { Host } from "./resolve-hosts.ts";

/** How the hosts of a list are reached. */
export interface Reach extends Patience {
  context: Context;
  /** In milliseconds, for tests: the pause before a second attempt where a server has too many logins under way, and {@link QUIET_MS}. */
  firstPauseMs?: number;
  quietMs?: number;
}

const REACH_SECONDS = 10;

export function reachOf(context: Context, timeoutMs = Infinity): Reach {
  // A host has its time to be reached, however short the tool's time limit is.
  const usual = Math.min(PATIENCE_SECONDS, Math.max(timeoutMs / 1000, REACH_SECONDS));
  // Warnings that are about all hosts have been printed once.
  const quiet = { ...context, stderr: { ...context.stderr, write: async () => {} } };
  return { context: quiet, ...readPatience(context, usual) };
}

interface Listener extends Pick<ConnectOptions, "onOutput"> {
  /** What ssh and the server say beside the tool. */
  onAside(bytes: Uint8Array): Promise<void>;
}

/** Attempts after the first one, where a server has too many logins under way. */
const TURNED_AWAY_MAX = 7;
/** Between attempts, in milliseconds: more each time, and never the same for two. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 3000;
/** After so long without an answer it is asked whether it is still there: a call is sent only once. */
const QUIET_MS = 10_000;
/** A clock that nobody sets, and that goes on while the machine sleeps, unlike `performance.now`. */
export const now = (): number => uptime() * 1000;
/** Bytes of what ssh and the server say that are kept while nobody listens. */
const ASIDES_KEPT = 16 * 1024;

/** A connection that is opened when it is wanted. */
export function createConnection(host: Host, reach: Reach, onToolsChanged?: () => void) {
  const { context, patienceMs, firstPauseMs = FIRST_PAUSE_MS, quietMs: usualQuietMs = QUIET_MS } = reach;
  let remote: Remote | undefined;
  /** The last one whose end has been seen. */
  let ended: Remote | undefined;
  let answeredAt = 0;
  let listener: Listener | undefined;
  const abandoned = new AbortController();
  let asides = keepTail(ASIDES_KEPT);

  /** Kept until somebody listens: they may say why it failed, which is told in one sentence. */
  const stderr: Pick<ByteWriter, "write"> = {
    async write(data) {
      for (const part of partsOf(data)) {
        if (listener === undefined) asides.add(part);
        else await listener.onAside(part);
      }
    },
  };

  /** It has answered just now. */
  function answered(): void {
    answeredAt = now();
  }

  async function attempt<T>(work: (remote: Remote) => Promise<T>): Promise<T> {
    abandoned.signal.throwIfAborted();
    asides = keepTail(ASIDES_KEPT);
    const opened = connect({
      ...openTransport(host.destination, context, reach),
      cache: toolCacheOf(host.destination, context),
      alias: host.name,
      stderr,
      onToolsChanged,
      version: context.version,
      onOutput: async (output) => listener?.onOutput?.(output),
    });
    remote = opened;
    void opened.over.then(() => {
      ended = opened;
    });
    return work(opened);
  }

  return {
    /** Does `work` on a new connection, and again where the server turned it away. @throws as `work` does, or what it was abandoned with */
    async open<T>(work: (remote: Remote) => Promise<T>): Promise<T> {
      // One that does not answer any more would outlive us.
      remote?.abandon();
      const last = performance.now() + patienceMs;
      for (let turnedAway = 0; ; turnedAway++) {
        try {
          return await attempt(work).finally(answered);
        } catch (error) {
          await remote?.finish();
          // Any host can say those words again and again, late each time; all others wait for it, so there is an end to it.
          const isOver =
            abandoned.signal.aborted || turnedAway >= TURNED_AWAY_MAX || performance.now() > last;
          if (isOver || !saysTurnedAway(asides.text())) throw error;
          const pause = Math.min(firstPauseMs * 2 ** turnedAway, LONGEST_PAUSE_MS);
          await unlessAborted(Bun.sleep(pause * (0.5 + Math.random())), abandoned.signal);
        }
      }
    },
    current: () => remote,
    answered,
    /** Whether it can be used: where it has been quiet for so long, it has to answer within `limitMs`. */
    async isThere({ limitMs = patienceMs, quietMs = usualQuietMs } = {}): Promise<boolean> {
      if (remote === undefined || remote === ended) return false;
      if (now() - answeredAt < quietMs) return true;
      const isThere = await remote.during(isDoneWithin(limitMs, remote.client.ping())).catch(() => false);
      if (isThere) answered();
      return isThere;
    },
    /** From now on `next` is told all; first what was said until now. */
    async listen(next: Listener): Promise<void> {
      listener = next;
      const before = asides.text();
      if (before !== "") await next.onAside(encodeUtf8(before));
    },
    /** Ends it now, and opens no other. */
    abandon(reason: unknown): void {
      abandoned.abort(reason);
      remote?.abandon(reason);
    },
    close: async (): Promise<void> => remote?.finish(),
  };
}
