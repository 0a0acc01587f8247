/** The ssh process, as a way for messages. */

import type { Source } from "../exec/source.ts";
import { type Exit, type Sink, spawn } from "../exec/spawn.ts";

export interface Ssh {
  stdin: Sink;
  stdout: Source;
  stderr: Source;
  exited: Promise<Exit>;
  /** Ends it, where it still runs. */
  kill(): void;
}

/** Starts ssh, or what stands for it, with `argv`. */
export function startSsh(argv: readonly string[], env: Record<string, string>): Ssh {
  const child = spawn({ argv, env, stdin: "pipe", output: "socket", ownGroup: false });
  const { stdin, stdout, stderr, exited, pid } = child;
  if (stdin === undefined || stdout === undefined || stderr === undefined)
    throw new TypeError("ssh must be piped");
  let running = true;
  void exited.then(() => {
    running = false;
  });
  return { stdin, stdout, stderr, exited, kill: () => running && process.kill(pid, "SIGTERM") };
}
