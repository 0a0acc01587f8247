/** What a host last said of its tools, however long ago: good enough to suggest from, and for nothing else. */

import { isObject } from "../jsonrpc/message.ts";
import { type RemoteTool, readTool } from "../mcp/client.ts";
import { join } from "../paths.ts";
import { readFile } from "../system/files.ts";
import { decodeLossily } from "../text.ts";

/** From the cache that `createToolCache` keeps in `dir` under `key`; none where there is none. */
export function readLastKnown(dir: string, key: string): RemoteTool[] {
  try {
    const kept: unknown = JSON.parse(decodeLossily(readFile(join(dir, `${key}.json`))));
    return isObject(kept) && Array.isArray(kept.tools) ? kept.tools.filter(isObject).flatMap(readTool) : [];
  } catch {
    return [];
  }
}
