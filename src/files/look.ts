/** Looking at what is on disk, where whatever cannot be seen is not there. */

import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  type Stats,
  statSync,
} from "node:fs";
import { dirname } from "node:path";
import { attempt } from "../errors.ts";
import { decodeUtf8 } from "../text.ts";

/** What stat(2) says of `path`, links followed; undefined: there is nothing that we can see. */
export function statOf(path: string): Stats | undefined {
  return attempt(() => statSync(path));
}

/** Whether this process may execute what is at `path`. */
export function mayExecute(path: string): boolean {
  return attempt(() => accessSync(path, constants.X_OK) ?? true) ?? false;
}

/** Whether everybody may execute what is at `path`, and enter every directory above it. */
export function isOpenToAll(path: string): boolean {
  const isOpen = (at: string): boolean =>
    (statSync(at).mode & 0o001) !== 0 && (at === dirname(at) || isOpen(dirname(at)));
  return attempt(() => isOpen(realpathSync(path))) ?? false;
}

/** `path` with every link followed; undefined where that cannot be done, or leads to a name that is not UTF-8. */
export function followLinks(path: string): string | undefined {
  return attempt(() => decodeUtf8(realpathSync(path, "buffer")));
}

/**
 * The bytes of the file at `path`, or what `refuse` says of it, which is asked when it is open and can no longer be exchanged for
 * another. Opening waits for nobody, whatever is there.
 * @throws what `node:fs` throws
 */
export function readFile<R = never>(
  path: string,
  refuse: (stats: Stats) => R | undefined = () => undefined,
): Buffer | R {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return refuse(fstatSync(fd)) ?? readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * At most `limit` bytes of the beginning of the file at `path`. Opening waits for nobody.
 * @throws what `node:fs` throws
 */
export function readStart(path: string, limit: number): Buffer {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const bytes = Buffer.alloc(limit);
    return bytes.subarray(0, readSync(fd, bytes, 0, limit, 0));
  } finally {
    closeSync(fd);
  }
}
