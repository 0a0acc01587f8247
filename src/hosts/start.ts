/** The ssh process, as a way for messages. */

import type { Sink } from "../process/sink.ts";
import type { Source } from "../process/source.ts";
import { spawn } from "../process/spawn.ts";
import type { SshEnd } from "./diagnose.ts";

export interface Ssh {
  stdin: Sink;
  stdout: Source;
  stderr: Source;
  /** Ends it, where it still runs. */
  kill(): void;
  /** How it ended, asked once its stdout is over; one that stays a while longer is ended. */
  ended(): Promise<SshEnd>;
}

/** How long ssh may stay when its channel is over, and then when it was told to end, in milliseconds. */
const STAY_MS = 1500;
const TOLD_MS = 1000;

/** Starts ssh, or what stands for it, with `argv`. */
export function startSsh(argv: readonly string[], env: Record<string, string>): Ssh {
  const child = spawn({ argv, env, stdin: "pipe", output: "pipe", ownGroup: false });
  const { stdin, stdout, stderr, exited, pid } = child;
  if (stdin === undefined || stdout === undefined || stderr === undefined)
    throw new TypeError("ssh must be piped");
  let running = true;
  void exited.then(() => {
    running = false;
  });
  const kill = (signal: "SIGTERM" | "SIGKILL" = "SIGTERM") => running && process.kill(pid, signal);
  async function ended(): Promise<SshEnd> {
    const exit = await Promise.race([exited, Bun.sleep(STAY_MS)]);
    if (exit !== undefined) return exit;
    kill();
    if ((await Promise.race([exited, Bun.sleep(TOLD_MS)])) === undefined) kill("SIGKILL");
    return "lingering";
  }
  return { stdin, stdout, stderr, kill: () => kill(), ended };
}
