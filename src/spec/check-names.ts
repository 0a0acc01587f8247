/** What tools, arguments and groups of hosts may be called. */

import { quote } from "../arguments/describe.ts";
import type { FileKey } from "./toml/file-key.ts";

/** A group of hosts is typed as `@name`, among commas and braces. */
export const GROUP_NAME = /^(?!(?:__proto__|constructor|prototype)$)[A-Za-z0-9_][A-Za-z0-9_.+-]*$/u;

export const NAMES = {
  /** It is also that of its executable: no slash, and not `.` or `..`. */
  tool: {
    shape: /^(?!-)(?!\.+$)[^\s/\p{Cc}\p{Cf}]+$/u,
    rule: 'no white space, control character or "/" in it, no "-" in front, and no directory such as ".."',
  },
  /** It must be writable as `--name` and `--name=value`. */
  argument: {
    shape: /^(?!-)(?!runspec[_-])[^\s=\p{Cc}\p{Cf}]+$/u,
    rule: 'no white space, control character or "=" in it, and no "-", "runspec-" or "runspec_" in front',
  },
};

/** What every known client of the protocol accepts as a name, and every file system as a file's. */
export const PORTABLE = /^[a-z][a-z0-9_-]{0,39}$/;

/** An error where `key` cannot name a tool or an argument; a note, which no call repeats, where some clients would reject the `name` it makes. */
export function checkName(what: keyof typeof NAMES, key: string, at: FileKey, name = key): void {
  const { shape, rule } = NAMES[what];
  if (!shape.test(key)) at.error(`found the name ${quote(key)}, expected a name: ${rule}`);
  else if (!PORTABLE.test(name) && !at.isWrong) {
    const message = `some clients reject the ${what} name ${quote(name)}: they take lower-case letters, digits, "_" and "-", a letter first, at most 40`;
    at.note({ severity: "note", message });
  }
}
