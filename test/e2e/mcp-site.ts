/** Projects with tools, and clients of `runspec serve` in each revision of MCP: where the tests of the server start from. */

import type { StartOptions } from "../harness/binary.ts";
import { type Message, type PlainObject, type ServeClient, serveClient } from "../harness/serve-client.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";

export const HANDSHAKES = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] as const;
export const STATELESS = "2026-07-28";
export const REVISIONS = [...HANDSHAKES, STATELESS] as const;
/** One with a handshake and the one without, for what no revision changes; what a revision has is tabulated in mcp/revisions.ts. */
export const BOTH_KINDS = ["2025-11-25", STATELESS] as const;
export type RevisionName = (typeof REVISIONS)[number];

/** What a request of the stateless revision says of itself; `more` adds to its `_meta`. */
export function envelope(more: PlainObject = {}, version: string = STATELESS): PlainObject {
  return {
    "io.modelcontextprotocol/protocolVersion": version,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
    ...more,
  };
}

export interface McpClient extends ServeClient {
  revision: RevisionName;
  /** A request as the revision wants it; `meta` goes into `_meta`. */
  ask(method: string, params?: PlainObject, meta?: PlainObject): Promise<Message>;
  /** The same request, not sent. */
  draft(id: unknown, method: string, params?: PlainObject, meta?: PlainObject): PlainObject;
  /** `tools/call`. */
  call(name: string, args?: PlainObject, meta?: PlainObject): Promise<Message>;
}

export type ServeOptions = StartOptions & { timeoutMs?: number };

/** Starts `runspec serve` on `toml`, in a new project unless `options` name one, and opens `revision`. */
export async function connect(
  toml: string,
  revision: RevisionName = "2025-11-25",
  options: ServeOptions = {},
): Promise<McpClient> {
  const client = serve(toml, options);
  const params = (given: PlainObject, meta: PlainObject) => {
    const all = revision === STATELESS ? envelope(meta) : meta;
    return Object.keys(all).length === 0 ? given : { ...given, _meta: all };
  };
  const ask: McpClient["ask"] = (method, given = {}, meta = {}) =>
    client.request(method, params(given, meta));
  if (revision !== STATELESS) {
    await client.request("initialize", opening(revision));
    await client.notify("notifications/initialized");
  }
  return {
    ...client,
    revision,
    ask,
    draft: (id, method, given = {}, meta = {}) => ({
      jsonrpc: "2.0",
      id,
      method,
      params: params(given, meta),
    }),
    call: (name, args = {}, meta = {}) => ask("tools/call", { name, arguments: args }, meta),
  };
}

/** Starts `runspec serve` on `toml` and says nothing yet. */
export function serve(toml: string, options: ServeOptions = {}): ServeClient {
  const cwd = options.cwd ?? tempDir();
  writeSpec(cwd, toml);
  return serveClient({ timeoutMs: 30_000, ...options, cwd });
}

/** The params of an `initialize`. */
export function opening(protocolVersion: string): PlainObject {
  return { protocolVersion, capabilities: {}, clientInfo: { name: "test", version: "1" } };
}

/** The texts of a call's result. */
export function texts({ result }: Message): unknown[] {
  const content = result?.content;
  return Array.isArray(content) ? content.map((part: PlainObject) => part.text) : [];
}

/** `_meta.runspec` of a call's result, without its duration, which no test can know. */
export function facts({ result }: Message): PlainObject {
  const { duration_ms: _, ...rest } = Object(Object(result?._meta).runspec);
  return rest;
}
