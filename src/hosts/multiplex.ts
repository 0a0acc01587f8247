/** Sharing one connection between calls: OpenSSH's ControlMaster, in a private directory. */

import { join } from "node:path";
import type { Context } from "../context.ts";
import { RunspecError, reasonOf } from "../errors.ts";
import { namesIn } from "../files/look.ts";
import { ensurePrivateDirectory, NotPrivate } from "../files/private-files.ts";
import { quoteWord } from "../process/quote.ts";
import { routeKey, sshArgv } from "./argv.ts";
import type { Target } from "./target.ts";

/** A path that ssh takes as it stands: no quotes, `%`, `${`. A socket's holds 104 bytes (macOS) or 108, and ssh appends 17 while it makes one. */
const USABLE_PATH = /^\/[\w.,:@+=/-]{1,85}$/;

/** What ssh puts in the place of `%C`: a name for the host, the port and the user that its configuration leads to, which may change between two calls. */
const HASH = "C".repeat(40);

/**
 * The options that share a connection, to be given after the user's own, which win, and the sockets that are there for them. Makes their private
 * directory. @throws RunspecError 125 where that is somebody else's
 */
export function multiplexOptions(
  target: Target,
  { XDG_RUNTIME_DIR: runtimeDir = "" }: Context["env"],
  uid: number,
): { options: string[]; sockets(): string[] } {
  // There is room for 8 characters, 48 bits: in hex they would be 32, for which other options can be found that lead to the same socket.
  const route = routeKey(target, sshArgv(target, []));
  const key = Buffer.from(route, "hex").toString("base64url").slice(0, 8);
  const runtimePath = join(runtimeDir, "runspec");
  const directory = USABLE_PATH.test(join(runtimePath, key + HASH)) ? runtimePath : `/tmp/runspec-${uid}`;
  ensurePrivate(directory, uid);
  const isIts = (name: string) => name.slice(0, -HASH.length) === key;
  return {
    sockets: () => namesIn(directory).flatMap((name) => (isIts(name) ? [join(directory, name)] : [])),
    options: [
      "ControlMaster=auto",
      `ControlPath=${join(directory, `${key}%C`)}`,
      "ControlPersist=60",
      // Nobody else notices that the address has changed under a connection that is kept.
      ...["ServerAliveInterval=15", "ServerAliveCountMax=3"],
    ],
  };
}

function ensurePrivate(directory: string, uid: number): void {
  try {
    ensurePrivateDirectory(directory, uid);
  } catch (error) {
    const place = `${directory}, where multiplexing keeps its sockets,`;
    const elsewhere =
      'set XDG_RUNTIME_DIR to a directory of your own (export XDG_RUNTIME_DIR="$(mktemp -d /tmp/runspec.XXXXXX)"), or multiplex = false';
    if (!(error instanceof NotPrivate))
      throw new RunspecError(`${place} cannot be made: ${reasonOf(error)}`, { hint: elsewhere });
    const remove = `remove it (rm -r ${quoteWord(directory)}), or set multiplex = false`;
    throw new RunspecError(`${place} ${error.why}`, { hint: error.removable ? remove : elsewhere });
  }
}
