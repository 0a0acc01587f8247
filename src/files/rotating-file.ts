/** Appending lines to a file that several processes share and that is rotated by size or by day. */

import fs from "node:fs";
import { dirname } from "node:path";
import { problemOf } from "../errors.ts";
import { closing } from "../process/descriptor.ts";
import { NEWLINE } from "../text.ts";
import { lockFile, openPrivate } from "./private-files.ts";

export interface Rotation {
  rotate: { bytes: number } | "daily" | "weekly";
  /** Old files that are kept: `file.1` is the newest. */
  keep: number;
}

/** How often a line may find that its file has just become an old one. */
const ROTATIONS_MAX = 10;
const APPENDING = fs.constants.O_RDWR | fs.constants.O_APPEND | fs.constants.O_CREAT;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Appends `line` in one write to a file of `uid`'s own, rotated where due; on a new line even after a write that was cut short. Returns why it could not be rotated. @throws what the file system throws */
export function appendRotating(path: string, line: string, { rotate, keep }: Rotation, uid?: number) {
  let stuck: string | undefined;
  fs.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  for (let rotations = 0; ; rotations++) {
    using file = closing(openPrivate(path, APPENDING, uid));
    const { fd } = file;
    // Whoever does not get the lock appends to the file as it is: the line is kept either way.
    const locked = lockFile(fd);
    const stat = fs.fstatSync(fd);
    // Some file systems give a file another inode at each look: in the end the line goes where it can.
    if (locked !== false && rotations < ROTATIONS_MAX) {
      const current = fs.statSync(path, { throwIfNoEntry: false });
      if (current?.ino !== stat.ino || current.dev !== stat.dev) continue;
      if (isDue(path, stat, Buffer.byteLength(line), rotate)) {
        stuck = locked ? problemOf(() => shift(path, keep)) : "files cannot be locked there";
        if (stuck === undefined) continue;
      }
    }
    // Without the lock, an end in mid-line may be that of a line that is just being written.
    fs.appendFileSync(fd, locked && endsInMiddle(fd, stat) ? `\n${line}` : line);
    return stuck;
  }
}

/** Whether the last line of the file has no end: the disk was full, or its writer was killed. */
function endsInMiddle(fd: number, { size }: fs.Stats): boolean {
  const last = new Uint8Array(1);
  return size > 0 && fs.readSync(fd, last, 0, 1, size - 1) === 1 && last[0] !== NEWLINE;
}

function isDue(path: string, { size, mtimeMs }: fs.Stats, adding: number, rotate: Rotation["rotate"]) {
  if (size === 0) return false;
  if (typeof rotate === "object") return size + adding > rotate.bytes;
  // A file server's clock may show another day than ours: once a day by that one, too, else each line would push out an old file.
  const before = fs.statSync(`${path}.1`, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return [Date.now(), before].every((time) => period(time, rotate) !== period(mtimeMs, rotate));
}

/** The number of the local day, or of the week that begins on its Monday. */
function period(time: number, rotate: "daily" | "weekly"): number {
  const day = Math.floor((time - new Date(time).getTimezoneOffset() * 60_000) / DAY_MS);
  // Day 0 was a Thursday.
  return rotate === "daily" ? day : Math.floor((day + 3) / 7);
}

/** @throws what the file system throws */
function shift(path: string, keep: number): void {
  for (let number = keep - 1; number >= 0; number--) {
    const from = number === 0 ? path : `${path}.${number}`;
    if (fs.existsSync(from)) fs.renameSync(from, `${path}.${number + 1}`);
  }
  if (keep === 0) fs.rmSync(path, { force: true });
}
