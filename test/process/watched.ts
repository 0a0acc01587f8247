/** Has a watchdog over some lines, takes some of them back, and is killed: `PROGRAM +LINE… -LINE…`. */

import { createWatchdog } from "../../src/process/watchdog.ts";

const [program = "", ...steps] = process.argv.slice(2);
const watchdog = createWatchdog(program, { PATH: "/usr/bin:/bin" });
const release = new Map<string, () => void>();
for (const step of steps) {
  const line = step.slice(1);
  if (step.startsWith("+")) release.set(line, watchdog.watch(line));
  else release.get(line)?.();
}
process.kill(process.pid, "SIGKILL");
