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
      // One file a call, numbered in order; a link appears only once the record is complete.
      `cd ${quote(records)} || exit`,
      "record=call.$$",
      ': >"$record"',
      `[ $# -eq 0 ] || printf '%s\\0' "$@" >"$record"`,
      "number=10001",
      'until ln "$record" "$number" 2>/dev/null; do number=$((number + 1)); done',
      'rm "$record"',
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
        .filter((name) => /^\d+$/.test(name))
        .sort()
        .map((name) => readFileSync(join(records, name), "utf8").split("\0").slice(0, -1)),
  };
}
