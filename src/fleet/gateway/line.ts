/** What a link needs of a connection: it is injected, so that the order of things can be tried without one. */

import type { RemoteTool } from "../../mcp/client/tool-list.ts";
import type { CallIo } from "../../mcp/tool-host.ts";
import type { HostAnswer } from "./host-answer.ts";

/** What is asked of one host. */
export interface HostCall extends Pick<CallIo, "client" | "signal" | "onProgress"> {
  name: string;
  arguments: Readonly<Record<string, unknown>>;
  human: boolean;
}

/** An open conversation with a host's server. */
export interface Line {
  /** What it offers. */
  tools: readonly RemoteTool[];
  call(call: HostCall): Promise<HostAnswer>;
  /** Whether it answers at all. */
  isThere(): Promise<boolean>;
  close(): Promise<void>;
}

/** What a line tells unasked. */
export interface LineEvents {
  onTools(tools: readonly RemoteTool[]): void;
  /** It has ended without having been closed. */
  onEnd(): void;
}
