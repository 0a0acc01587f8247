/** Changing somebody else's file: whole or not at all, with a copy of what it was. */

import fs from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { attempt, codeOf, problemOf, RunspecError, reasonOf } from "../errors.ts";
import { closing } from "../process/descriptor.ts";
import { decodeUtf8, visible } from "../text.ts";
import { openToRead, readFile, statOf } from "./look.ts";
import { lockFile } from "./private-files.ts";
import { aclOf, setAcl, walkPath } from "./trust.ts";

/** Writes what `change` makes of the text of `file`, through a link, too; undefined: nothing. `copy`: where what there was is kept. */
export async function writeWithCopy(
  file: string,
  change: (text: string) => string | undefined,
): Promise<{ copy: string | undefined; written: boolean }> {
  try {
    return replace(file, change);
  } catch (error) {
    if (error instanceof RunspecError) throw error;
    const options = { hint: "nothing was changed", cause: error };
    throw new RunspecError(`cannot write ${file}: ${reasonOf(error)}`, options);
  }
}

function replace(file: string, change: (text: string) => string | undefined) {
  const target = follow(file);
  const place = dirname(target);
  rejectNewForOthers(file, target);
  fs.mkdirSync(place, { recursive: true, mode: 0o700 });
  // Against another runspec, which may be making the file just now; a client that writes at the same time is noticed below.
  using directory = attempt(() => closing(fs.openSync(place, "r")));
  if (directory !== undefined) rejectLinkOfOthers(file, fs.fstatSync(directory.fd));
  // Each try is a tenth of a second.
  for (let tries = 0; directory !== undefined && tries < 50 && !lockFile(directory.fd); tries++);
  // By way of the open directory, for which nobody can put another.
  const heldPath = `/proc/self/fd/${directory?.fd}`;
  const held = join(fs.existsSync(heldPath) ? heldPath : place, basename(target));
  const written = replaceAt(file, held, change);
  return { ...written, copy: written.copy && join(place, basename(written.copy)) };
}

/** What root makes in another user's directory, as under a sudo that leaves HOME as it was, that user's programs cannot read. */
function rejectNewForOthers(file: string, target: string): void {
  let existing = target;
  // Where a link leads to nothing, no directory can be made: what counts is where it would be.
  while (!fs.existsSync(existing)) existing = dirname(follow(existing));
  if (existing !== target && process.getuid?.() === 0 && statOf(existing)?.uid !== 0)
    throw nothingWritten(file, `would be root's, and ${visible(existing)} is not; run this as its owner`);
}

/** Another user's link counts for what is that user's: root, for one, may write more than they. `place`: the directory that was opened. */
function rejectLinkOfOthers(file: string, place: fs.Stats): void {
  const uid = process.getuid?.();
  if (uid === undefined) return;
  const { real, faults } = walkPath(resolve(file), { uid });
  const link = faults.find(({ what, why }) => what === "link" && why === "owner");
  if (link !== undefined && [place, statOf(real) ?? place].some((stats) => stats.uid !== link.uid))
    throw nothingWritten(
      file,
      `is reached by ${visible(link.path)}, another user's link to what is not theirs`,
    );
  // Whoever could exchange it may have done so between the two looks.
  if (faults.length > 0 && statOf(dirname(real))?.ino !== place.ino) throw nothingWritten(file, MEANWHILE);
}

/** The text that this process wrote last, by file. It needs no copy: what was there before has one, and a list would leave one for each host. */
const ours = new Map<string, string>();

const MEANWHILE = "was changed by another program meanwhile; try again";

/** `held`: where `file` really is. */
function replaceAt(file: string, held: string, change: (text: string) => string | undefined) {
  const isThere = fs.lstatSync(held, { throwIfNoEntry: false }) !== undefined;
  const { bytes, old } = isThere ? readWritable(file, held) : { bytes: Buffer.alloc(0) };
  const before = decodeUtf8(bytes);
  if (before === undefined) throw nothingWritten(file, "is not UTF-8");
  const after = change(before);
  if (after === undefined) return { written: false };
  const copy = ours.get(file) === before ? undefined : old && keepCopy(held, bytes, old);
  // A name that nobody else has.
  const temporary = `${held}.${crypto.randomUUID()}.tmp`;
  try {
    create(temporary, after, old);
    if (!(fs.existsSync(held) ? readFile(held) : Buffer.alloc(0)).equals(bytes))
      throw nothingWritten(file, MEANWHILE);
    fs.renameSync(temporary, held);
    ours.set(file, after);
  } catch (error) {
    for (const written of [temporary, copy ?? temporary]) fs.rmSync(written, { force: true });
    throw error;
  }
  return { written: true, copy };
}

function nothingWritten(file: string, why: string): RunspecError {
  return new RunspecError(`nothing was written: ${visible(file)} ${why}`);
}

/** What `file` is in the end. What is no link is not asked for its path, which it loses where another runspec replaces it just then. */
function follow(file: string): string {
  if (fs.lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return file;
  try {
    return fs.realpathSync(file);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    throw nothingWritten(file, "is a link, and what it leads to is not there");
  }
}

/** The bytes of the file, and whose they are: of what is opened, not of a link. It is replaced, not written, so whether it may be written is asked here. */
function readWritable(file: string, target: string) {
  using opened = openToRead(target);
  const facts = fs.fstatSync(opened.fd);
  if (!facts.isFile()) throw nothingWritten(file, "is not a regular file");
  if ((facts.mode & 0o222) === 0 || problemOf(() => fs.accessSync(target, fs.constants.W_OK)) !== undefined)
    throw nothingWritten(file, "is read-only");
  if (![0, undefined, facts.uid].includes(process.getuid?.()))
    throw nothingWritten(file, "belongs to another user, and would be yours then");
  if (facts.nlink > 1)
    throw nothingWritten(file, "has another name (a hard link), which would keep the old text");
  return { bytes: fs.readFileSync(opened.fd), old: { facts, acl: aclOf(opened.fd) } };
}

type Old = ReturnType<typeof readWritable>["old"];

/** Makes a file that is whose the old one is, and open to the same; by its descriptor: a link may be in its place by then. */
function create(path: string, content: string | Uint8Array, old?: Old): void {
  using file = closing(fs.openSync(path, "wx", 0o600));
  try {
    if (old !== undefined) giveAccess(file.fd, old);
    fs.writeFileSync(file.fd, content);
    fs.fsyncSync(file.fd);
  } catch (error) {
    fs.rmSync(path, { force: true });
    throw error;
  }
}

/** Where the group or the list cannot be kept, the group's part of the mode would be that of others. */
function giveAccess(fd: number, { facts: { uid, gid, mode }, acl }: Old): void {
  if (fs.fstatSync(fd).uid !== uid) fs.fchownSync(fd, uid, gid);
  // Some file systems refuse also what changes nothing.
  const isOfGroup = fs.fstatSync(fd).gid === gid || problemOf(() => fs.fchownSync(fd, -1, gid)) === undefined;
  fs.fchmodSync(fd, mode & (isOfGroup && setAcl(fd, acl) ? 0o777 : 0o707));
}

/** Beside it, under a name that was free: where. */
function keepCopy(target: string, bytes: Uint8Array, old: Old): string {
  for (let number = 1; ; number++) {
    const copy = `${target}.before-runspec${number === 1 ? "" : `-${number}`}`;
    try {
      create(copy, bytes, old);
      return copy;
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
  }
}
