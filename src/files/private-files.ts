/**
 * What is kept for one user alone: what hosts said of their tools, the sockets of shared connections, the audit trail. The one place
 * that makes and opens such files, so that nobody can have runspec read what they wrote, or write where they point it to.
 */

import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { attempt, codeOf } from "../errors.ts";
import { closing } from "../process/descriptor.ts";
import { libc } from "../process/libc.ts";
import { distrust, explainFaults } from "./distrust.ts";
import { walkPath } from "./trust.ts";

export class NotPrivate extends Error {
  override readonly name = "NotPrivate";
  /** The reason as a clause that follows on the path. */
  readonly why: string;
  readonly path: string;
  /** The user may take it away; else only another place will do. */
  readonly removable: boolean;

  constructor(path: string, why: string, removable = true) {
    super(`${path} ${why}`);
    this.path = path;
    this.removable = removable;
    this.why = why;
  }
}

/** Makes this user's own directory (0700), or finds that it is one; without a `uid` (Windows) nothing is looked at. @throws NotPrivate, or what the file system throws */
export function ensurePrivateDirectory(path: string, uid: number | undefined): void {
  const find = () => fs.lstatSync(path, { throwIfNoEntry: false });
  // The way to a file in it, so that a sticky bit will do for the directories above. Looked at twice: somebody may make one of those meanwhile.
  const look = () => (uid === undefined ? [] : walkPath(join(path, "file"), { uid }).faults);
  // Where sudo has left HOME as it was, a directory of root's would be in its owner's way.
  if (look().length === 0 && find() === undefined) fs.mkdirSync(path, { recursive: true, mode: 0o700 });
  if (uid === undefined) return;
  const faults = look();
  const stats = find();
  const isOwn = stats?.isDirectory() && stats.uid === uid && (stats.mode & 0o077) === 0;
  if (stats !== undefined && !(isOwn && walkPath(path, { uid }).ended)) {
    // One in somebody else's directory is theirs, as where sudo has left XDG_RUNTIME_DIR as it was.
    const isOurs = (uid === 0 || stats.uid === uid) && faults.every((fault) => fault.path === path);
    throw new NotPrivate(path, "is not a directory for you alone", isOurs);
  }
  if (faults.length > 0)
    throw new NotPrivate(path, `could be exchanged: ${explainFaults(faults, uid)}`, false);
}

const WRITES = fs.constants.O_WRONLY | fs.constants.O_RDWR;

/** Opens the user's own file at `path`, no link, with `flags` of open(2); a new one is 0600. @throws NotPrivate, or what the file system throws */
export function openPrivate(path: string, flags: number, uid: number | undefined): number {
  let fd: number;
  try {
    // To open a pipe that somebody has put there would wait.
    fd = fs.openSync(path, flags | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK, 0o600);
  } catch (error) {
    if (codeOf(error) !== "ELOOP") throw error;
    throw new NotPrivate(path, "is a link");
  }
  const stats = fs.fstatSync(fd);
  if (stats.isFile() && (uid === undefined || (stats.uid === uid && stats.nlink <= 1))) {
    // One that was there already may be open to others.
    if (uid !== undefined && flags & WRITES && stats.mode & 0o077) fs.fchmodSync(fd, 0o600);
    return fd;
  }
  fs.closeSync(fd);
  throw new NotPrivate(path, "is not a file of your own");
}

/** The text of the user's own file at `path`; undefined where there is none, where it is not theirs alone, or longer than `limit` bytes. */
export function readPrivate(path: string, uid: number | undefined, limit: number): string | undefined {
  return attempt(() => {
    if (uid !== undefined && distrust(path, { uid }) !== undefined) return undefined;
    using file = closing(openPrivate(path, fs.constants.O_RDONLY, uid));
    return fs.fstatSync(file.fd).size > limit ? undefined : fs.readFileSync(file.fd, "utf8");
  });
}

/** Puts `text` in the place of what is at `path`, in a private directory, at once or not at all; gives the file, still open. @throws what the file system throws */
export function replacePrivate(path: string, text: string, uid: number | undefined): OpenFile {
  // A name that nobody can have foreseen.
  const fresh = `${path}.${crypto.randomUUID()}`;
  const flags = fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_EXCL;
  const file = openFile(openPrivate(fresh, flags, uid));
  try {
    file.append(Buffer.from(text));
    fs.renameSync(fresh, path);
    return file;
  } catch (error) {
    file.close();
    fs.rmSync(fresh, { force: true });
    throw error;
  }
}

type OpenFile = ReturnType<typeof openFile>;

/** A file without a name, which nobody else can open and which is gone with us. @throws what the file system throws, in use as well */
export function openSpoolFile(): OpenFile {
  const path = join(tmpdir(), `runspec-${crypto.randomUUID()}`);
  const fd = openPrivate(path, fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_EXCL, undefined);
  fs.rmSync(path, { force: true });
  return openFile(fd);
}

/** A new file in the place of the user's own at `path`, to which another call may be writing; its directory is private. @throws NotPrivate where it is somebody else's; what the file system throws, then and later */
export function createPrivate(path: string, uid: number | undefined): OpenFile {
  fs.closeSync(openPrivate(path, fs.constants.O_WRONLY | fs.constants.O_CREAT, uid));
  return replacePrivate(path, "", uid);
}

/** Bytes at the end of a file, and anywhere in it. */
function openFile(fd: number) {
  let end = 0;
  return {
    append(bytes: Uint8Array): void {
      for (let at = 0; at < bytes.length; ) at += fs.writeSync(fd, bytes, at, bytes.length - at, end + at);
      end += bytes.length;
    },
    read(at: number, length: number): Uint8Array {
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, fs.readSync(fd, bytes, 0, length, at));
    },
    close: () => fs.closeSync(fd),
  };
}

const LOCK_EX_NB = 2 | 4;
const LOCK_UN = 8;
const LONGEST_WAIT_MS = 100;

/** Locks `fd` by flock(2) until it is closed or its process ends, blocking for 100 ms at most. False: it is held for longer; undefined: there are no such locks. */
export function lockFile(fd: number): boolean | undefined {
  const { flock } = libc();
  // Some file systems have none (Lustre): then nothing can be unlocked, either.
  if (flock?.(fd, LOCK_UN) !== 0) return undefined;
  for (let waitedMs = 0; flock(fd, LOCK_EX_NB) !== 0; waitedMs++) {
    if (waitedMs >= LONGEST_WAIT_MS) return false;
    Bun.sleepSync(1);
  }
  return true;
}
