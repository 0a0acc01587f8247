/** One host behind the gateway: connected to when it is called, kept while it is used, tried again for ever. */

import { handledElsewhere, RunspecError } from "../../errors.ts";
import { ConnectionFailure, ServerFailure } from "../../hosts/connection-failure.ts";
import { NOTHING_RUN } from "../../hosts/diagnose.ts";
import type { RemoteTool } from "../../mcp/client/tool-list.ts";
import { createLimiter, type Limiter } from "../../mcp/server/limiter.ts";
import type { Host } from "../choose.ts";
import { failureOn } from "../outcome.ts";
import type { Dial, HostSession } from "./dial.ts";
import { cancelled, type HostAnswer, type HostCall, withoutAnswer } from "./host-call.ts";
import { listText } from "./merge.ts";
import { shareSession, type Times } from "./shared-session.ts";

export interface LinkContext extends Times {
  dial: Dial;
  /** Calls under way on all hosts together. */
  all: Limiter;
  /** Hosts that are tried again unasked: calls need not wait behind them. */
  unasked: Limiter;
  /** How long the list of hosts waits for those of which nothing is known yet, and hosts that are tried again for the one before. */
  lookMs: number;
  /** The tools that it offered last; undefined: not known. */
  cached: readonly RemoteTool[] | undefined;
  onTools(): void;
  /** How long its list counts as new. */
  freshMs: number;
  /** How long to wait after so many failures in a row before it is tried again unasked, in milliseconds. */
  backOff(failures: number): number;
}

/** Whether it could be reached when that was last tried (undefined: not known), since when (milliseconds of the epoch), and why it cannot be used. */
export interface LinkState {
  reachable: boolean | undefined;
  since: number;
  error: string | undefined;
}

/** Calls under way on one host, and those that wait for a place. */
const RUNNING_MAX = 16;
const WAITING_MAX = 1000;

export type Link = ReturnType<typeof createLink>;

export function createLink(host: Host, context: LinkContext) {
  const limiter = createLimiter({ running: RUNNING_MAX, waiting: WAITING_MAX });
  let tools = context.cached;
  let state: LinkState | undefined;
  let failures = 0;
  /** Sessions in a row that ended while their list was new: to open the next at once would go on for ever. */
  let cutShort = 0;
  let listed = -Infinity;
  const closing = new AbortController();
  let retry: ReturnType<typeof setTimeout> | undefined;
  const session = shareSession(dial, context);

  function setReachable(reachable: boolean | undefined, error?: string): void {
    const since = state?.reachable === reachable ? state?.since : undefined;
    state = { reachable, since: since ?? Date.now(), error };
  }

  function learn(offered: readonly RemoteTool[]): void {
    const changed = tools === undefined || listText(tools) !== listText(offered);
    tools = offered;
    listed = context.now();
    if (changed) context.onTools();
  }

  function dial(onEnd: () => void): Promise<HostSession> {
    if (closing.signal.aborted) return Promise.reject(closing.signal.reason);
    clearTimeout(retry);
    retry = undefined;
    const opening = context.dial(host, {
      onTools: learn,
      signal: closing.signal,
      onEnd() {
        onEnd();
        cutShort = context.now() - listed < context.freshMs ? cutShort + 1 : 0;
        failures = cutShort;
        tryLater();
      },
    });
    opening.then(
      ({ tools: offered }) => {
        failures = cutShort;
        setReachable(true);
        learn(offered);
      },
      (error: unknown) => {
        failures++;
        const answered = error instanceof ServerFailure || undefined;
        const reached = error instanceof ConnectionFailure ? error.reached : answered;
        setReachable(reached, failureOn(host, error).error);
        tryLater();
      },
    );
    return opening;
  }

  function tryLater(): void {
    if (closing.signal.aborted || retry !== undefined) return;
    const open = async () => {
      // Unless a call has tried it meanwhile.
      if (retry === timer) await Promise.race([session.open(), Bun.sleep(context.lookMs)]);
    };
    const inTurn = () => void context.unasked.run(open, { signal: closing.signal }).catch(handledElsewhere);
    const timer = setTimeout(inTurn, context.backOff(failures)).unref();
    retry = timer;
  }

  return {
    host,
    /** undefined: not known. */
    tools: (): readonly RemoteTool[] | undefined => tools,
    /** undefined: not tried yet. */
    state: (): LinkState | undefined => state,
    /** Never rejects. */
    async call({ room, ...call }: HostCall): Promise<HostAnswer> {
      const { signal } = call;
      const callNow = async () => {
        await room?.();
        return session.use(signal, (opened) => opened.call(call));
      };
      try {
        return await limiter.run(() => context.all.run(callNow, { signal }), { signal });
      } catch (error) {
        return signal.aborted ? cancelled(host, NOTHING_RUN) : withoutAnswer(host, failureOn(host, error));
      }
    },
    /** Asks for its tools, unless they are on their way, or it is to be left alone for now; resolves when that is over. */
    async refresh(): Promise<void> {
      if (!session.isOpen() && (retry !== undefined || context.now() - listed < context.freshMs)) return;
      await session.open().catch(handledElsewhere);
    },
    async close(): Promise<void> {
      closing.abort(new RunspecError("the gateway is closing"));
      clearTimeout(retry);
      await session.close();
    },
  };
}
