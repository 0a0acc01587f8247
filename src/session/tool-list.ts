/** A server's list of tools, asked for at once, with the handshake. */

import { RpcFailure } from "../jsonrpc/peer.ts";
import type { McpClient } from "../mcp/client/client.ts";
import type { ServerInfo } from "../mcp/client/handshake.ts";
import type { Reader, RemoteTool } from "../mcp/client/tool-list.ts";

export interface ToolList {
  /** Those that have come so far. */
  come: readonly RemoteTool[];
  /** All of them, for which nobody waits longer than our patience. */
  all(): Promise<RemoteTool[]>;
}

export interface ListOptions {
  client: Pick<McpClient, "listTools" | "initialized">;
  reader?: Reader;
  info: Promise<ServerInfo>;
  patienceMs: number;
  /** It did not come to its end in time. */
  onLate(): void;
}

/** How long a server that has answered `initialize` may take over a list it was asked for earlier; then it has dropped that. */
const EARLY_MS = 3000;

export function askForTools({ client, reader = "human", info, patienceMs, onLate }: ListOptions): ToolList {
  const come: RemoteTool[] = [];
  const early = client.listTools(reader, come);
  early.catch(() => {});
  let second: Promise<RemoteTool[]> | undefined;

  /** Some servers refuse, or drop, what comes before they have answered `initialize`. */
  function again(): Promise<RemoteTool[]> {
    second ??= client.initialized().then(() => client.listTools(reader));
    return second;
  }

  function unlessRefused(error: unknown): Promise<RemoteTool[]> {
    if (error instanceof RpcFailure) return again();
    throw error;
  }

  return {
    come,
    async all() {
      await info;
      const dropped = Promise.withResolvers<RemoteTool[]>();
      const timers = [setTimeout(onLate, patienceMs), setTimeout(() => dropped.resolve(again()), EARLY_MS)];
      try {
        return await Promise.race([early.catch(unlessRefused), dropped.promise]);
      } finally {
        timers.forEach(clearTimeout);
      }
    },
  };
}
