/**
 * Whom a file that decides what runs is trusted from, as sshd's StrictModes has it: the file, every link that leads to it and every
 * directory on the path belong to the user or to root, and nobody else can write them.
 *
 * The path is walked step by step from `/`. Where all who can change a directory are trusted, nobody else can exchange what is in it, so
 * what holds of the path when it is looked at still holds when the file is opened or executed.
 */

import { lstatSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { attempt } from "../errors.ts";
import { cString, libc } from "../process/libc.ts";
import { once } from "../process/once.ts";
import { overflowUser, readAccounts } from "./accounts.ts";
import { statOf } from "./look.ts";

/** Who may decide what runs, besides root. */
export interface Trustees {
  /** Who runs it. */
  uid: number;
  /** Whether that other user may, too: the one that a tool is run as. */
  also?(uid: number): boolean;
}

/** What is wrong with one thing on the path. */
export interface Fault {
  path: string;
  what: "file" | "directory" | "link";
  /** `everyone`: `anyone` and `group`. `planting`: others can put files where we look for one; a sticky bit keeps those that are there. */
  why: "owner" | "anyone" | "group" | "everyone" | "planting";
  uid: number;
  gid: number;
}

/** Links on one path, as many as Linux follows. */
const LINKS_MAX = 40;
const STICKY = 0o1000;

/** Walks to `path`, which is absolute. `real`: the path without links, as far as it could be followed; `ended`: else something on it is not there, or unseen. */
export function walkPath(
  path: string,
  trustees: Trustees,
): { real: string; faults: Fault[]; ended: boolean } {
  const { look, faults } = createInspector(trustees);
  const rest = segmentsOf(path);
  let current = "/";
  let links = 0;
  look(current);
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    // The last step is the one where we look for a file, and take what lies there.
    if (rest.length === 0) look(current, "searched");
    // No link is in it by then, so `..` is the directory above.
    const next = join(current, name);
    const what = look(next);
    if (what === undefined) return { real: join(next, ...rest), faults, ended: false };
    if (what !== "link") {
      current = next;
      continue;
    }
    const target = attempt(() => readlinkSync(next));
    if (target === undefined || ++links > LINKS_MAX) return { real: next, faults, ended: false };
    if (target.startsWith("/")) current = "/";
    rest.unshift(...segmentsOf(target));
  }
  return { real: current, faults, ended: true };
}

const segmentsOf = (path: string): string[] =>
  path.split("/").filter((segment) => segment !== "" && segment !== ".");

/** Who may read the file at `path` by its mode, and is not trusted; undefined: nobody. */
export function otherReaders(path: string, trustees: Trustees): string | undefined {
  const { mode = 0, gid = 0 } = statOf(path) ?? {};
  if ((mode & 0o004) !== 0) return "anyone";
  return (mode & 0o040) !== 0 && !isClosed(path, gid, trustIn(trustees)) ? "a group" : undefined;
}

function trustIn({ uid, also }: Trustees): (owner: number) => boolean {
  return (owner) => owner === 0 || owner === uid || owner === overflowUser() || also?.(owner) === true;
}

function createInspector(trustees: Trustees) {
  const isTrusted = trustIn(trustees);
  // Read once a walk: with a umask of 002 every directory on it has a group that may write.
  const accounts = once(readAccounts);
  const faults: Fault[] = [];

  /** What is at `path`; undefined: nothing that we can see. `searched`: we look for a file in it. */
  function look(path: string, use: "passed" | "searched" = "passed"): Fault["what"] | undefined {
    const stats = attempt(() => lstatSync(path));
    if (stats === undefined) return undefined;
    const what = stats.isSymbolicLink() ? "link" : stats.isDirectory() ? "directory" : "file";
    const fault = (why: Fault["why"]) => {
      if (faults.some((known) => known.why === why && known.path === path)) return;
      faults.push({ path, what, why, uid: stats.uid, gid: stats.gid });
    };
    if (!isTrusted(stats.uid)) fault("owner");
    // Every link has a mode that lets everybody write it, and nobody can.
    if (what === "link") return what;
    const isSticky = what === "directory" && (stats.mode & STICKY) !== 0;
    if (isSticky && use === "passed") return what;
    const byAnyone = (stats.mode & 0o002) !== 0;
    const byGroup = (stats.mode & 0o020) !== 0 && !isClosed(path, stats.gid, isTrusted, accounts);
    if (isSticky) {
      if (byAnyone || byGroup) fault("planting");
      return what;
    }
    if (byAnyone) fault(byGroup ? "everyone" : "anyone");
    else if (byGroup) fault("group");
    return what;
  }
  return { look, faults };
}

/** The group of macOS whose members sudo makes root, and which owns what Homebrew installs. Members of other groups stand in no file there. */
const ADMIN = 80;

/** Whether all who are in the group are trusted anyway, as where everybody has a group of their own (umask 002). */
function isClosed(path: string, gid: number, isTrusted: (uid: number) => boolean, accounts = readAccounts) {
  // In a container this stands for all the groups that it cannot name.
  if (gid === overflowUser()) return false;
  if (process.platform === "darwin") return gid === ADMIN;
  const members = accounts().membersOf(gid);
  if (members === undefined || ![...members].every(isTrusted)) return false;
  return libc().getxattr !== undefined && aclOf(path) === undefined;
}

const ACL = cString("system.posix_acl_access");

/** The access control list of `file`, a path or an open descriptor: with one, the group's bits of the mode are an upper limit for everyone in it. */
export function aclOf(file: string | number): Uint8Array | undefined {
  // The longest that Linux takes.
  const list = new Uint8Array(64 * 1024);
  const length = Number(libc().getxattr?.(placeOf(file), ACL, list, list.length) ?? 0);
  return length > 0 ? list.subarray(0, length) : undefined;
}

/** Gives an open file that list, or takes away what its directory gave it; false: it cannot have it. */
export function setAcl(fd: number, list: Uint8Array | undefined): boolean {
  const { setxattr, removexattr } = libc();
  if (list === undefined) removexattr?.(placeOf(fd), ACL);
  return list === undefined || setxattr?.(placeOf(fd), ACL, list, list.length, 0) === 0;
}

const placeOf = (file: string | number) => cString(typeof file === "string" ? file : `/proc/self/fd/${file}`);
