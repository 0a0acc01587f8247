/** Changing somebody else's file: whole or not at all, with a copy of what it was. */

import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { codeOf, RunspecError, reasonOf } from "../errors.ts";
import { dirname } from "../paths.ts";
import { decodeUtf8 } from "../text.ts";

export interface Written {
  written: boolean;
  /** Where what it was is; undefined: there was nothing. */
  copy?: string;
}

/** Writes what `change` makes of the text of `file`; undefined: nothing. A link is followed, and its target's mode kept. */
export async function writeWithCopy(
  file: string,
  change: (text: string) => string | undefined,
): Promise<Written> {
  try {
    return replace(file, change);
  } catch (error) {
    if (error instanceof RunspecError) throw error;
    throw new RunspecError(`cannot write ${file}: ${reasonOf(error)}`, {
      hint: "nothing was changed",
      cause: error,
    });
  }
}

function replace(file: string, change: (text: string) => string | undefined): Written {
  const target = follow(file);
  const bytes = target === undefined ? undefined : readFileSync(target);
  const before = bytes === undefined ? "" : decodeUtf8(bytes);
  if (before === undefined) throw new RunspecError(`nothing was written: ${file} is not UTF-8`);
  const after = change(before);
  if (after === undefined) return { written: false };
  const place = target ?? file;
  if (target === undefined) mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const copy = target === undefined ? undefined : keepCopy(target);
  const temporary = `${place}.${process.pid}.tmp`;
  try {
    const fd = openSync(temporary, "wx", 0o600);
    writeFileSync(fd, after);
    fsyncSync(fd);
    closeSync(fd);
    if (target !== undefined) chmodSync(temporary, statSync(target).mode & 0o777);
    renameSync(temporary, place);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  return { written: true, ...(copy === undefined ? {} : { copy }) };
}

function follow(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Beside it, under a name that was free. */
function keepCopy(target: string): string {
  for (let number = 1; ; number++) {
    const copy = `${target}.before-runspec${number === 1 ? "" : `-${number}`}`;
    try {
      copyFileSync(target, copy, constants.COPYFILE_EXCL);
      return copy;
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
  }
}
