/** An `ssh` that connects to nothing: it notes how it was called, says what it is told to, and exits. */

import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { quote, writeExecutable } from "./ssh-host.ts";

export interface RecordingSsh {
  /** Put it first on PATH. */
  binDir: string;
  /** The arguments of every call, the oldest first, exactly as they arrived; `ssh` itself is not among them. */
  calls(): Promise<string[][]>;
}

export interface RecordingSshOptions {
  /** 0 if not given. */
  exitCode?: number;
  /** Printed on stderr before it exits. */
  stderr?: string;
  /** POSIX sh, run with stdin and stdout of the call before it exits. */
  script?: string;
}

/** Puts an executable `ssh` into a `bin` below `dir`. */
export async function recordingSsh(dir: string, options: RecordingSshOptions = {}): Promise<RecordingSsh> {
  const binDir = join(dir, "recording-bin");
  const records = join(dir, "recording");
  mkdirSync(binDir);
  mkdirSync(records);
  writeExecutable(
    join(binDir, "ssh"),
    [
      // One file a call, numbered in order by who makes it first, and another beside it once it is complete. Nothing is started for that.
      `cd ${quote(records)} || exit`,
      "number=10001",
      'set -C; until true 2>/dev/null >"$number"; do number=$((number + 1)); done; set +C',
      `[ $# -eq 0 ] || printf '%s\\0' "$@" >"$number"`,
      ': >"$number.complete"',
      'cd "$OLDPWD" || exit',
      options.script ?? ":",
      `printf %s ${quote(options.stderr ?? "")} >&2`,
      `exit ${options.exitCode ?? 0}`,
    ].join("\n"),
  );
  return {
    binDir,
    calls: async () =>
      readdirSync(records)
        .filter((name) => name.endsWith(".complete"))
        .sort()
        .map((name) =>
          readFileSync(join(records, name.replace(".complete", "")), "utf8")
            .split("\0")
            .slice(0, -1),
        ),
  };
}
