/** The tools behind a server: what it lists and calls, with every call in the audit trail. */

import { EXIT } from "../errors.ts";
import type { Guard } from "../exec/guard.ts";
import { maskText } from "../exec/mask.ts";
import type { Asker, Audit, AuditRecord } from "./audit.ts";
import { type CallResult, performCall, prepareCall } from "./call.ts";
import type { Tool } from "./catalog.ts";
import { describeTool } from "./descriptor.ts";
import type { ExecutionIo, StreamName } from "./execute.ts";

export interface HostOptions {
  tools: readonly Tool[];
  /** What a child inherits. */
  env: Readonly<Record<string, string>>;
  asker(): Omit<Asker, "client" | "human">;
  audit: Audit;
  guard: Guard;
  hostname(): string;
}

export interface HostedCall {
  name: string;
  arguments: unknown;
  human: boolean;
  client: Asker["client"];
  signal: AbortSignal;
  onOutput(stream: StreamName, bytes: Uint8Array): Promise<void>;
  /** Told, before the tool is started, how to hide what nothing of ours may show of its output. */
  onSecrets?(hide: (text: string) => string): void;
  feed?: ExecutionIo["feed"];
}

/** Hides what is not offered here, from the list and from calls alike. */
export function createToolHost({ tools, env, asker, audit, guard, hostname }: HostOptions) {
  const offered = new Map<string, Tool>();
  for (const tool of tools) if (tool.hidden === undefined) offered.set(tool.runnable.name, tool);
  const lists: Partial<Record<"human" | "agent", ReturnType<typeof describeTool>[]>> = {};

  async function call(request: HostedCall): Promise<CallResult> {
    const tool = offered.get(request.name);
    if (tool === undefined) {
      return { kind: "refused", reasons: [`unknown tool: ${request.name}`], exitCode: EXIT.NOT_FOUND };
    }
    const record = (outcome: Ending) =>
      audit({
        runnable: tool.runnable,
        arguments: request.arguments,
        asker: () => ({ ...asker(), client: request.client, human: request.human }),
        runAs: tool.user.kind === "user" ? tool.user.user : undefined,
        ...outcome,
      });
    if (request.signal.aborted) {
      record({ outcome: "cancelled", exitCode: null, durationMs: 0 });
      return { kind: "refused", reasons: ["cancelled before it was started"], exitCode: EXIT.FAILED };
    }
    const result = await perform(tool, request).catch((error: unknown) => {
      record({ outcome: "failed", exitCode: null, durationMs: 0 });
      throw error;
    });
    record(summarize(result));
    return result;
  }

  async function perform(tool: Tool, request: HostedCall): Promise<CallResult> {
    const prepared = prepareCall({
      tool,
      arguments: request.arguments,
      human: request.human,
      agent: true,
      env,
      hostname,
    });
    if (prepared.kind === "refused") return prepared;
    const { secrets } = prepared;
    request.onSecrets?.((text) => maskText(text, secrets));
    return performCall(tool, prepared, {
      signal: request.signal,
      sink: request.onOutput,
      guard,
      invoker: () => asker().user ?? "you",
      hostname,
      ...(request.feed === undefined ? {} : { feed: request.feed }),
    });
  }

  return {
    list(human: boolean) {
      const reader = human ? "human" : "agent";
      const list = lists[reader] ?? [...offered.values()].map((tool) => describeTool(tool, human));
      lists[reader] = list;
      return list;
    },
    maxOutput: (name: string) => offered.get(name)?.runnable.maxOutput,
    has: (name: string) => offered.has(name),
    isJson: (name: string) => offered.get(name)?.runnable.output === "json",
    call,
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
