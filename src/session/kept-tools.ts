/** What a host last said of its tools, in a private file each: good enough to suggest from, and to know secrets by. What is run is always for the host to say. */

import { join } from "node:path";
import type { Context } from "../context.ts";
import { attempt } from "../errors.ts";
import { ensurePrivateDirectory, readPrivate, replacePrivate } from "../files/private-files.ts";
import { routeKey, sshArgv } from "../hosts/argv.ts";
import type { Destination } from "../hosts/destination.ts";
import { serveCommand } from "../hosts/route.ts";
import { isObject } from "../json.ts";
import { type RemoteTool, readTool } from "../mcp/client/tool-list.ts";
import { ownDirectory } from "../spec/discover/find.ts";

export type KeptTools = ReturnType<typeof keptTools>;

interface Kept {
  tools: RemoteTool[];
  /** How long ago, in milliseconds; for ever, where nothing is kept. */
  age: number;
  /** The server had `runspec/run`. */
  takesWords: boolean;
}

export const NOTHING_KEPT: Kept = { tools: [], age: Number.POSITIVE_INFINITY, takesWords: false };
/** A list that is larger is not kept: reading it would be felt at every Tab. */
const MAX_BYTES = 4 * 1024 * 1024;

/** The list of the host that `key` names, in `dir` (undefined: nothing is kept); what another user than `uid` wrote is ignored. */
export function keptTools(dir: string | undefined, key: string, uid?: number) {
  const path = join(dir ?? "", `${key}.json`);
  return {
    read(): Kept {
      if (dir === undefined) return NOTHING_KEPT;
      const kept: unknown = attempt(() => JSON.parse(readPrivate(path, uid, MAX_BYTES) ?? ""));
      if (!isObject(kept) || !Array.isArray(kept.tools) || typeof kept.at !== "number") return NOTHING_KEPT;
      // A clock that was set back says nothing of how old it is.
      const age = Date.now() < kept.at ? NOTHING_KEPT.age : Date.now() - kept.at;
      return { tools: kept.tools.flatMap(readTool), age, takesWords: kept.takesWords === true };
    },
    /** `takesWords`: by a server with `runspec/run`. */
    keep(tools: readonly RemoteTool[], takesWords: boolean): void {
      if (dir === undefined) return;
      const text = JSON.stringify({ at: Date.now(), takesWords, tools: tools.map(({ raw }) => raw) });
      if (Buffer.byteLength(text) > MAX_BYTES) return;
      // A full disk or a read-only home costs suggestions, nothing else.
      attempt(() => {
        ensurePrivateDirectory(dir, uid);
        replacePrivate(path, text, uid);
      });
    },
  };
}

/** The list of the host at `destination`, or with `reader` the one that such a client is given. */
export function keptToolsOf(destination: Destination, context: Context, reader?: string): KeptTools {
  const key = routeKey(sshArgv(destination, serveCommand(destination)));
  const dir = ownDirectory("XDG_CACHE_HOME", ".cache", context);
  return keptTools(dir, reader === undefined ? key : `${key}-${reader}`, context.uid);
}
