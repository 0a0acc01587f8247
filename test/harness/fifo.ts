/** Real pipes between the embedded SSH server and its children, as sshd gives them; `Bun.spawn`'s are sockets. */

import { closeSync, constants, openSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";

export interface ChildPipes {
  /** Blocking ends, for the child. */
  child: { stdin: number; stdout: number; stderr: number };
  /** Non-blocking ends, for us. */
  ours: { stdin: number; stdout: number; stderr: number };
}

/** Made, and not used yet: to start mkfifo costs as much as to start what the pipes are for. */
const spare: string[] = [];
const AT_ONCE = 90;
let count = 0;

/**
 * Three pipes by way of short-lived FIFOs: POSIX alone, no FFI. Throws when mkfifo fails. Some are made ahead in `dir`, which has to
 * be there as long as this process is.
 */
export function openChildPipes(dir: string): ChildPipes {
  const input = openFifo(nextFifo(dir), "written by us");
  const output = openFifo(nextFifo(dir), "read by us");
  const errors = openFifo(nextFifo(dir), "read by us");
  return {
    child: { stdin: input.child, stdout: output.child, stderr: errors.child },
    ours: { stdin: input.ours, stdout: output.ours, stderr: errors.ours },
  };
}

function nextFifo(dir: string): string {
  if (spare.length === 0) {
    spare.push(...Array.from({ length: AT_ONCE }, () => join(dir, `fifo-${process.pid}-${count++}`)));
    const made = Bun.spawnSync(["mkfifo", "-m", "600", ...spare]);
    if (made.exitCode !== 0) throw new Error(made.stderr.toString());
  }
  return spare.pop() ?? "";
}

/** Both ends of the FIFO at `path`, whose name is gone then. */
function openFifo(path: string, use: "read by us" | "written by us"): { ours: number; child: number } {
  // A reader that does not block comes first: only then does opening the other end not wait for a peer.
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  if (use === "read by us") {
    const child = openSync(path, constants.O_WRONLY);
    unlinkSync(path);
    return { ours: reader, child };
  }
  const writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  const child = openSync(path, constants.O_RDONLY);
  unlinkSync(path);
  closeSync(reader);
  return { ours: writer, child };
}

/**
 * Writes all of `bytes` to a non-blocking descriptor, waiting while the pipe is full. False when nobody will
 * read it any more, or once `abandoned` says so.
 */
export async function writePatiently(
  fd: number,
  bytes: Uint8Array,
  abandoned: () => boolean,
): Promise<boolean> {
  let written = 0;
  let waits = 0;
  while (written < bytes.length) {
    if (abandoned()) return false;
    try {
      written += writeSync(fd, bytes, written);
      waits = 0;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) return false;
      waits++;
      // A busy reader empties the pipe within microseconds; an idle one may take for ever.
      await (waits < 4 ? new Promise(setImmediate) : Bun.sleep(Math.min(waits - 3, 10)));
    }
  }
  return true;
}
