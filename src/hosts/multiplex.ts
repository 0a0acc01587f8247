/** Sharing one connection between calls: OpenSSH's ControlMaster, in a private directory. */

import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "../context.ts";
import { codeOf, RunspecError, reasonOf } from "../errors.ts";
import { ensurePrivateDirectory, NotPrivate } from "../files/private-files.ts";
import { quoteWord } from "../process/quote.ts";
import { routeKey, sshArgv } from "./argv.ts";
import type { Target } from "./target.ts";

/** A path that ssh takes as it stands: no quotes, `%`, `${`. A socket's holds 104 bytes (macOS) or 108, and ssh appends 17 while it makes one. */
const USABLE_PATH = /^\/[\w.,:@+=/-]{1,85}$/;

/**
 * The options that share a connection, to be given after the user's own, which win, and its socket's path. Makes the private directory of the sockets,
 * and removes a socket on which nobody listens: ssh would go on without it in silence. @throws RunspecError 125 where the directory is somebody else's
 */
export async function multiplexOptions(
  target: Target,
  { XDG_RUNTIME_DIR: runtimeDir = "" }: Context["env"],
  uid: number,
): Promise<{ options: string[]; path: string }> {
  const key = routeKey(sshArgv(target, []));
  const runtimePath = join(runtimeDir, "runspec");
  const directory = USABLE_PATH.test(join(runtimePath, key)) ? runtimePath : `/tmp/runspec-${uid}`;
  ensurePrivate(directory, uid);
  const path = join(directory, key);
  if (!(await mayBeListening(path))) rmSync(path, { force: true });
  return {
    path,
    options: [
      "ControlMaster=auto",
      `ControlPath=${path}`,
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
      'set XDG_RUNTIME_DIR to a directory of your own (export XDG_RUNTIME_DIR="$(mktemp -d)"), or multiplex = false';
    if (!(error instanceof NotPrivate))
      throw new RunspecError(`${place} cannot be made: ${reasonOf(error)}`, { hint: elsewhere });
    const remove = `remove it (rm -r ${quoteWord(directory)}), or set multiplex = false`;
    throw new RunspecError(`${place} ${error.why}`, { hint: error.removable ? remove : elsewhere });
  }
}

/** Anything but a refusal leaves the socket to ssh. */
async function mayBeListening(path: string): Promise<boolean> {
  try {
    const socket = await Bun.connect({ unix: path, socket: { data() {} } });
    socket.end();
    return true;
  } catch (error) {
    return codeOf(error) !== "ECONNREFUSED";
  }
}
