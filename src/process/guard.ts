/**
 * Ending tools when their server is killed outright. A process that gets KILL can do nothing more, so a small shell waits at the
 * end of a pipe that only the server holds. When the pipe closes, it starts runspec again to end what stands in the ledger.
 */

import { closeSync } from "node:fs";
import { attempt } from "../errors.ts";
import { type Ledger, openLedger } from "./ledger.ts";
import { openPipe, requireDescriptors } from "./pipe.ts";
import { SPARE_DESCRIPTORS } from "./spawn.ts";
import type { Starting } from "./starting.ts";
import { END_TARGETS, type TargetToEnd, writeStarting, writeTarget } from "./targets.ts";

export interface Guard {
  /** Starts it, if it has not been: before there is a tool, which a KILL of the server could leave behind. */
  prepare(): void;
  /** Watches over a tool, from before it is started on, until the returned function is called. */
  watch(target: TargetToEnd | Starting): () => void;
}

/** Waits for the end of stdin, then `$0 --end-targets TARGET…` with the lines of the ledger that are not struck out. */
const SCRIPT = `
trap '' INT TERM HUP
read -r _
while IFS= read -r line; do
  case $line in +*) set -- "$@" "\${line#+}" ;; esac
done <&3
[ "$#" -eq 0 ] || exec "$0" ${END_TARGETS} "$@"
`;

/** Starts the guard with its first tool. Where there is no shell, pipe or file to be had, nothing is guarded, until there is. */
export function createGuard(program: string, env: Record<string, string>): Guard {
  let ledger: Ledger | undefined;
  const started = () => {
    ledger ??= startGuard(program, env);
    return ledger;
  };
  return {
    prepare: () => void started(),
    watch: (target) => started()?.enter(`+${lineOf(target)}`) ?? (() => {}),
  };
}

function lineOf(target: TargetToEnd | Starting): string {
  return "pipe" in target ? writeStarting(target) : writeTarget(target);
}

function startGuard(program: string, env: Record<string, string>): Ledger | undefined {
  const ledger = process.platform === "win32" ? undefined : openLedger(env.TMPDIR ?? "/tmp");
  if (ledger === undefined) return undefined;
  const pipe = attempt(openPipe);
  const guard =
    pipe &&
    attempt(() => {
      // One that could not be watched would be a process forgotten.
      requireDescriptors(SPARE_DESCRIPTORS);
      return Bun.spawn(["/bin/sh", "-c", SCRIPT, program], {
        env,
        cwd: "/",
        detached: true,
        stdio: [pipe.read, "ignore", "ignore", ledger.fd],
      });
    });
  // The tool is worth more than its guard, which keeps nothing that it cannot use.
  for (const fd of guard === undefined ? [ledger.fd, pipe?.write, pipe?.read] : [pipe?.read])
    if (fd !== undefined) closeSync(fd);
  guard?.unref();
  return guard && ledger;
}
