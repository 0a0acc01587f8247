/** A server's list of tools, page by page. */

import { RunspecError } from "../../errors.ts";
import { isObject, type JsonObject } from "../../jsonrpc/message.ts";
import { CALLER } from "../extension.ts";
import { malformed } from "./handshake.ts";

export interface RemoteTool {
  name: string;
  title?: string;
  description?: string;
  inputSchema: unknown;
  /** `_meta` and the `x-…` keys, where they survived. */
  meta: JsonObject;
  /** As the server said it. */
  raw: JsonObject;
}

/** More pages than any honest server has. */
const MAX_PAGES = 1000;
/** Of a list: ten thousand tools fit in. */
const LIST_MAX_BYTES = 16 * 1024 * 1024;
const LIST_MAX_TOOLS = 25_000;

/** Who is to see the tools: some of a person's arguments are not shown to an agent. */
export type Reader = "human" | "agent";

interface Pages {
  reader: Reader;
  /** Sends one `tools/list`. */
  ask(params: JsonObject): Promise<unknown>;
  /** Bytes that have come since it was first asked. */
  bytes(): number;
  /** Takes the tools of each page as it comes. */
  tools: RemoteTool[];
}

/** All tools. */
export async function readPages({ reader, ask, bytes, tools }: Pages): Promise<RemoteTool[]> {
  let cursor: unknown;
  for (let page = 0; page < MAX_PAGES; page++) {
    const meta = reader === "human" ? { _meta: { [CALLER]: "human" } } : {};
    const result = await ask({ ...(cursor === undefined ? {} : { cursor }), ...meta });
    if (!isObject(result) || !Array.isArray(result.tools)) throw malformed("tools/list");
    for (const tool of result.tools.filter(isObject).flatMap(readTool)) tools.push(tool);
    if (bytes() > LIST_MAX_BYTES || tools.length > LIST_MAX_TOOLS) throw tooLong();
    cursor = result.nextCursor;
    if (typeof cursor !== "string") return tools;
  }
  throw new RunspecError(`the server's list of tools did not end after ${MAX_PAGES} pages`);
}

function tooLong(): RunspecError {
  const limits = `${LIST_MAX_TOOLS} tools or ${LIST_MAX_BYTES / 1024 / 1024} MiB`;
  return new RunspecError(`the server's list of tools is too long: over ${limits}`);
}

/** One tool of a list, or nothing where it has no name. */
export function readTool(tool: JsonObject): RemoteTool[] {
  const { name, title, description, inputSchema = {} } = tool;
  if (typeof name !== "string") return [];
  const extras = Object.fromEntries(Object.entries(tool).filter(([key]) => key.startsWith("x-")));
  return [
    {
      name,
      ...(typeof title === "string" ? { title } : {}),
      // A description that is the title says nothing more to a person.
      ...(typeof description === "string" && description !== title ? { description } : {}),
      inputSchema,
      meta: { ...extras, ...(isObject(tool._meta) ? tool._meta : {}) },
      raw: tool,
    },
  ];
}
