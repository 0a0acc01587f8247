/**
 * Lines that another process may have to read when this one is gone: entered and struck out in a nameless file. Unlike a
 * pipe it wakes nobody, and calls come by the thousand.
 */

import { ftruncateSync, openSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Ledger {
  /** Never read here, so its position stays at the beginning. */
  fd: number;
  /** Adds `line`, which has no line break and begins with `+`; the returned function strikes it out. */
  enter(line: string): () => void;
}

/** Past this the file is written anew with the lines that stand. */
const TIDY_BYTES = 64 * 1024;

/** undefined where no file can be made. */
export function openLedger(): Ledger | undefined {
  const fd = openNameless();
  return fd === undefined ? undefined : createLedger(fd);
}

function createLedger(fd: number): Ledger {
  const standing = new Map<number, { line: string; offset: number }>();
  let end = 0;
  let next = 0;

  function append(line: string): number {
    const offset = end;
    end += writeSync(fd, `${line}\n`, offset);
    return offset;
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
        else writeSync(fd, "-", entry.offset);
      };
    },
  };
}

function openNameless(): number | undefined {
  for (const directory of [tmpdir(), "/dev/shm", "/var/tmp"]) {
    try {
      const path = join(directory, `.runspec-${process.pid}-${crypto.randomUUID()}`);
      const fd = openSync(path, "wx+", 0o600);
      unlinkSync(path);
      return fd;
    } catch {
      // The next place.
    }
  }
  return undefined;
}
