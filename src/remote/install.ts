/** Putting this binary on a remote machine: which build it needs, and a copy that is either whole or not there. */

import { existsSync } from "node:fs";
import { EXIT, RunspecError } from "../errors.ts";
import { quoteWord } from "../exec/quote.ts";
import { dirname, join } from "../paths.ts";
import { visible } from "../text.ts";

/** Stands before what our scripts print: start-up files of the remote's shell may have had words before. */
const MARK = "runspec-install:";

/** What to run on the remote to learn what it is. */
export const PROBE = [
  "sh",
  "-c",
  quoteWord(`echo ${MARK}; uname -s; uname -m; ldd --version 2>&1 | head -n 1; command -v runspec`),
];

const MACHINES: Record<string, string> = { x86_64: "x64", amd64: "x64", aarch64: "arm64", arm64: "arm64" };

/** Whether our script was run at all: a shell that was put in its place ends well, and says nothing of it. */
export function hasRun(printed: string): boolean {
  return printed.includes(`${MARK}\n`);
}

/** What {@link PROBE} or {@link installScript} itself printed, among all that came. */
export function scriptOutput(printed: string): string {
  const at = printed.lastIndexOf(`${MARK}\n`);
  return at === -1 ? printed : printed.slice(at + MARK.length + 1);
}

/**
 * The name of the build that a machine needs, from what {@link PROBE} printed.
 * @throws RunspecError 125 for a machine there is no build for.
 */
export function platformOf(probe: string): string {
  const [system = "", machine = "", libc = ""] = probe.split("\n").map((line) => line.trim());
  const arch = MACHINES[machine];
  if (system === "Darwin" && arch !== undefined) return `darwin-${arch}`;
  if (system === "Linux" && arch !== undefined) return `linux-${arch}${/musl/i.test(libc) ? "-musl" : ""}`;
  throw new RunspecError(
    `there is no build of runspec for ${visible([system, machine, libc].filter((part) => part !== "").join(", "))}`,
  );
}

/**
 * The file that holds the build for `platform`: this very binary where it is for the same, else `runspec-<platform>` beside it.
 * @throws RunspecError 125 where there is none.
 */
export function buildFor(platform: string, own: { path: string; platform: string }): string {
  if (platform === own.platform) return own.path;
  const beside = join(dirname(own.path), `runspec-${platform}`);
  if (existsSync(beside)) return beside;
  throw new RunspecError(`the build for ${platform} is missing: ${beside} does not exist`, {
    hint: `make it with: bun build.ts --target ${platform}`,
  });
}

/** Exit codes of {@link installScript}. */
export const CHECKSUM_DIFFERS = 65;
export const DOES_NOT_RUN = 66;

/**
 * What to run on the remote, with the binary on its stdin: it takes its final name only when every byte has arrived and it runs there.
 * A connection that breaks is an end of file, and the checksum tells. Prints the path.
 */
export function installScript(sha256: string): string[] {
  const script = `set -e
umask 022
dir=$HOME/.local/bin
mkdir -p "$dir"
find "$dir" -name '.runspec.*' -mmin +10 -exec rm -f {} + 2>/dev/null || :
new=$dir/.runspec.$$
trap 'rm -f "$new"' EXIT
trap 'exit 1' HUP INT TERM
cat > "$new"
sum=$(sha256sum "$new" 2>/dev/null || shasum -a 256 "$new")
[ "\${sum%% *}" = ${sha256} ] || exit ${CHECKSUM_DIFFERS}
chmod 755 "$new"
"$new" --version > /dev/null || exit ${DOES_NOT_RUN}
mv -f "$new" "$dir/runspec"
echo ${MARK}
echo "$dir/runspec"`;
  return ["sh", "-c", quoteWord(script)];
}

/** Why {@link hasRun} says no, where the command ended well. */
export function notRun(alias: string): RunspecError {
  return new RunspecError(
    `${visible(alias)} ran something else than it was told, as a shell does that an rc file or a forced command starts; nothing was installed`,
    { hint: `see for yourself: runspec doctor ${visible(alias)}` },
  );
}

/** Why {@link installScript} ended with `exitCode`. */
export function installFailure(alias: string, exitCode: number): RunspecError {
  const host = visible(alias);
  if (exitCode === CHECKSUM_DIFFERS) {
    return new RunspecError(`the copy on ${host} was cut short or damaged; nothing was installed`);
  }
  if (exitCode === DOES_NOT_RUN) {
    return new RunspecError(
      `this build does not run on ${host} (its words are above); nothing was installed`,
    );
  }
  if (exitCode === EXIT.CONNECTION) {
    return new RunspecError(
      `ssh could not connect to ${host}, or lost the connection; nothing was installed`,
      {
        exitCode: EXIT.CONNECTION,
      },
    );
  }
  return new RunspecError(
    `installing on ${host} failed with ${exitCode} (its words are above); nothing was installed`,
  );
}
