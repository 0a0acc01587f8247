/** A line to a host's server, over ssh, and calls on it. */

import { EXIT, RunspecError, toldElsewhere } from "../../errors.ts";
import { RpcFailure } from "../../jsonrpc/peer.ts";
import type { RemoteTool } from "../../mcp/client/tool-list.ts";
import { createLimiter } from "../../mcp/server/limiter.ts";
import type { EndedCall, RefusedCall } from "../../mcp/tool-host.ts";
import type { Remote } from "../../session/connect.ts";
import type { Host } from "../choose.ts";
import { type Connection, createConnection, type Reach } from "../connection.ts";
import { answerOf, lost, refusedBy } from "./host-answer.ts";
import type { HostCall, Line, LineEvents } from "./line.ts";

export interface DialContext {
  reach: Reach;
  /** Connections that are being made at a time. */
  parallel: number;
  /** The user that the gateway runs as. */
  user: string | undefined;
  /** Remembers what a host offers to an agent. */
  keep(host: Host, tools: readonly RemoteTool[]): void;
  /** Takes what ssh and a server say beside their answers. */
  onWords(host: Host, bytes: Uint8Array): Promise<void>;
}

/** After so long, one that is still being made is no part of a burst any more: others need not wait for it. */
const DOOR_MS = 10_000;
/** How long a server may take for a sign of life before a call is made on another connection. */
const SIGN_MS = 5000;
/** Of a list that keeps changing, so long from one to the next. */
const GATHER_MS = 100;
const NEVER = new AbortController().signal;

/** What opens lines, so many at a time. */
export function createDialler(context: DialContext): (host: Host, events: LineEvents) => Promise<Line> {
  const door = createLimiter({ running: context.parallel, waiting: Number.POSITIVE_INFINITY });
  return (host, events) => {
    const { promise, resolve, reject } = Promise.withResolvers<Line>();
    const through = async () => {
      const opening = openLine(host, events, context);
      opening.then(resolve, reject);
      await Promise.race([opening.catch(toldElsewhere), Bun.sleep(DOOR_MS)]);
    };
    door.run(NEVER, through).catch(reject);
    return promise;
  };
}

async function openLine(host: Host, events: LineEvents, context: DialContext): Promise<Line> {
  const calls = { sent: false };
  const connection = createConnection(host, context.reach, () => calls.sent);
  try {
    const opened = await connection.open(async (remote) => {
      const listed = Promise.all([remote.listTools("agent")(), remote.info]);
      const [tools] = await remote.during(listed);
      return { remote, tools };
    });
    context.keep(host, opened.tools);
    return await lineOver(host, connection, { ...opened, calls, events, context });
  } catch (error) {
    throw explained(connection, error);
  }
}

interface Opened {
  remote: Remote;
  /** Before the first one, a connection that fails has started nothing. */
  calls: { sent: boolean };
  tools: readonly RemoteTool[];
  events: LineEvents;
  context: DialContext;
}

async function lineOver(host: Host, connection: Connection, opened: Opened): Promise<Line> {
  const { remote, calls, events, context } = opened;
  const { client } = remote;
  const waiting = new Set<(reason: unknown) => void>();
  let { tools } = opened;
  let closed = false;
  let changed = false;
  let listing = false;

  /** The list that was offered last, once the server says that it is another; asked for once at a time, however often it says so. */
  async function listAgain(): Promise<void> {
    changed = true;
    if (listing) return;
    listing = true;
    try {
      while (changed) {
        changed = false;
        tools = await client.listTools("agent");
        context.keep(host, tools);
        events.onTools(tools);
        await Bun.sleep(GATHER_MS);
      }
    } finally {
      listing = false;
    }
  }

  function end(reason: unknown): void {
    for (const reject of waiting) reject(reason);
    if (closed) return;
    closed = true;
    events.onEnd();
    // What is left of it here, too.
    remote.hangUp();
    void remote.finish();
  }

  await connection.listen({
    onOutput: async () => {},
    onWords: (bytes) => context.onWords(host, bytes),
    // Where it cannot be asked, the line has ended, which the link is told; its last list stays.
    onToolsChanged: () => void listAgain().catch(toldElsewhere),
  });
  remote.during(new Promise<never>(() => {})).catch(end);
  void remote.over.then(() =>
    end(new RunspecError("the connection has ended", { exitCode: EXIT.CONNECTION })),
  );

  /** The answer, or why there will be none. */
  async function answer(call: HostCall): Promise<RefusedCall | EndedCall | "stopped"> {
    const { name, human, signal, onProgress } = call;
    const behalf = {
      ...(call.client && { client: call.client }),
      ...(context.user !== undefined && { user: context.user }),
    };
    const how = {
      last: false,
      sendsInput: false,
      collected: onProgress === undefined ? {} : { onProgress },
      behalf,
    };
    calls.sent = true;
    const sent = client.callTool({ name, arguments: { ...call.arguments }, human }, how);
    const drop = () => client.drop(sent.id, "cancelled by the client of the gateway");
    if (signal.aborted) drop();
    else signal.addEventListener("abort", drop, { once: true });
    const { promise, reject } = Promise.withResolvers<never>();
    waiting.add(reject);
    try {
      return await Promise.race([sent.result, promise]);
    } catch (error) {
      if (signal.aborted) return "stopped";
      if (error instanceof RpcFailure)
        return refusedBy(
          error,
          tools.some((tool) => tool.name === name),
        );
      // Of a connection that has ended, whoever made it knows more.
      return await remote.during(Promise.reject(error));
    } finally {
      waiting.delete(reject);
      signal.removeEventListener("abort", drop);
    }
  }

  return {
    tools,
    async call(call) {
      const started = performance.now();
      try {
        return answerOf(host, call.name, await answer(call));
      } catch (error) {
        return lost(host, explained(connection, error), Math.round(performance.now() - started));
      }
    },
    isThere: () =>
      Promise.race([
        client.ping().then(
          () => true,
          (error: unknown) => error instanceof RpcFailure,
        ),
        Bun.sleep(SIGN_MS).then(() => false),
      ]),
    async close() {
      closed = true;
      await remote.finish();
    },
  };
}

function explained(connection: Connection, error: unknown): RunspecError {
  const { error: what, hint } = connection.explain(error);
  const exitCode = error instanceof RunspecError ? error.exitCode : EXIT.FAILED;
  return new RunspecError(what, { exitCode, ...(hint !== undefined && { hint }) });
}
