/** What `mcp/server` needs of the tools behind it. They are injected: this folder starts no process. */

import type { JsonObject } from "../jsonrpc/message.ts";
import type { StreamName } from "./bytes.ts";

/** A tool as `tools/list` shows it. */
export interface ToolDescriptor {
  name: string;
  title?: string;
  description: string;
  inputSchema: JsonObject;
  annotations?: JsonObject;
  _meta?: JsonObject;
  /** `x-autonomy` and its like: kept by the format, stripped by most clients. */
  [extra: `x-${string}`]: unknown;
}

export interface ToolCall {
  name: string;
  /** As JSON. */
  arguments?: JsonObject;
  /** As on a command line; then there are no `arguments`. */
  words?: readonly string[];
  /** Run nothing, and say all that it would be refused for. */
  check?: boolean;
  /** Whether a person asked for this very call. */
  human: boolean;
  client: { name: string; version: string } | undefined;
  signal: AbortSignal;
  /** Takes output as it comes; the tool is not read further until the promise resolves. */
  onOutput(stream: StreamName, bytes: Uint8Array): Promise<void>;
  /** Called when the tool has been started, before any of its output. */
  onStart(): void;
  /** Told, before the tool is started, how to hide what may not be shown but as the tool's own output. */
  onSecrets?(hide: (text: string) => string): void;
  /** Gives the tool's standard input to the client that feeds it; undefined: the null device. */
  feed?: (stdin: InputSink) => void;
}

/** The write end of a tool's standard input. */
export interface InputSink {
  /** Resolves when there is room for more; rejects when the tool reads no further. */
  write(bytes: Uint8Array): Promise<void>;
  end(): Promise<void>;
}

/** How a call ended. */
export type CallOutcome =
  /** Nothing was run; every reason at once, as sentences. */
  | {
      kind: "refused";
      /** What for: `words`, `autonomy`, … */
      objections: string[];
      reasons: string[];
      exitCode: number;
      manual?: true;
      missingSecrets?: string[];
    }
  /** `--help` was among its words. */
  | { kind: "usage"; usage: ToolDescriptor }
  /** Nothing speaks against it. */
  | { kind: "checked"; notes: string[] }
  | {
      kind: "ended";
      exitCode: number;
      signal?: string;
      timedOut: boolean;
      cancelled: boolean;
      durationMs: number;
      /** Words of ours to add to a failure: a timeout, why a become method refused. */
      explanation?: string;
      /** What to tell besides: deprecated arguments that were used. */
      notes?: string[];
    };

export interface ToolHost {
  /** Takes note of a call of a tool that is not there. */
  noteUnknown(call: Pick<ToolCall, "name" | "client" | "human">): void;
  /** To an agent, without the secrets that only a person may give. */
  list(human: boolean): readonly ToolDescriptor[];
  has(name: string): boolean;
  /** Whether the tool declares `output = "json"`. */
  isJson(name: string): boolean;
  /** Bytes of each stream that a result shows, or all that a message can carry; undefined: the usual. */
  maxOutput(name: string): number | "none" | undefined;
  /** For how long the client of a call of the tool may be silent, in milliseconds; undefined: the shortest of all tools. */
  lease(name?: string): number;
  call(call: ToolCall): Promise<CallOutcome>;
}
