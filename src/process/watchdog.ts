/**
 * Ending tools when their server is killed outright. A process that gets KILL can do nothing more, so a small shell waits at the
 * end of a pipe that only the server holds. When the pipe closes, it starts runspec again to end what stands in its list.
 */

import { closeSync } from "node:fs";
import { attempt } from "../errors.ts";
import { openPipe, requireDescriptors } from "./pipe.ts";
import { SPARE_DESCRIPTORS } from "./spawn.ts";
import { openWatchdogList, type WatchdogList } from "./watchdog-list.ts";

/** What runspec is started with to end what the words behind it say. */
export const END_TARGETS = "--end-targets";

export interface Watchdog {
  /** Starts it, if it has not been: before there is a tool, which a KILL of the server could leave behind. */
  prepare(): void;
  /** Has what `target` says ended, should we be killed before the returned function is called. It is one line. */
  watch(target: string): () => void;
}

/** Waits for the end of stdin, then `$0 --end-targets TARGET…` with the lines of the list that are not struck out. */
const SCRIPT = `
trap '' INT TERM HUP
read -r _
while IFS= read -r line; do
  case $line in +*) set -- "$@" "\${line#+}" ;; esac
done <&3
[ "$#" -eq 0 ] || exec "$0" ${END_TARGETS} "$@"
`;

/** Starts it with the first tool. Where there is no shell, pipe or file to be had, nothing is watched over, until there is. */
export function createWatchdog(program: string, env: Record<string, string>): Watchdog {
  let list: WatchdogList | undefined;
  const started = () => {
    list ??= startWatchdog(program, env);
    return list;
  };
  return {
    prepare: () => void started(),
    watch: (target) => started()?.enter(`+${target}`) ?? (() => {}),
  };
}

function startWatchdog(program: string, env: Record<string, string>): WatchdogList | undefined {
  const list = process.platform === "win32" ? undefined : openWatchdogList(env.TMPDIR ?? "/tmp");
  if (list === undefined) return undefined;
  const pipe = attempt(openPipe);
  const shell =
    pipe &&
    attempt(() => {
      // One that could not be watched would be a process forgotten.
      requireDescriptors(SPARE_DESCRIPTORS);
      return Bun.spawn(["/bin/sh", "-c", SCRIPT, program], {
        env,
        cwd: "/",
        detached: true,
        stdio: [pipe.read, "ignore", "ignore", list.fd],
      });
    });
  // The tool is worth more than its watchdog, which keeps nothing that it cannot use.
  for (const fd of shell === undefined ? [list.fd, pipe?.write, pipe?.read] : [pipe?.read])
    if (fd !== undefined) closeSync(fd);
  shell?.unref();
  return shell && list;
}
