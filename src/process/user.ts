/** Who this process is. */

import { decodeLossily } from "../text.ts";
import { attempt, readFile } from "./files.ts";

/**
 * The name that the user database has for `uid`; undefined where it has none. Not Bun's `userInfo`, which says what `USER`
 * says: the environment may say anything, and this name goes into an audit trail and into rules for sudo.
 */
export function userNameOf(uid: number): string | undefined {
  return nameInPasswd(readPasswd(), uid) ?? askId(uid);
}

/** Whether `name` is one of the names of the user `uid`. */
export function isUser(name: string, uid: number): boolean {
  return uidOf(name) === uid || userNameOf(uid) === name;
}

/** The number of the user `name`, where it stands in a file. */
export function uidOf(name: string): number | undefined {
  const line = readPasswd()
    .split("\n")
    .find((entry) => entry.startsWith(`${name}:`));
  return line === undefined ? undefined : Number(line.split(":")[2]);
}

/** The first name that `passwd` has for `uid`. */
export function nameInPasswd(passwd: string, uid: number): string | undefined {
  const line = passwd.split("\n").find((entry) => entry.split(":")[2] === String(uid));
  return line?.split(":")[0] || undefined;
}

/** The home that the user database has for `uid`: some programs start others without HOME. */
export function homeOf(uid: number): string | undefined {
  return homeInPasswd(readPasswd(), uid) ?? homeInPasswd(askDirectory(uid), uid);
}

export function homeInPasswd(passwd: string, uid: number): string | undefined {
  const line = passwd.split("\n").find((entry) => entry.split(":")[2] === String(uid));
  return line?.split(":")[5] || undefined;
}

function readPasswd(): string {
  return attempt(() => decodeLossily(readFile("/etc/passwd"))) ?? "";
}

/** Users of a directory service are in no file. */
function askId(uid: number): string | undefined {
  return answerOf(["id", "-un", String(uid)]);
}

function askDirectory(uid: number): string {
  return answerOf(["getent", "passwd", String(uid)]) ?? "";
}

function answerOf(argv: string[]): string | undefined {
  try {
    const { exitCode, stdout } = Bun.spawnSync(argv, {
      env: { PATH: "/usr/bin:/bin:/run/current-system/sw/bin" },
      stderr: "ignore",
    });
    return exitCode === 0 ? stdout.toString().trim() || undefined : undefined;
  } catch {
    return undefined;
  }
}
