/** A session with a host's server, over ssh, and calls on it. */

import { createLimiter } from "../../concurrency.ts";
import { handledElsewhere } from "../../errors.ts";
import type { RemoteTool } from "../../mcp/client/tool-list.ts";
import { whenAborted } from "../../process/waiting.ts";
import { createConnection, type Reach } from "../connection.ts";
import type { createHostLines } from "../lines.ts";
import type { Host } from "../resolve-hosts.ts";
import { callOn, type HostAnswer, type HostCall } from "./call-on-one.ts";

/** An open session with a host's server: injected, so that the order of things can be tried without one. */
export interface HostSession {
  call(call: HostCall): Promise<HostAnswer>;
  isThere(): Promise<boolean>;
  close(): Promise<void>;
}

export interface SessionEvents {
  /** What the host offers: when it is open, and when that has changed. */
  onTools(tools: readonly RemoteTool[]): void;
  /** It has ended without having been closed. */
  onEnd(): void;
  /** Ends the opening: the session is not wanted any more. */
  signal: AbortSignal;
}

/** By whom a session is waited for: nobody, who asks what is there, or a call; the greater, the sooner it is opened. */
export const WANTED = { unasked: 0, look: 1, call: 2 } as const;

/** It begins once somebody wants it, and rejects with why there is no session. */
export interface PendingSession {
  session: Promise<HostSession>;
  want(by: number): void;
}

export type Dial = (host: Host, events: SessionEvents) => PendingSession;

interface DialContext {
  reach: Reach;
  /** Connections that are being made at a time. */
  parallel: number;
  /** The user that the gateway runs as. */
  user: string | undefined;
  /** Where what ssh and a server say beside their answers goes, to the end of a connection. */
  asides: ReturnType<typeof createHostLines>;
}

/** A connection that takes longer no longer counts among those that are being made: others need not wait for it. */
const BURST_MS = 3000;
/** How long a server may take for a sign of life before a call is made on another connection. */
const PROBE_MS = 5000;
/** From one list to the next where it keeps changing: at least so long, and so many times as long as reading it took. Other hosts need us, too. */
const GATHER_MS = 100;
const GATHER_TIMES = 10;

/** What opens sessions, so many at a time, what is wanted most first; of those that nobody waits for a quarter, so that calls find a place. */
export function createDialler(context: DialContext): Dial {
  const unaskedMax = Math.ceil(Math.min(context.parallel, 32) / 4);
  /** What is to be opened, by how much it is wanted: there may be thousands of each. */
  const waiting = Object.values(WANTED).map(() => new Set<() => Promise<void>>());
  let running = 0;

  function openNext(): void {
    const most = waiting.findLastIndex(({ size }) => size > 0);
    const [open] = waiting[most] ?? [];
    if (open === undefined || running >= (most === WANTED.unasked ? unaskedMax : context.parallel)) return;
    waiting[most]?.delete(open);
    running++;
    void open().then(() => {
      running--;
      openNext();
    });
  }

  return (host, events) => {
    const { promise, resolve } = Promise.withResolvers<HostSession>();
    let wanted = -1;
    async function open() {
      wanted = Infinity;
      resolve(openSession(host, events, context));
      await Promise.race([promise.catch(handledElsewhere), Bun.sleep(BURST_MS)]);
    }
    function want(by: number) {
      if (by <= wanted) return;
      waiting[wanted]?.delete(open);
      waiting[by]?.add(open);
      wanted = by;
      openNext();
    }
    return { session: promise, want };
  };
}

async function openSession(host: Host, events: SessionEvents, context: DialContext): Promise<HostSession> {
  const { signal } = events;
  let closed = false;
  /** For reading the list: one read at a time, and one more where it has changed meanwhile, however often the server says so. */
  const readInTurn = createLimiter({ running: 1, waiting: 1 });
  // Where it cannot be asked, the session has ended, which the link is told; its last list stays.
  const onToolsChanged = () => void readInTurn(listAgain, { signal }).catch(handledElsewhere);
  const connection = createConnection(host, context.reach, onToolsChanged);
  const stopWaiting = whenAborted(signal, () => connection.abandon(signal.reason));
  const hear = () => connection.listen({ onAside: (bytes) => context.asides.take(host, bytes) });
  const asideEnds = () => context.asides.end(host);
  const opening = readInTurn(async () => {
    const opened = await connection.open(async (fresh) => {
      const [tools] = await fresh.during(Promise.all([fresh.listTools("program"), fresh.info]));
      events.onTools(tools);
      return fresh;
    });
    await hear();
    return opened;
  });
  opening.catch(() => hear().then(asideEnds)).catch(handledElsewhere);
  const remote = await opening.finally(stopWaiting);
  const finish = () => remote.finish().then(asideEnds).catch(handledElsewhere);

  async function listAgain(): Promise<void> {
    const started = performance.now();
    const tools = await connection.current()?.client.listTools("program");
    if (tools !== undefined) events.onTools(tools);
    await Bun.sleep(Math.max(GATHER_MS, GATHER_TIMES * (performance.now() - started)));
  }

  function end(): void {
    if (closed) return;
    events.onEnd();
    void finish();
  }

  // It is given up, or it ends.
  void remote.during(remote.over).then(end, end);

  return {
    async call(call) {
      const answer = await callOn(host, remote, call, context.user);
      // To a cancelled call there may have been no answer.
      if (!call.signal.aborted) connection.answered();
      return answer;
    },
    isThere: () => connection.isThere({ limitMs: PROBE_MS }),
    async close() {
      closed = true;
      await finish();
    },
  };
}
