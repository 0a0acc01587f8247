/**
 * What `--install` and `--uninstall` run on the remote. Any login shell may be the one that reads the command line, so a script is one
 * line for `sh -c`, without a quote, a backslash or an exclamation mark: between single quotes that means the same to sh, csh and fish.
 * It is called by its path: a shell that refuses that could not start what is installed, either.
 */

import { quoteBin, type RemoteBin, saysPlace } from "../../hosts/bin.ts";
import { quoteForShell } from "../../process/quote.ts";

/** Before what a script says; see `process/marked-lines`. */
export const MARK = "runspec-install";
/** Where the binary goes when no `bin` is set. A script, which begins at home, is told so without the ~, which not every shell knows. */
export const DEFAULT_PLACE = "~/.local/bin/runspec";

/** Exit codes of {@link installScript} and {@link uninstallScript}. */
export const SCRIPT_EXIT = {
  CHECKSUM_DIFFERS: 65,
  DOES_NOT_RUN: 66,
  DIRECTORY: 67,
  NOT_WRITABLE: 68,
  NOT_UNPACKED: 69,
  BROKEN_IN_PLACE: 70,
  NOT_RUNSPEC: 71,
  NO_SUCH_HOME: 72,
} as const;

/** How a copy may travel: by what the remote can unpack. */
export type Packing = "zstd" | "gzip" | "plain";

const UNPACK: Record<Packing, string> = { zstd: "zstd -dqc", gzip: "gzip -dc", plain: "cat" };

const TARGET = `case $1 in /*) t=$1;; "~"*) say target "$1"; exit ${SCRIPT_EXIT.NO_SUCH_HOME};; *) t=$HOME/$1;; esac; say target "$t"`;
/** `echo` of some shells reads a backslash, which a home of a Windows domain may have. */
const SAY = `say() { printf %s "${MARK} $*"; echo; }`;
/** Asks what is there for its version. That may be any program: one that never ends is not waited for, and none is run that is another user's, unless that is root. */
const ASK =
  'w=; command -v timeout >/dev/null 2>&1 && w="timeout -s KILL 5"; v=; if [ -O "$t" ] || [ -n "$(find -L "$t" -prune -user 0 2>/dev/null)" ]; then v=$({ $w "$t" --version </dev/null | head -n 1; } 2>/dev/null); fi';
const SUM = 'sum() { sha256sum 2>/dev/null <"$1" || shasum -a 256 <"$1"; }';

const PROBE = [
  SAY,
  SUM,
  TARGET,
  'say system "$(uname -s)"',
  'say machine "$(uname -m)"',
  'say bits "$(getconf LONG_BIT 2>/dev/null)"',
  'say libc "$(LC_ALL=C ldd --version 2>&1 | head -n 1)"',
  'for f in /lib/ld-musl-*; do [ -e "$f" ] && say loader "$f"; done',
  'if [ -d "$t" ]; then say kind directory; elif [ -f "$t" ]; then say kind file; [ -x "$t" ] && say sum "$(sum "$t")"; elif [ -e "$t" ] || [ -L "$t" ]; then say kind other; fi',
  'p=$(command -v runspec) && say path "$p" && say pathsum "$(sum "$p")"',
  "for u in zstd gzip; do command -v $u >/dev/null 2>&1 && say unpacks $u; done",
  "say end",
].join("; ");

/** What to run on the remote to learn what it is, and what is in the place of `bin`. */
export const probe = (bin: RemoteBin): string[] => command(PROBE, bin);

/** What to run on the remote, with the packed binary on its stdin. That gets its final name when all of it has come, by its checksum, and it runs there. */
export function installScript(bin: RemoteBin, sha256: string, packing: Packing): string[] {
  const script = [
    SAY,
    SUM,
    "set -e; umask 022",
    TARGET,
    `dir=\${t%/*}/; mkdir -p "$dir" || exit ${SCRIPT_EXIT.NOT_WRITABLE}`,
    `[ -d "$t" ] && exit ${SCRIPT_EXIT.DIRECTORY}`,
    `[ -w "$dir" ] || exit ${SCRIPT_EXIT.NOT_WRITABLE}`,
    // What an install of ours that was killed has left: in a directory of others, they could exchange what is below it for a link meanwhile.
    'find "$dir" -maxdepth 1 -name ".runspec-install.*" -user "$(id -u)" -mmin +1440 -exec rm -rf {} + 2>/dev/null || :',
    'work=$dir.runspec-install.$(uname -n).$$; new=$work/runspec; clean() { rm -rf "$work"; }',
    // In a directory of our own nobody can exchange it while it is looked at. One that somebody else makes first is not taken.
    `mkdir -m 700 "$work" || exit ${SCRIPT_EXIT.NOT_UNPACKED}`,
    'trap clean EXIT; trap "exit 1" HUP INT TERM',
    `${UNPACK[packing]} > "$new" || exit ${SCRIPT_EXIT.NOT_UNPACKED}`,
    's=$(sum "$new")',
    `[ "\${s%% *}" = ${sha256} ] || exit ${SCRIPT_EXIT.CHECKSUM_DIFFERS}`,
    'chmod 755 "$new"',
    `v=$("$new" --version </dev/null) || exit ${SCRIPT_EXIT.DOES_NOT_RUN}`,
    `case $v in "runspec "*) ;; *) exit ${SCRIPT_EXIT.DOES_NOT_RUN};; esac`,
    // Somebody's own program, or what an earlier install kept, is not ours to take away. Hosts may share a home: what is kept is what was there before we asked, not what another install has put there since.
    `if [ -e "$t" ] || [ -L "$t" ]; then o=$work/old; ln "$t" "$o" 2>/dev/null || o=; ${ASK}; k=$t.before-runspec; while [ -e "$k" ] || [ -L "$k" ]; do [ "$k" -ef "$o" ] && break; k=$k.$$; done`,
    'case $v in "runspec "*) ;; *) ln "$o" "$k" 2>/dev/null || [ -e "$k" ] || mv -f "$t" "$k"; say kept "$k";; esac; fi',
    'mv -f "$new" "$t"',
    `v=$("$t" --version </dev/null) || exit ${SCRIPT_EXIT.BROKEN_IN_PLACE}`,
    'say version "$v"',
    'p=$(command -v runspec) && say path "$p" || :',
    "say end",
  ].join("; ");
  return command(script, bin);
}

/** What takes away what answers as runspec, and nothing else. */
export function uninstallScript(bin: RemoteBin): string[] {
  const script = [
    SAY,
    TARGET,
    `[ -d "$t" ] && exit ${SCRIPT_EXIT.DIRECTORY}`,
    'p=$(command -v runspec) && say path "$p"',
    ASK,
    'if [ -e "$t" ] || [ -L "$t" ]; then :; else say kind missing; say end; exit 0; fi',
    `case $v in "runspec "*) rm -f "$t" || exit ${SCRIPT_EXIT.NOT_WRITABLE};; *) say version "$v"; exit ${SCRIPT_EXIT.NOT_RUNSPEC};; esac`,
    'say version "$v"',
    "say end",
  ].join("; ");
  return command(script, bin);
}

/** Where the binary goes, as it is written here: in the remote's home with ~. */
export const placeOf = (bin: RemoteBin): string => (saysPlace(bin) ? bin.path : DEFAULT_PLACE);

function command(script: string, bin: RemoteBin): string[] {
  const place = saysPlace(bin) ? bin.path : DEFAULT_PLACE.slice(2);
  return ["/bin/sh", "-c", quoteForShell(script), "sh", quoteBin(place)];
}
