/**
 * What a server said of its tools, kept for as long as it said, so that a repeated call need not ask again. Trusted for nothing
 * but speed: the server checks the digest of the tool before it runs anything, and whatever is odd here is ignored.
 */

import { isObject, type JsonObject } from "../jsonrpc/message.ts";
import { type RemoteTool, readTool, type ToolList } from "../mcp/client.ts";
import { isAbsolute, join } from "../paths.ts";
import { type Facts, nodeFs, readFile } from "../system/files.ts";
import { decodeLossily } from "../text.ts";

export interface CachedTools {
  tools: RemoteTool[];
  /** The server takes input for its tools. */
  takesInput: boolean;
}

export interface ToolCache {
  read(): CachedTools | undefined;
  write(list: ToolList, takesInput: boolean): void;
}

/** Larger lists cost more to read than a round trip does. */
const MAX_BYTES = 512 * 1024;
/** A server's clock and word are its own: nothing is kept for longer than this, in milliseconds. */
const MAX_TTL_MS = 24 * 60 * 60 * 1000;

export const NO_CACHE: ToolCache = { read: () => undefined, write: () => {} };

/**
 * The cache for what `key` names (see `routeKey`), in `dir`, which is private. What another user than `uid` has written is
 * ignored: it could give the words of a call another meaning.
 */
export function createToolCache(dir: string, key: string, uid?: number): ToolCache {
  const path = join(dir, `${key}.json`);
  return {
    read() {
      try {
        const value: unknown = JSON.parse(readOwn(path, uid));
        return isObject(value) ? readCached(value) : undefined;
      } catch {
        return undefined;
      }
    },
    write({ tools, ttlMs }, takesInput) {
      if (ttlMs <= 0) return;
      const expires = Date.now() + Math.min(ttlMs, MAX_TTL_MS);
      const text = JSON.stringify({ expires, takesInput, tools: tools.map(({ raw }) => raw) });
      if (text.length > MAX_BYTES) return;
      try {
        const { mkdirSync, renameSync, writeFileSync } = nodeFs();
        mkdirSync(dir, { recursive: true, mode: 0o700 });
        const fresh = `${path}.${process.pid}`;
        writeFileSync(fresh, text, { mode: 0o600 });
        renameSync(fresh, path);
      } catch {
        // A full disk or a read-only home costs speed, nothing else.
      }
    },
  };
}

/** Where lists are kept: `$XDG_CACHE_HOME/runspec`, or `~/.cache/runspec`; undefined where there is no home. */
export function cacheDirectory(
  env: Record<string, string | undefined>,
  home: string | undefined,
): string | undefined {
  const root = env.XDG_CACHE_HOME ?? (home === undefined ? undefined : join(home, ".cache"));
  // The XDG rules: a relative path there is invalid and ignored.
  return root === undefined || !isAbsolute(root) ? undefined : join(root, "runspec");
}

function readOwn(path: string, uid: number | undefined): string {
  const isOwn = (facts: Facts) => facts.kind === "file" && (uid === undefined || facts.uid === uid);
  const read = readFile(path, (facts) => (isOwn(facts) ? undefined : ""));
  return typeof read === "string" ? read : decodeLossily(read);
}

function readCached({ expires, takesInput, tools }: JsonObject): CachedTools | undefined {
  if (typeof expires !== "number" || typeof takesInput !== "boolean" || !Array.isArray(tools))
    return undefined;
  const now = Date.now();
  if (expires <= now || expires > now + MAX_TTL_MS) return undefined;
  return { takesInput, tools: tools.filter(isObject).flatMap(readTool) };
}
