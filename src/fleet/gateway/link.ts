/** One host behind the gateway: connected to when it is called, kept while it is used, tried again for ever. */

import { RunspecError } from "../../errors.ts";
import type { RemoteTool } from "../../mcp/client/tool-list.ts";
import { createLimiter, type Limiter, TooManyWaiting } from "../../mcp/server/limiter.ts";
import type { Host } from "../choose.ts";
import type { HostAnswer } from "./host-answer.ts";
import type { HostCall, Line, LineEvents } from "./line.ts";
import { listText } from "./merge.ts";

export interface LinkContext {
  /** @throws RunspecError why there is none */
  dial(host: Host, events: LineEvents): Promise<Line>;
  /** An error as an answer. */
  failure(host: Host, error: unknown): HostAnswer;
  /** Calls under way on all hosts together. */
  all: Limiter;
  /** What it offered last; undefined: nobody knows. */
  kept: readonly RemoteTool[] | undefined;
  /** Its tools have changed. */
  onTools(): void;
  idleMs: number;
  /** How long nobody may have talked to it before it is asked whether it is still there. */
  quietMs: number;
  /** For how long its list is new enough. */
  freshMs: number;
  /** How long to wait after so many failures in a row before it is tried again unasked, in milliseconds. */
  backOff(failures: number): number;
  now(): number;
}

export interface LinkState {
  /** undefined: nobody has tried. */
  reachable: boolean | undefined;
  /** Since when, in milliseconds of the epoch. */
  since: number | undefined;
  /** Why it is not. */
  error: string | undefined;
}

export interface Link {
  host: Host;
  /** undefined: not known. */
  tools(): readonly RemoteTool[] | undefined;
  state(): LinkState;
  /** Never rejects. */
  call(call: HostCall): Promise<HostAnswer>;
  /** Asks for its tools, unless they are on their way, or it is to be left alone for now; resolves when that is over. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

/** Calls under way on one host, and those that wait for a place. */
const RUNNING_MAX = 16;
const WAITING_MAX = 1000;

export function createLink(host: Host, context: LinkContext): Link {
  const { now } = context;
  const limiter = createLimiter({ running: RUNNING_MAX, waiting: WAITING_MAX });
  let tools = context.kept;
  let state: LinkState = { reachable: undefined, since: undefined, error: undefined };
  let line: Promise<Line> | undefined;
  let checking: Promise<Line> | undefined;
  let failures = 0;
  let busy = 0;
  let talked = 0;
  let listed = Number.NEGATIVE_INFINITY;
  let closed = false;
  let idle: ReturnType<typeof setTimeout> | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;

  function turned(reachable: boolean, error?: string): void {
    const since = state.reachable === reachable ? state.since : now();
    state = { reachable, since, error };
  }

  function learn(offered: readonly RemoteTool[]): void {
    const changed = tools === undefined || listText(tools) !== listText(offered);
    tools = offered;
    listed = now();
    if (changed) context.onTools();
  }

  function open(): Promise<Line> {
    if (closed) return Promise.reject(new RunspecError("the gateway is closing"));
    if (line !== undefined) return line;
    clearTimeout(retry);
    retry = undefined;
    const isMine = () => line === opening;
    const opening = context.dial(host, {
      onTools: (offered) => isMine() && learn(offered),
      onEnd() {
        if (!isMine()) return;
        line = undefined;
        tryLater();
      },
    });
    line = opening;
    opening.then(
      (opened) => {
        failures = 0;
        talked = now();
        turned(true);
        if (!isMine()) return void opened.close();
        learn(opened.tools);
        restWhenIdle();
      },
      (error: unknown) => {
        failures++;
        if (isMine()) line = undefined;
        turned(false, context.failure(host, error).outcome.error);
        tryLater();
      },
    );
    return opening;
  }

  /** A connection that nobody has used for a while may be dead, and a call is sent only once. */
  function usable(): Promise<Line> {
    if (line === undefined || now() - talked < context.quietMs) return open();
    checking ??= look(line).finally(() => {
      checking = undefined;
    });
    return checking;
  }

  async function look(known: Promise<Line>): Promise<Line> {
    const opened = await known;
    if (await opened.isThere()) {
      talked = now();
      return opened;
    }
    if (line === known) line = undefined;
    void opened.close();
    return open();
  }

  function tryLater(): void {
    if (closed || retry !== undefined) return;
    retry = setTimeout(() => {
      retry = undefined;
      open().catch(() => {});
    }, context.backOff(failures));
    retry.unref?.();
  }

  function restWhenIdle(): void {
    clearTimeout(idle);
    if (busy > 0 || closed) return;
    idle = setTimeout(() => {
      const unused = line;
      line = undefined;
      unused?.then((opened) => opened.close()).catch(() => {});
    }, context.idleMs);
    idle.unref?.();
  }

  async function callNow(call: HostCall): Promise<HostAnswer> {
    busy++;
    clearTimeout(idle);
    try {
      const opened = await unlessAborted(usable(), call.signal);
      return await opened.call(call);
    } finally {
      busy--;
      talked = now();
      restWhenIdle();
    }
  }

  return {
    host,
    tools: () => tools,
    state: () => state,
    async call(call) {
      try {
        return await limiter.run(call.signal, () => context.all.run(call.signal, () => callNow(call)));
      } catch (error) {
        return context.failure(
          host,
          error instanceof TooManyWaiting ? new RunspecError(error.message) : error,
        );
      }
    },
    async refresh() {
      if (line === undefined && (retry !== undefined || now() - listed < context.freshMs)) return;
      await open().catch(() => {});
    },
    async close() {
      closed = true;
      clearTimeout(idle);
      clearTimeout(retry);
      const last = line;
      line = undefined;
      await last?.then((opened) => opened.close()).catch(() => {});
    },
  };
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const leave = () => reject(signal.reason);
  if (signal.aborted) leave();
  else signal.addEventListener("abort", leave, { once: true });
  work.catch(() => {});
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", leave);
  }
}
