/** Noticing that a server which has answered has gone silent. Time counts only while we listen: a slow reader of ours is no silence. */

import type { Source } from "../process/source.ts";
import { createWait } from "../process/waiting.ts";

/** Listens to `server`; `ping` asks for a sign of life, and where that, too, is followed by silence, `onSilent` is called. */
export function createHeartbeat(
  server: Source,
  { patienceMs, ping, onSilent }: { patienceMs: number; ping(): void; onSilent(): void },
): { source: Source; start(): void; heard(): void } {
  let started = false;
  let listening = false;
  let pinged = false;
  const wait = createWait(patienceMs, expire);

  function arm(): void {
    if (started && listening) wait.start();
    else wait.stop();
  }

  function expire() {
    if (pinged) return onSilent();
    pinged = true;
    ping();
    arm();
  }

  function heard(): void {
    pinged = false;
    arm();
  }

  function read() {
    listening = true;
    arm();
    return server.read().finally(() => {
      listening = false;
      heard();
    });
  }

  /** From now on the server is asked for a sign of life where it is silent. */
  function start(): void {
    started = true;
    arm();
  }

  return { source: { ...server, read }, start, heard };
}
