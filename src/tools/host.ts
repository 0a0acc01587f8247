/** The tools behind a server: what it lists and calls, with every call in the audit trail. */

import { EXIT } from "../errors.ts";
import type { Guard } from "../process/guard.ts";
import { maskText } from "../process/mask.ts";
import { didYouMean, visible } from "../text.ts";
import { readAsked } from "./asked.ts";
import type { Asker, Audit, AuditRecord } from "./audit.ts";
import { type CallResult, performCall } from "./call.ts";
import type { Tool } from "./catalog.ts";
import { describeTool } from "./descriptor.ts";
import { wentWell } from "./ending-words.ts";
import type { ExecutionIo, StreamName } from "./execute.ts";
import { prepareCall, type Ready, type Refused } from "./prepare.ts";

export interface HostOptions {
  tools: readonly Tool[];
  /** What a child inherits. */
  env: Readonly<Record<string, string>>;
  asker(): Omit<Asker, "client" | "human">;
  audit: Audit;
  guard: Guard;
  hostname(): string;
  /** Told what no answer tells. */
  onProblem(message: string): void;
}

export interface HostedCall {
  name: string;
  arguments?: unknown;
  words?: readonly string[];
  check?: boolean;
  human: boolean;
  client: Asker["client"];
  signal: AbortSignal;
  onOutput(stream: StreamName, bytes: Uint8Array): Promise<void>;
  onStart(): void;
  /** Told, before the tool is started, how to hide what nothing of ours may show of its output. */
  onSecrets?(hide: (text: string) => string): void;
  feed?: ExecutionIo["feed"];
}

/** For how long a client may be silent, unless the tool says otherwise. */
const LEASE_MS = 120_000;

/** What a call of words may come to besides: its usage, where they ask for help, or that it would be run. */
export type HostedResult =
  | (CallResult & { notes?: string[] })
  | { kind: "usage"; usage: ReturnType<typeof describeTool> }
  | { kind: "checked"; notes: string[] };

/** Hides what is not offered here, from the list and from calls alike; a call of words is told why its host is not among the tool's. */
export function createToolHost({ tools, env, asker, audit, guard, hostname, onProblem }: HostOptions) {
  const known = new Map<string, Tool>();
  for (const tool of tools) if (tool.hidden !== "serve") known.set(tool.runnable.name, tool);
  const lists: Partial<Record<"human" | "agent", ReturnType<typeof describeTool>[]>> = {};

  function offered(name: string): Tool | undefined {
    const tool = known.get(name);
    return tool?.hidden === undefined ? tool : undefined;
  }

  async function call(request: HostedCall): Promise<HostedResult> {
    const tool = request.words === undefined ? offered(request.name) : known.get(request.name);
    if (tool === undefined) {
      if (request.check !== true) noteUnknown(request);
      return unknownTool(request.name, known);
    }
    const asked = readAsked({ ...request, tool, env });
    if (asked.help) return { kind: "usage", usage: describeTool(tool, request.human) };
    const calling = { ...request, tool, agent: true, env, hostname };
    if (request.check === true) {
      const prepared = prepareCall(calling, asked);
      return prepared.kind === "refused" ? prepared : { kind: "checked", notes: prepared.notes };
    }
    const record = (outcome: Ending) =>
      audit({
        runnable: tool.runnable,
        name: request.name,
        arguments: request.words === undefined ? request.arguments : Object.fromEntries(asked.given),
        asker: () => ({ ...asker(), client: request.client, human: request.human }),
        runAs: tool.user.kind === "user" ? tool.user.user : undefined,
        ...outcome,
      });
    if (request.signal.aborted) {
      record({ outcome: "cancelled", exitCode: null, durationMs: 0 });
      return {
        kind: "refused",
        objections: [],
        reasons: ["cancelled before it was started"],
        exitCode: EXIT.FAILED,
      };
    }
    const prepared = prepareCall(calling, asked);
    const performing =
      prepared.kind === "refused" ? Promise.resolve(prepared) : perform(tool, prepared, request);
    const result = await performing.catch((error: unknown) => {
      record({ outcome: "failed", exitCode: null, durationMs: 0 });
      throw error;
    });
    record(summarize(result));
    if (request.words === undefined) tellOfBadEnd(result);
    return prepared.kind === "ready" ? { ...result, notes: prepared.notes } : result;
  }

  /** A cancelled call gets no answer, so nobody else would hear of it. */
  function tellOfBadEnd(result: CallResult): void {
    if (result.kind !== "ended" || !result.cancelled || result.ending === undefined) return;
    if (!wentWell(result.ending) && result.explanation !== undefined) onProblem(result.explanation);
  }

  function noteUnknown({ name, client, human }: Pick<HostedCall, "name" | "client" | "human">): void {
    audit({
      runnable: undefined,
      name,
      arguments: undefined,
      asker: () => ({ ...asker(), client, human }),
      runAs: undefined,
      outcome: "refused",
      exitCode: EXIT.NOT_FOUND,
      durationMs: 0,
      reasons: ["unknown tool"],
    });
  }

  function perform(tool: Tool, ready: Ready, request: HostedCall): Promise<CallResult> {
    const { secrets } = ready;
    request.onSecrets?.((text) => maskText(text, secrets));
    return performCall(tool, ready, {
      signal: request.signal,
      sink: request.onOutput,
      onStart: request.onStart,
      guard,
      invoker: () => asker().user ?? "you",
      hostname,
      ...(request.feed === undefined ? {} : { feed: request.feed }),
    });
  }

  function lease(name?: string): number {
    if (name !== undefined) return offered(name)?.runnable.lease ?? LEASE_MS;
    let shortest = LEASE_MS;
    for (const { runnable, hidden } of known.values())
      if (hidden === undefined) shortest = Math.min(shortest, runnable.lease ?? LEASE_MS);
    return shortest;
  }

  return {
    list(human: boolean) {
      const reader = human ? "human" : "agent";
      lists[reader] ??= [...known.values()]
        .filter(({ hidden }) => hidden === undefined)
        .map((tool) => describeTool(tool, human));
      return lists[reader];
    },
    maxOutput: (name: string) => offered(name)?.runnable.maxOutput,
    has: (name: string) => offered(name) !== undefined,
    isJson: (name: string) => offered(name)?.runnable.output === "json",
    lease,
    call,
    noteUnknown,
  };
}

function unknownTool(name: string, known: ReadonlyMap<string, Tool>): Refused {
  const lines = [`there is no tool "${visible(name)}" here`, didYouMean(name, [...known.keys()])];
  return {
    kind: "refused",
    objections: ["tool"],
    reasons: lines.filter((line) => line !== ""),
    exitCode: EXIT.NOT_FOUND,
  };
}

/** How a call ended, as the trail tells it. */
type Ending = Pick<AuditRecord, "outcome" | "exitCode" | "durationMs" | "reasons">;

function summarize(result: CallResult): Ending {
  if (result.kind === "refused") {
    return { outcome: "refused", exitCode: result.exitCode, durationMs: 0, reasons: result.reasons };
  }
  const { exitCode, durationMs } = result;
  return { outcome: outcomeOf(result), exitCode, durationMs };
}

function outcomeOf({
  cancelled,
  timedOut,
  exitCode,
}: CallResult & { kind: "ended" }): AuditRecord["outcome"] {
  if (cancelled) return "cancelled";
  if (timedOut) return "timed out";
  return exitCode === 0 ? "succeeded" : "failed";
}
