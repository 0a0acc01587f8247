/** Appending lines to a file that several processes share and that is rotated by size or by day. */

import {
  appendFileSync,
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname } from "node:path";
import { codeOf } from "../errors.ts";

export interface Rotation {
  rotate: { bytes: number } | "daily" | "weekly";
  /** Old files that are kept: `file.1` is the newest. */
  keep: number;
}

const NEWLINE = 0x0a;
const DAY_MS = 24 * 60 * 60 * 1000;
/** A lock older than this was left by a process that died. */
const STALE_LOCK_MS = 10_000;

/**
 * Appends `line` in one write, after rotating where that is due; on a line of its own, even where whoever wrote last was cut
 * short. Throws what the file system throws.
 */
export function appendRotating(path: string, line: string, rotation: Rotation): void {
  const bytes = Buffer.byteLength(line);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if (isDue(path, bytes, rotation)) {
    // Whoever does not get the lock appends to the file as it is; the line is kept either way.
    withLock(`${path}.lock`, () => {
      if (isDue(path, bytes, rotation)) shift(path, rotation.keep);
    });
  }
  const fd = openSync(path, "a+", 0o600);
  try {
    appendFileSync(fd, endsInMiddle(fd) ? `\n${line}` : line);
  } finally {
    closeSync(fd);
  }
}

/** Whether the last line of the file has no end: the disk was full, or its writer was killed. */
function endsInMiddle(fd: number): boolean {
  const { size } = fstatSync(fd);
  const last = new Uint8Array(1);
  return size > 0 && readSync(fd, last, 0, 1, size - 1) === 1 && last[0] !== NEWLINE;
}

function isDue(path: string, adding: number, { rotate }: Rotation): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || stat.size === 0) return false;
  if (typeof rotate === "object") return stat.size + adding > rotate.bytes;
  return period(stat.mtimeMs, rotate) !== period(Date.now(), rotate);
}

/** The number of the local day, or of the week that begins on its Monday. */
function period(time: number, rotate: "daily" | "weekly"): number {
  const day = Math.floor((time - new Date(time).getTimezoneOffset() * 60_000) / DAY_MS);
  // Day 0 was a Thursday.
  return rotate === "daily" ? day : Math.floor((day + 3) / 7);
}

function shift(path: string, keep: number): void {
  if (keep === 0) {
    rmSync(path, { force: true });
    return;
  }
  for (let number = keep - 1; number >= 1; number--)
    renameIfThere(`${path}.${number}`, `${path}.${number + 1}`);
  renameIfThere(path, `${path}.1`);
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
}

function withLock(lock: string, work: () => void): void {
  if (!acquire(lock)) return;
  try {
    work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function acquire(lock: string): boolean {
  const stat = statSync(lock, { throwIfNoEntry: false });
  if (stat !== undefined && Date.now() - stat.mtimeMs > STALE_LOCK_MS) rmSync(lock, { force: true });
  try {
    closeSync(openSync(lock, "wx", 0o600));
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}
