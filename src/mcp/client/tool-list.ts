/** A server's list of tools: asked for early, and read page by page. */

import { handledElsewhere, RunspecError } from "../../errors.ts";
import { asObject, asText, isObject, type PlainObject } from "../../json.ts";
import { CODE } from "../../jsonrpc/message.ts";
import { RpcFailure } from "../../jsonrpc/peer.ts";
import { CALLER } from "../extension.ts";
import type { Reader } from "../tool-host.ts";
import type { McpClient } from "./client.ts";
import { malformedAnswer, type ServerInfo } from "./handshake.ts";

export interface RemoteTool {
  name: string;
  title?: string | undefined;
  description?: string | undefined;
  inputSchema: unknown;
  /** How far it says that an agent may be trusted with it. */
  autonomy?: string | undefined;
  /** `_meta` and the `x-…` keys, where they survived. */
  meta: PlainObject;
  /** The tool as the server said it. */
  raw: PlainObject;
}

/** More pages than any honest server has. */
const MAX_PAGES = 1000;
/** Limits of a list: ten thousand tools fit in. */
const LIST_MAX_BYTES = 16 * 1024 * 1024;
const LIST_MAX_TOOLS = 25_000;
const LIMITS = `${MAX_PAGES} pages, ${LIST_MAX_TOOLS} tools or ${LIST_MAX_BYTES / 1024 / 1024} MiB`;

/** All tools: `ask` sends one `tools/list`, and `bytes` are those that have come since. */
export async function readPages(
  reader: Reader,
  ask: (params: PlainObject) => Promise<unknown>,
  bytes: () => number,
): Promise<RemoteTool[]> {
  const tools: RemoteTool[] = [];
  let cursor: unknown;
  for (let page = 1; ; page++) {
    const result = await ask({ cursor, _meta: reader === "person" ? { [CALLER]: "human" } : undefined });
    if (!isObject(result) || !Array.isArray(result.tools)) throw malformedAnswer("tools/list");
    for (const tool of result.tools.flatMap(readTool)) tools.push(tool);
    cursor = result.nextCursor;
    // Some servers write an empty one for none.
    const isLast = typeof cursor !== "string" || cursor === "";
    if (bytes() > LIST_MAX_BYTES || tools.length > LIST_MAX_TOOLS || (page === MAX_PAGES && !isLast))
      throw new RunspecError(`the server's list of tools is too long: over ${LIMITS}`);
    if (isLast) return tools;
  }
}

/** One tool of a list, or nothing where it has no name. */
export function readTool(tool: unknown): RemoteTool[] {
  if (!isObject(tool)) return [];
  const { name, title, description, inputSchema = {} } = tool;
  if (typeof name !== "string") return [];
  const extras = Object.fromEntries(Object.entries(tool).filter(([key]) => key.startsWith("x-")));
  const meta = { ...extras, ...asObject(tool._meta) };
  const autonomy = meta["runspec/autonomy"] ?? meta["x-autonomy"];
  return [
    {
      name,
      title: asText(title),
      // A description that is the title says nothing more to a person.
      description: description === title ? undefined : asText(description),
      inputSchema,
      autonomy: asText(autonomy),
      meta,
      raw: tool,
    },
  ];
}

/** How long a server that has answered `initialize` may take over a list it was asked for earlier; then it has dropped that. */
const EARLY_MS = 3000;

/** Asks for the list at once, and after the handshake again where it was refused or dropped. What it returns waits for all of it, which also goes to `keep`. */
export function askForTools(
  client: Pick<McpClient, "listTools" | "initialized">,
  reader: Reader,
  info: Promise<ServerInfo>,
  keep: (tools: readonly RemoteTool[], info: ServerInfo) => void,
): () => Promise<RemoteTool[]> {
  async function ask(): Promise<RemoteTool[]> {
    const tools = await client.listTools(reader);
    keep(tools, await info);
    return tools;
  }
  const early = ask().catch((error: unknown) => {
    if (!(error instanceof RpcFailure)) throw error;
  });
  early.catch(handledElsewhere);
  return async () => {
    await info;
    const tools = await Promise.race([early, Bun.sleep(EARLY_MS)]);
    if (tools) return tools;
    const again = client.initialized().then(ask).catch(noneWhereUnknown);
    return Promise.race([early.then((late) => late ?? again), again]);
  };
}

/** A server that does not know the method, though its handshake is done, has no tools. */
function noneWhereUnknown(error: unknown): [] {
  if (error instanceof RpcFailure && error.rpc.code === CODE.METHOD_NOT_FOUND) return [];
  throw error;
}
