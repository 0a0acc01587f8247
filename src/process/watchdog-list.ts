/**
 * Lines that another process may have to read when this one is gone: entered and struck out in a nameless file. Unlike a
 * pipe it wakes nobody, and calls come by the thousand.
 */

import { ftruncateSync, openSync, unlinkSync, writeSync } from "node:fs";
import { attempt } from "../errors.ts";
import { encodeUtf8 } from "../text.ts";
import { cString, libc } from "./libc.ts";

export interface WatchdogList {
  /** Never read here, so its position stays at the beginning. */
  fd: number;
  /** Adds `line`, which has no line break and begins with `+`; the returned function strikes it out. */
  enter(line: string): () => void;
}

/** Past this the file is written anew with the lines that stand. */
const TIDY_BYTES = 64 * 1024;
const STRUCK = encodeUtf8("-");

/** In memory, or in `directory` or another one for temporary files; undefined where no file can be made. */
export function openWatchdogList(directory: string): WatchdogList | undefined {
  const fd = openMemoryFile() ?? openUnlinkedFile([directory, "/dev/shm", "/var/tmp"]);
  return fd === undefined ? undefined : createList(fd);
}

function createList(fd: number): WatchdogList {
  const standing = new Map<number, { line: string; offset: number | undefined }>();
  let end = 0;
  let next = 0;

  /** How many bytes there was room for. */
  const writeAt = (bytes: Uint8Array, offset: number) =>
    attempt(() => writeSync(fd, bytes, 0, bytes.length, offset)) ?? 0;

  /** Where the line stands; undefined where there is no room for it, which must not keep a tool from running. */
  function append(line: string): number | undefined {
    const bytes = encodeUtf8(`${line}\n`);
    const offset = end;
    if (writeAt(bytes, offset) !== bytes.length) {
      // A part of a line is worse than none: it would be read together with the next one.
      ftruncateSync(fd, offset);
      return undefined;
    }
    end += bytes.length;
    return offset;
  }

  function strike(offset: number | undefined): void {
    // Some file systems need room even for that. A process that has ended must not stay in the list.
    if (offset !== undefined && writeAt(STRUCK, offset) === 0) tidy();
  }

  function tidy(): void {
    ftruncateSync(fd, 0);
    end = 0;
    for (const entry of standing.values()) entry.offset = append(entry.line);
  }

  return {
    fd,
    enter(line) {
      const id = next++;
      standing.set(id, { line, offset: append(line) });
      return () => {
        const entry = standing.get(id);
        if (entry === undefined) return;
        standing.delete(id);
        if (standing.size === 0 || end > TIDY_BYTES) tidy();
        else strike(entry.offset);
      };
    },
  };
}

const MFD_CLOEXEC = 1;
const MFD_NOEXEC_SEAL = 8;

/** A file in memory needs no directory that we may write: without a guard a tool could be left behind. */
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
      const fd = openSync(path, "wx+", 0o600);
      unlinkSync(path);
      return fd;
    });
    if (fd !== undefined) return fd;
  }
  return undefined;
}
