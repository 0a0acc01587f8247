/** One host behind the gateway: connected to when it is called, kept while it is used, tried again for ever. */

import { createLimiter, type Limiter } from "../../concurrency.ts";
import { handledElsewhere, RunspecError } from "../../errors.ts";
import { ConnectionFailure, ServerFailure } from "../../hosts/connection-failure.ts";
import { NOTHING_RUN } from "../../hosts/diagnose.ts";
import type { RemoteTool } from "../../mcp/client/tool-list.ts";
import type { CallIo } from "../../mcp/tool-host.ts";
import type { ToolCache } from "../../session/tool-cache.ts";
import { failureOn, type Outcome } from "../outcome.ts";
import type { Host } from "../resolve-hosts.ts";
import { cancelled, type HostAnswer, type HostCall, withoutAnswer } from "./call-on-one.ts";
import { type Dial, type PendingSession, WANTED } from "./dial.ts";
import { listText } from "./merge.ts";
import { shareSession } from "./shared-session.ts";

export interface LinkContext {
  dial: Dial;
  /** A connection that nobody uses is closed after so long. */
  idleMs: number;
  /** Bounds the calls under way on all hosts together. */
  all: Limiter;
  /** What it offers to an agent. */
  cache: ToolCache;
  onTools(): void;
  /** How long its list counts as new. */
  freshMs: number;
  /** How long a host that could not be reached is left alone by a look. */
  lookAgainMs: number;
  now(): number;
  /** How long to wait after so many failures in a row before it is tried again unasked, in milliseconds. */
  backOff(failures: number): number;
}

/** Whether it could be reached when that was last tried (undefined: not known), since when (milliseconds of the epoch), and why it cannot be used. */
export interface LinkState extends Pick<Outcome, "error" | "isNamed"> {
  reachable: boolean | undefined;
  since: number;
}

/** Calls under way on one host, and those that wait for a place. */
const RUNNING_MAX = 16;
const WAITING_MAX = 1000;

export type Link = ReturnType<typeof createLink>;

export function createLink(host: Host, context: LinkContext) {
  const inTurn = createLimiter({ running: RUNNING_MAX, waiting: WAITING_MAX });
  let tools: readonly RemoteTool[] | undefined = context.cache.read()?.tools;
  let state: LinkState | undefined;
  /** Failed attempts since the last success. */
  let failures = 0;
  /** Sessions in a row that ended while their list was new: to open the next at once would go on for ever. */
  let cutShort = 0;
  /** When it last said what it offers. */
  let listedAt = -Infinity;
  const closing = new AbortController();
  let retry: ReturnType<typeof setTimeout> | undefined;
  const session = shareSession(dial, context.idleMs);
  /** When its state was learned; undefined: what was known of it may be over, since its session has ended, or it is asked whether it is there. */
  let learnedAt: number | undefined;

  /** Opens a session where there is none; one that has been quiet is asked whether it is still there. */
  const probe = (wanted: number) =>
    session.use(closing.signal, wanted, async () => setReachable(true)).catch(handledElsewhere);

  function setReachable(reachable: boolean | undefined, { error, isNamed }: Partial<Outcome> = {}): void {
    const since = state?.reachable === reachable ? state?.since : undefined;
    state = { reachable, since: since ?? Date.now(), error, isNamed };
    learnedAt = context.now();
  }

  function setTools(offered: readonly RemoteTool[]): void {
    const changed = tools === undefined || listText(tools) !== listText(offered);
    tools = offered;
    listedAt = context.now();
    context.cache.save(offered, { takesWords: false });
    if (changed) context.onTools();
  }

  function dial(onEnd: () => void): PendingSession {
    closing.signal.throwIfAborted();
    clearTimeout(retry);
    retry = undefined;
    const opening = context.dial(host, {
      onTools: setTools,
      signal: closing.signal,
      onEnd() {
        onEnd();
        learnedAt = undefined;
        cutShort = context.now() - listedAt < context.freshMs ? cutShort + 1 : 0;
        if (!session.exists()) tryLater();
      },
    });
    opening.session.then(
      () => {
        failures = 0;
        setReachable(true);
      },
      (error: unknown) => {
        failures++;
        const answered = error instanceof ServerFailure || undefined;
        const reached = error instanceof ConnectionFailure ? error.reached : answered;
        setReachable(reached, failureOn(error));
        tryLater();
      },
    );
    return opening;
  }

  function tryLater(): void {
    if (closing.signal.aborted || retry !== undefined) return;
    retry = setTimeout(() => void probe(WANTED.unasked), context.backOff(cutShort + failures)).unref();
  }

  return {
    host,
    /** undefined: not known. */
    tools: (): readonly RemoteTool[] | undefined => tools,
    /** undefined: not known, or not any more. */
    state: (): LinkState | undefined =>
      learnedAt === undefined && state?.error === undefined ? undefined : state,
    /** Never rejects. */
    async call({ room, ...call }: Omit<HostCall, "listed"> & Pick<CallIo, "room">): Promise<HostAnswer> {
      const { signal } = call;
      const callNow = async () => {
        await room?.();
        return session.use(signal, WANTED.call, (opened) =>
          opened.call({ ...call, listed: tools?.find(({ name }) => name === call.name) }),
        );
      };
      try {
        return await inTurn(() => context.all(callNow, { signal }), { signal });
      } catch (error) {
        return signal.aborted ? cancelled(host, NOTHING_RUN) : withoutAnswer(host, failureOn(error));
      }
    },
    /** Asks whether it is there, and in a new session for its tools. A host that waits to be tried again is left alone; but not for a call, where it has never said what it offers: the tool may be manual there. */
    async refresh(wanted: number): Promise<void> {
      if (retry !== undefined && (wanted < WANTED.call || tools !== undefined)) return;
      // The call waits for this on all of its hosts: for an open session, what it said last is good enough.
      await (wanted === WANTED.call ? session.open(wanted).catch(handledElsewhere) : probe(wanted));
    },
    /** Asks whether it is there now, unless that has just been learned: what was known before may be over. */
    async look(): Promise<void> {
      if (retry !== undefined && context.now() - (learnedAt ?? -Infinity) < context.lookAgainMs) return;
      learnedAt = undefined;
      await probe(WANTED.look);
    },
    async close(): Promise<void> {
      closing.abort(new RunspecError("the gateway is closing"));
      clearTimeout(retry);
      await session.close();
    },
  };
}
