/**
 * Lines that another process may have to read when this one is gone: entered and struck out in a nameless file. Unlike a
 * pipe it wakes nobody, and calls come by the thousand.
 */

import { encodeUtf8 } from "../text.ts";
import { openNamelessFile, truncate, writeAt } from "./memory-file.ts";

export interface Ledger {
  /** Never read here, so its position stays at the beginning. */
  fd: number;
  /** Adds `line`, which has no line break and begins with `+`; the returned function strikes it out. */
  enter(line: string): () => void;
}

/** Past this the file is written anew with the lines that stand. */
const TIDY_BYTES = 64 * 1024;
const STRUCK = encodeUtf8("-");

/** In memory, or in `directory` or another one for temporary files; undefined where no file can be made. */
export function openLedger(directory: string): Ledger | undefined {
  const fd = openNamelessFile([directory, "/dev/shm", "/var/tmp"]);
  return fd === undefined ? undefined : createLedger(fd);
}

function createLedger(fd: number): Ledger {
  const standing = new Map<number, { line: string; offset: number | undefined }>();
  let end = 0;
  let next = 0;

  /** Where the line stands; undefined where there is no room for it, which must not keep a tool from running. */
  function append(line: string): number | undefined {
    const bytes = encodeUtf8(`${line}\n`);
    const offset = end;
    if (writeAt(fd, bytes, offset) !== bytes.length) {
      // A part of a line is worse than none: it would be read together with the next one.
      truncate(fd, offset);
      return undefined;
    }
    end += bytes.length;
    return offset;
  }

  function strike(offset: number | undefined): void {
    // Some file systems need room even for that. A process that has ended must not stay in the list.
    if (offset !== undefined && writeAt(fd, STRUCK, offset) === 0) tidy();
  }

  function tidy(): void {
    truncate(fd, 0);
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
