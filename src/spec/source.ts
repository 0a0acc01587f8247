import { codeOf, reasonOf } from "../errors.ts";
import { type Facts, readFile } from "../system/files.ts";

/** Who is asking; without a `uid` (Windows) permissions are not looked at. */
export interface Access {
  uid?: number | undefined;
}

export type Source = { text: string } | { problem: string };

/**
 * The text of a file that may decide what runs on this machine: refused when others than the user and root could have
 * written it, or when it is not UTF-8.
 */
export function readSource(path: string, { uid }: Access = {}): Source {
  try {
    const read = readFile(path, (facts: Facts) => {
      if (facts.kind !== "file") return { problem: "is not a file" };
      const problem = uid === undefined ? undefined : distrust(path, facts, uid);
      return problem === undefined ? undefined : { problem };
    });
    return "problem" in read ? read : decode(read);
  } catch (error) {
    return { problem: READ_ERRORS[codeOf(error) ?? ""] ?? `cannot be read: ${reasonOf(error)}` };
  }
}

const READ_ERRORS: Record<string, string> = {
  ENOENT: "there is no such file",
  EACCES: "cannot be read: permission denied",
};

/** Why a file with these permissions is not to be trusted, with the command that mends it. */
export function distrust(
  path: string,
  facts: { mode: number; uid: number },
  uid: number,
): string | undefined {
  const writable = (facts.mode & 0o002) !== 0;
  if (!writable && (facts.uid === uid || facts.uid === 0)) return undefined;
  const name = /^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
  if (writable) return `refused: anyone on this machine can write it; run: chmod o-w ${name}`;
  const me = uid === 0 ? "root" : `user ${uid}`;
  return `refused: it belongs to user ${facts.uid}, neither to you (${me}) nor to root; run: sudo chown ${uid} ${name}`;
}

function decode(bytes: Uint8Array): Source {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return { problem: "found bytes that are not UTF-8, expected UTF-8 text" };
  }
}
