/** Who there is on this machine: by its files of users and groups and, for a name or a home, by its directory service. */

import { once } from "../process/once.ts";
import { outputNow } from "../process/processes.ts";
import { textAt } from "./look.ts";

export type Accounts = ReturnType<typeof parseAccounts>;

/** From the texts of `/etc/passwd` and `/etc/group`. */
export function parseAccounts(passwd: string, group: string) {
  const users = accountLines(passwd).map(([name = "", , uid, gid, , home, shell]) => ({
    name,
    uid: Number(uid),
    gid: Number(gid),
    home: home || undefined,
    shell: shell || "/bin/sh",
  }));
  const groups = accountLines(group).map(([name = "", , gid, members = ""]) => ({
    name,
    gid: Number(gid),
    members: members.split(",").filter((member) => member !== ""),
  }));
  /** The first user with this number. */
  const user = (uid: number) => users.find((one) => one.uid === uid);
  return {
    user,
    named: (name: string) => users.find((one) => one.name === name),
    /** What people call this user: its name, or its number where no file knows it. */
    userName: (uid: number) => user(uid)?.name ?? `user ${uid}`,
    groupName: (gid: number) => groups.find((one) => one.gid === gid)?.name ?? String(gid),
    /** The users in this group, listed or by their own entry; undefined: it, or one in it, is in no file, so nobody knows. */
    membersOf(gid: number): ReadonlySet<number> | undefined {
      const same = groups.filter((one) => one.gid === gid);
      if (same.length === 0) return undefined;
      const listed = same.flatMap(({ members }) => members);
      const inside = users.filter((one) => one.gid === gid || listed.includes(one.name));
      const unknown = listed.some((name) => !users.some((one) => one.name === name));
      return unknown ? undefined : new Set(inside.map(({ uid }) => uid));
    },
    /** Users of a directory service, as all of macOS are, stand in no file: their homes are known by where they lie. */
    isHome: (path: string) =>
      path !== "/" && (users.some(({ home }) => home === path) || /^\/(?:home|Users)\/[^/]+$/.test(path)),
  };
}

/** Read anew each time. */
export const readAccounts = (): Accounts => parseAccounts(textAt("/etc/passwd"), textAt("/etc/group"));

/** The name that the user database has for `uid`; undefined: none. Bun's `userInfo` says what `USER` says, and this goes into an audit trail and rules for sudo. */
export const userNameOf = (uid: number): string | undefined =>
  readAccounts().user(uid)?.name ?? askDirectory(["id", "-un", String(uid)]);

/** Whether `name` is one of the names of the user `uid`. What a file says of it counts first: a directory service may have somebody else of that name. */
export function isUser(name: string, uid: number): boolean {
  const known = uidOf(name);
  return known === undefined ? userNameOf(uid) === name : known === uid;
}

/** The number of the user `name`, where it stands in a file. */
export const uidOf = (name: string): number | undefined => readAccounts().named(name)?.uid;

/** Whether `name` is root, also by another name of the number 0. */
export const isRoot = (name: string): boolean => name === "root" || uidOf(name) === 0;

export const loginShellOf = (name: string): string | undefined =>
  lookUp(name, (accounts) => accounts.named(name))?.shell;

/** The home that the user database has for `uid`: some programs start others without HOME. */
export const homeOf = (uid: number): string | undefined =>
  lookUp(String(uid), (accounts) => accounts.user(uid))?.home;

/** The user that `find` finds in the file, or else in the directory service's answer to `key`, a name or a number. */
function lookUp(key: string, find: (accounts: Accounts) => ReturnType<Accounts["user"]>) {
  return find(readAccounts()) ?? find(parseAccounts(askDirectory(["getent", "passwd", key]) ?? "", ""));
}

const PATIENCE_MS = 10_000;
let silentUntil = 0;

/** Whether the directory service has left a question unanswered: it is asked none for as long again then, so that many in a row take no longer than one. */
export const isDirectorySilent = (): boolean => performance.now() < silentUntil;

function askDirectory(question: string[]): string | undefined {
  const asked = performance.now();
  const answer = isDirectorySilent() ? undefined : outputNow(question, PATIENCE_MS);
  if (performance.now() - asked >= PATIENCE_MS) silentUntil = performance.now() + PATIENCE_MS;
  return answer;
}

/** The user and group that stand in a container for everyone outside of it, root included. Undefined where users are not its own (user_namespaces(7)). */
export const overflowUser = once((): number | undefined => {
  const map = textAt("/proc/self/uid_map").trim();
  if (map === "" || /^0\s+0\s+4294967295$/.test(map)) return undefined;
  return Number(textAt("/proc/sys/kernel/overflowuid")) || undefined;
});

/** A line has a name and, third, a number; `+` and what has no number asks a directory service. */
function accountLines(text: string): string[][] {
  return text
    .split("\n")
    .map((line) => line.split(":"))
    .filter(([name = "", , id = ""]) => name !== "" && !name.startsWith("#") && /^\d+$/.test(id));
}
