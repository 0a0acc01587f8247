/** A file without a name, which ends with the last process that has it open. */

import { attempt, cString, nodeFs } from "./files.ts";
import { libc } from "./libc.ts";

const MFD_CLOEXEC = 1;
const MFD_NOEXEC_SEAL = 8;

/** In memory where that can be, else in one of `directories`; undefined where no file can be made. */
export function openNamelessFile(directories: readonly string[]): number | undefined {
  return openMemoryFile() ?? openUnlinked(directories);
}

function openMemoryFile(): number | undefined {
  const { recent } = libc();
  if (recent === undefined) return undefined;
  // Linux before 6.3 does not know the second flag; since then it complains in the kernel's log of those who leave it out.
  for (const flags of [MFD_CLOEXEC | MFD_NOEXEC_SEAL, MFD_CLOEXEC]) {
    const fd = recent.memfd_create(cString("runspec"), flags);
    if (fd >= 0) return fd;
  }
  return undefined;
}

function openUnlinked(directories: readonly string[]): number | undefined {
  const { openSync, unlinkSync } = nodeFs();
  for (const directory of directories) {
    const fd = attempt(() => {
      const path = `${directory}/.runspec-${process.pid}-${crypto.randomUUID()}`;
      const fd = openSync(path, "wx+", 0o600);
      unlinkSync(path);
      return fd;
    });
    if (fd !== undefined) return fd;
  }
  return undefined;
}

/** Writes `bytes` at `offset`, or as many as there is room for: how many. */
export function writeAt(fd: number, bytes: Uint8Array, offset: number): number {
  const { recent } = libc();
  if (recent !== undefined) return Math.max(0, Number(recent.pwrite(fd, bytes, bytes.length, offset)));
  return attempt(() => nodeFs().writeSync(fd, bytes, 0, bytes.length, offset)) ?? 0;
}

/** Cuts the file off after `length` bytes. */
export function truncate(fd: number, length: number): void {
  const { recent } = libc();
  if (recent === undefined) nodeFs().ftruncateSync(fd, length);
  else recent.ftruncate(fd, length);
}
