/** The cache of what hosts last said of their tools, a private file each: good enough to suggest from, and to know secrets by. What is run is always for the host to say. */

import { join } from "node:path";
import type { Context } from "../context.ts";
import { attempt } from "../errors.ts";
import { ensurePrivateDirectory, readPrivate, replacePrivate } from "../files/private-files.ts";
import { routeKey } from "../hosts/argv.ts";
import type { Destination } from "../hosts/destination.ts";
import { serveArgv } from "../hosts/route.ts";
import { isObject } from "../json.ts";
import { type RemoteTool, readTool } from "../mcp/client/tool-list.ts";
import { ownDirectory } from "../spec/discover/find.ts";

export type ToolCache = ReturnType<typeof openToolCache>;

export interface CachedTools {
  tools: RemoteTool[];
  /** How long ago, in milliseconds; for ever, where the clock was set back. */
  age: number;
  /** The server had `runspec/run`. */
  takesWords: boolean;
}

/** A list that is larger is not cached: reading it would be felt at every Tab. */
const MAX_BYTES = 4 * 1024 * 1024;

/** The list of the host that `key` names, in `dir` (undefined: nothing is cached); what another user than `uid` wrote is ignored. */
export function openToolCache(dir: string | undefined, key: string, uid?: number) {
  if (dir === undefined) return { read: () => undefined, save() {} };
  const path = join(dir, `${key}.json`);
  return {
    read(): CachedTools | undefined {
      const cached: unknown = attempt(() => JSON.parse(readPrivate(path, uid, MAX_BYTES) ?? ""));
      if (!isObject(cached) || !Array.isArray(cached.tools) || typeof cached.at !== "number")
        return undefined;
      const age = Date.now() < cached.at ? Infinity : Date.now() - cached.at;
      return { tools: cached.tools.flatMap(readTool), age, takesWords: cached.takesWords === true };
    },
    save(tools: readonly RemoteTool[], { takesWords }: Pick<CachedTools, "takesWords">): void {
      const text = JSON.stringify({ at: Date.now(), takesWords, tools: tools.map(({ raw }) => raw) });
      if (Buffer.byteLength(text) > MAX_BYTES) return;
      // A full disk or a read-only home costs suggestions, nothing else.
      attempt(() => {
        ensurePrivateDirectory(dir, uid);
        replacePrivate(path, text, uid).close();
      });
    },
  };
}

/** The list of the host at `destination` that a person is given, or the one for an `agent` behind a gateway. */
export function toolCacheOf(destination: Destination, context: Context, reader?: "agent"): ToolCache {
  const key = routeKey(destination, serveArgv(destination));
  const dir = ownDirectory("XDG_CACHE_HOME", context);
  return openToolCache(dir, reader === undefined ? key : `${key}-${reader}`, context.uid);
}
