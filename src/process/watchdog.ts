/**
 * Ending tools when their server is killed outright. A process that gets KILL can do nothing more, so a small shell waits at the
 * end of a pipe that only the server holds. When the pipe closes, it starts runspec again to end what stands in its list.
 */

import { closeSync, ftruncateSync, openSync, unlinkSync, writeSync } from "node:fs";
import { attempt } from "../errors.ts";
import { encodeUtf8 } from "../text.ts";
import { cString, libc } from "./libc.ts";
import { openPipe, requireDescriptors } from "./pipe.ts";

/** What runspec is started with to end what the words behind it say. */
export const END_TARGETS = "--end-targets";

/** Gives an entry of its list for one tool, which is not there yet: a KILL of the server could leave it behind. */
export type Watchdog = () => WatchdogEntry;

/** Has what `target`, one line, says ended, should we be killed. It takes the place of the one before; undefined: nothing is ended. */
export type WatchdogEntry = (target: string | undefined) => void;

/** Waits for the end of stdin, then runs `$0 --end-targets TARGET…` with the whole lines of the list; the `$0` of the start, where it can be had. */
const SCRIPT = `
trap '' INT TERM HUP
[ -x /proc/self/fd/4 ] && own=/proc/self/fd/4 || own=$0
read -r _
while IFS= read -r line; do
  case $line in +*) set -- "$@" "\${line#+}" ;; esac
done <&3
[ "$#" -eq 0 ] || exec "$own" ${END_TARGETS} "$@"
`;

/** Starts it with the first tool. Where there is no shell, pipe or file to be had, nothing is watched over, until there is. */
export function createWatchdog(program: string, env: Record<string, string>): Watchdog {
  let enter: Watchdog | undefined;
  // By the end another version may have taken its place.
  const binary = attempt(() => openSync(program, "r"));
  return () => {
    enter ??= startWatchdog(program, binary, env);
    return enter?.() ?? (() => {});
  };
}

function startWatchdog(program: string, binary: number | undefined, env: Record<string, string>) {
  const list = process.platform === "win32" ? undefined : openWatchdogList(env.TMPDIR ?? "/tmp");
  if (list === undefined) return undefined;
  const pipe = attempt(openPipe);
  const shell =
    pipe &&
    attempt(() => {
      requireDescriptors();
      return Bun.spawn(["/bin/sh", "-c", SCRIPT, program], {
        env,
        cwd: "/",
        detached: true,
        stdio: [pipe.read, "ignore", "ignore", list.fd, binary],
      });
    });
  // The tool is worth more than its watchdog, which keeps nothing that it cannot use.
  for (const fd of shell === undefined ? [list.fd, pipe?.write, pipe?.read] : [pipe?.read])
    if (fd !== undefined) closeSync(fd);
  shell?.unref();
  return shell && list.enter;
}

/** The lines that the watchdog reads when we are gone, in a file without a name: unlike a pipe it wakes nobody. undefined where none can be made. */
function openWatchdogList(directory: string) {
  const fd = openMemoryFile() ?? openUnlinkedFile([directory, "/dev/shm", "/var/tmp"]);
  if (fd === undefined) return undefined;
  const lines = new Map<symbol, string>();
  let size = 0;
  const write = () => {
    const list = encodeUtf8([...lines.values()].join(""));
    // Empty lines over what is left of a longer list: then there is one step, and nobody can be killed in the middle of it.
    const bytes = Buffer.concat([list], Math.max(list.length, size)).fill("\n", list.length);
    const written = attempt(() => writeSync(fd, bytes, 0, bytes.length, 0));
    // No room, not even for what is there: the old lines stand. What has ended meanwhile is not mistaken for another.
    if (written === undefined) return;
    size = written;
    // Where there is no room for a line, its tool is run all the same. A part of one would be read together with the next.
    if (written < bytes.length) ftruncateSync(fd, bytes.subarray(0, written).lastIndexOf("\n") + 1);
  };
  return {
    /** Never read here, so its position stays at the beginning. */
    fd,
    enter(): WatchdogEntry {
      const key = Symbol();
      return (target) => {
        if (target !== undefined) lines.set(key, `+${target}\n`);
        if (target !== undefined || lines.delete(key)) write();
      };
    },
  };
}

const MFD_CLOEXEC = 1;
const MFD_NOEXEC_SEAL = 8;

/** A file in memory needs no directory that we may write: without a watchdog a tool could be left behind. */
function openMemoryFile(): number | undefined {
  const { memfd_create } = libc();
  // Linux before 6.3 does not know the second flag; since then it complains in the kernel's log of those who leave it out.
  for (const flags of [MFD_CLOEXEC | MFD_NOEXEC_SEAL, MFD_CLOEXEC]) {
    const fd = memfd_create?.(cString("runspec"), flags) ?? -1;
    if (fd >= 0) return fd;
  }
  return undefined;
}

function openUnlinkedFile(directories: readonly string[]): number | undefined {
  for (const directory of directories) {
    const fd = attempt(() => {
      const path = `${directory}/.runspec-${process.pid}-${crypto.randomUUID()}`;
      const file = openSync(path, "wx+", 0o600);
      unlinkSync(path);
      return file;
    });
    if (fd !== undefined) return fd;
  }
  return undefined;
}
