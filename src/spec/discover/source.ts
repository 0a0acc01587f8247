/** Reading a file that may decide what runs here, and the paths that it names. */

import { fstatSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { codeOf, reasonOf } from "../../errors.ts";
import { distrust } from "../../files/distrust.ts";
import { isFile, isFileOrBrokenLink, openToRead, statOf } from "../../files/look.ts";
import { decodeUtf8 } from "../../text.ts";

/** Who is asking; without a `uid` (Windows) permissions are not looked at. */
export interface Access {
  uid?: number | undefined;
  /** Where `~` leads. */
  home?: string | undefined;
  /** What led to it, where that is not the path itself; see `Found`. */
  via?: readonly string[] | undefined;
}

export type FileText = { text: string } | { problem: string };

/** The text of a file that may decide what runs here: refused where others than the user and root could have written or placed it. */
export function readSource(path: string, { uid, home, via = [] }: Access = {}): FileText {
  // Before its mode is looked at: nobody should be told to chmod a device.
  if (statOf(path)?.isFile() === false) return NOT_A_FILE;
  // The link may be turned to another file while we look; what is read is what was looked at.
  for (const step of [...via, path]) {
    const refusal = uid === undefined ? undefined : distrust(resolve(step), { uid }, home);
    if (refusal !== undefined) return { problem: refusal };
  }
  try {
    using file = openToRead(path);
    if (!fstatSync(file.fd).isFile()) return NOT_A_FILE;
    const read = readFileSync(file.fd);
    const text = decodeUtf8(read)?.replace(/^\ufeff/, "");
    if (text !== undefined) return { text };
    const lines = read.toString("latin1").split("\n");
    const wrong = lines.findIndex((line) => decodeUtf8(Buffer.from(line, "latin1")) === undefined);
    return { problem: `line ${wrong + 1}: found bytes that are not UTF-8, expected UTF-8 text` };
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT" && isFileOrBrokenLink(path)) return { problem: "it is a link to nothing" };
    const isMissing = code === "ENOENT" || code === "ENOTDIR";
    return { problem: isMissing ? "there is no such file" : `cannot be read: ${reasonOf(error)}` };
  }
}

/** Where `path`, as a file in `directory` names it, leads: without a home, `~` to nothing that is there. */
export function pathFrom(directory: string, path: string, { home }: Access): string {
  const isInHome = home !== undefined && /^~(?=[/\\]|$)/.test(path);
  return isInHome ? join(home, path.slice(1)) : resolve(directory, path);
}

const NOT_A_FILE = { problem: "it is not a file" };

export const SPEC_NAME = "runspec.toml";

export function specIn(directory: string): string[] {
  const path = join(directory, SPEC_NAME);
  return isFile(path) ? [path] : [];
}
