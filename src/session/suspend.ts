/** Ctrl-Z: who waits to hear from us is told before we stop, and again when we go on. */

import type { OnSignals } from "../process/signals.ts";

/** How long the word of it may take. */
const SAYING_MS = 500;

/** Listens until the returned function is called. ssh itself does not stop (see `hosts/start`), and so carries the word. */
export function onSuspend(onSignals: OnSignals, say: (suspended: boolean) => Promise<void>): () => void {
  if (process.platform === "win32") return () => {};
  const stops = onSignals(["SIGTSTP"], () => {
    const stop = () => process.kill(process.pid, "SIGSTOP");
    void Promise.race([say(true), Bun.sleep(SAYING_MS)]).then(stop, stop);
  });
  const goes = onSignals(["SIGCONT"], () => void say(false));
  return () => {
    stops();
    goes();
  };
}
