/**
 * Ending tools when their server is killed outright. A process that gets KILL can do nothing more, so a small shell waits at the
 * end of a pipe that only the server holds. When the pipe closes, it starts runspec again to end what stands in the ledger.
 */

import { closeFile } from "../system/files.ts";
import { openPipe } from "../system/pipe.ts";
import { type Ledger, openLedger } from "./ledger.ts";
import { END_TARGETS, type TargetToEnd, writeTarget } from "./targets.ts";

export interface Guard {
  /** Starts it, if it has not been: before there is a tool, which a KILL of the server could leave behind. */
  prepare(): void;
  /** Watches over `target` until the returned function is called. */
  watch(target: TargetToEnd): () => void;
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

/** Starts the guard with its first tool. Where there is no shell, pipe or file to be had, nothing is guarded. */
export function createGuard(program: string, env: Record<string, string>): Guard {
  let ledger: Ledger | undefined | "none";
  const started = () => {
    ledger ??= startGuard(program, env) ?? "none";
    return ledger;
  };
  return {
    prepare: () => void started(),
    watch(target) {
      const ledger = started();
      if (ledger === "none") return () => {};
      return ledger.enter(`+${writeTarget(target)}`);
    },
  };
}

function startGuard(program: string, env: Record<string, string>): Ledger | undefined {
  const ledger = process.platform === "win32" ? undefined : openLedger(env.TMPDIR ?? "/tmp");
  if (ledger === undefined) return undefined;
  try {
    const pipe = openPipe();
    if (pipe === undefined) return undefined;
    const guard = Bun.spawn(["/bin/sh", "-c", SCRIPT, program], {
      env,
      cwd: "/",
      detached: true,
      stdio: [pipe.read, "ignore", "ignore", ledger.fd],
    });
    guard.unref();
    closeFile(pipe.read);
    return ledger;
  } catch {
    // The tool is worth more than its guard.
    return undefined;
  }
}
