/**
 * Ending tools when their server is killed outright. A process that gets KILL can do nothing more, so a small shell waits at the
 * end of a pipe that only the server holds. When the pipe closes, it starts runspec again to end what was still running.
 */

import { closeSync, writeSync } from "node:fs";
import { openPipe } from "./pipe.ts";
import { END_TARGETS, writeTarget } from "./targets.ts";
import type { Target } from "./terminate.ts";

export interface Guard {
  /** Watches over `target` until the returned function is called. */
  watch(target: Target): () => void;
}

/** Takes lines of `+TARGET` and `-PID`; at the end of input, `$0 --end-targets TARGET…` with those that are left. */
const SCRIPT = `
trap '' INT TERM HUP
while IFS= read -r line; do
  case $line in
    +*) set -- "$@" "\${line#+}" ;;
    -*) left=$#
        while [ "$left" -gt 0 ]; do
          target=$1; shift; left=$((left - 1))
          case $target in "\${line#-}" | "\${line#-} "*) ;; *) set -- "$@" "$target" ;; esac
        done ;;
  esac
done
[ "$#" -eq 0 ] || exec "$0" ${END_TARGETS} "$@"
`;

/** Starts the guard with its first tool. Where there is no shell or no pipe to be had, nothing is guarded. */
export function createGuard(program: string, env: Record<string, string>): Guard {
  let tell: ((line: string) => void) | undefined;
  return {
    watch(target) {
      tell ??= startGuard(program, env);
      tell(`+${writeTarget(target)}\n`);
      return () => tell?.(`-${target.pid}\n`);
    },
  };
}

function startGuard(program: string, env: Record<string, string>): (line: string) => void {
  const pipe = process.platform === "win32" ? undefined : openPipe();
  if (pipe === undefined) return () => {};
  const guard = Bun.spawn(["/bin/sh", "-c", SCRIPT, program], {
    env,
    cwd: "/",
    detached: true,
    stdio: [pipe.read, "ignore", "ignore"],
  });
  guard.unref();
  closeSync(pipe.read);
  return (line) => {
    try {
      writeSync(pipe.write, line);
    } catch {
      // The guard is gone; the tools are still ended by a server that ends in order.
    }
  };
}
