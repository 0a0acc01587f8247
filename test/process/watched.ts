/** Has a watchdog over some lines and is killed: `PROGRAM [ENTRY=LINE | ENTRY= | -]…`, where an entry without a line is taken out, and `-` removes the program. */

import { rmSync } from "node:fs";
import { createWatchdog, type WatchdogEntry } from "../../src/process/watchdog.ts";

const [program = "", ...steps] = process.argv.slice(2);
const watchdog = createWatchdog(program, { PATH: "/usr/bin:/bin" });
const entries = new Map<string, WatchdogEntry>();
for (const step of steps) {
  if (step === "-") {
    rmSync(program);
    continue;
  }
  const [name = "", line] = step.split("=");
  const entry = entries.get(name) ?? watchdog();
  entries.set(name, entry);
  entry(line === "" ? undefined : line);
}
process.kill(process.pid, "SIGKILL");
