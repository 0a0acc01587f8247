/** Who there is on this machine, by its files of users and groups; those of a directory service are in neither. */

import { attempt, readFile } from "../process/files.ts";
import { decodeLossily } from "../text.ts";

export interface Accounts {
  /** What people call this user: its name, or its number where no file knows it. */
  userName(uid: number): string;
  groupName(gid: number): string;
  /** The users in this group, listed or by their own entry; undefined: the group is in no file, so nobody knows. */
  membersOf(gid: number): ReadonlySet<number> | undefined;
  isHome(path: string): boolean;
}

/** From the texts of `/etc/passwd` and `/etc/group`. */
export function parseAccounts(passwd: string, group: string): Accounts {
  const users = entriesOf(passwd).map(([name = "", , uid, gid, , home]) => ({
    name,
    uid: Number(uid),
    gid: Number(gid),
    home,
  }));
  const groups = entriesOf(group).map(([name = "", , gid, members = ""]) => ({
    name,
    gid: Number(gid),
    members: members.split(",").filter((member) => member !== ""),
  }));
  return {
    userName: (uid) => users.find((user) => user.uid === uid)?.name ?? `user ${uid}`,
    groupName: (gid) => groups.find((one) => one.gid === gid)?.name ?? String(gid),
    membersOf(gid) {
      const same = groups.filter((one) => one.gid === gid);
      if (same.length === 0) return undefined;
      const listed = same.flatMap(({ members }) => members);
      const inside = users.filter((user) => user.gid === gid || listed.includes(user.name));
      const unknown = listed.some((name) => !users.some((user) => user.name === name));
      return unknown ? undefined : new Set(inside.map(({ uid }) => uid));
    },
    isHome: (path) => path !== "/" && users.some(({ home }) => home === path),
  };
}

/** Read anew each time: it is asked for where something is wrong, or a group may write. */
export function readAccounts(): Accounts {
  return parseAccounts(textAt("/etc/passwd"), textAt("/etc/group"));
}

/**
 * The user, and the group, that stands for everybody whom a container cannot name, its machine's root among them; undefined outside
 * of a container that has users of its own (user_namespaces(7)).
 */
export function overflowUser(): number | undefined {
  overflow ??= { uid: readOverflowUser() };
  return overflow.uid;
}

let overflow: { uid: number | undefined } | undefined;

function readOverflowUser(): number | undefined {
  const map = textAt("/proc/self/uid_map").trim();
  if (map === "" || /^0\s+0\s+4294967295$/.test(map)) return undefined;
  return Number(textAt("/proc/sys/kernel/overflowuid")) || undefined;
}

function entriesOf(text: string): string[][] {
  return text
    .split("\n")
    .filter((line) => line.includes(":") && !line.startsWith("#"))
    .map((line) => line.split(":"));
}

function textAt(path: string): string {
  return attempt(() => decodeLossily(readFile(path))) ?? "";
}
