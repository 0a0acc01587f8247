/** Looking at what is on disk; what cannot be seen counts as not there. Synchronous: these are a few hundred calls of microseconds each. */

import fs from "node:fs";
import { dirname, join } from "node:path";
import { attempt, codeOf, problemOf, thrownBy } from "../errors.ts";
import { closing } from "../process/descriptor.ts";
import { decodeLossily, decodeUtf8 } from "../text.ts";

/** What stat(2) says of `path`, links followed; undefined: there is nothing that we can see. */
export const statOf = (path: string): fs.Stats | undefined =>
  attempt(() => fs.statSync(path, { throwIfNoEntry: false }));

export const isFile = (path: string): boolean => statOf(path)?.isFile() === true;

export const isFileOrBrokenLink = (path: string): boolean => statOf(path)?.isFile() ?? isBrokenLink(path);

/** Whether it is a link that leads to nothing that we can see. */
export const isBrokenLink = (path: string): boolean =>
  statOf(path) === undefined && attempt(() => fs.lstatSync(path)) !== undefined;

export const isDirectory = (path: string): boolean => statOf(path)?.isDirectory() === true;

export const mayExecute = (path: string): boolean =>
  problemOf(() => fs.accessSync(path, fs.constants.X_OK)) === undefined;

/** Whether it lies in a file system that is mounted read-only, where no mode can be changed. */
export const isReadOnly = (path: string): boolean =>
  codeOf(thrownBy(() => fs.accessSync(path, fs.constants.W_OK))) === "EROFS";

/** Whether everybody may execute what is at `path`, and enter every directory above it. */
export function isOpenToAll(path: string): boolean {
  const isOpen = (place: string): boolean =>
    (fs.statSync(place).mode & 0o001) !== 0 && (place === dirname(place) || isOpen(dirname(place)));
  return attempt(() => isOpen(fs.realpathSync(path))) ?? false;
}

/** `path` with every link followed; as it is where that cannot be done, or leads to a name that is not UTF-8. */
export const realPath = (path: string): string =>
  attempt(() => decodeUtf8(fs.realpathSync(path, "buffer"))) ?? path;

/** The names in a directory, sorted. */
export const namesIn = (directory: string): string[] =>
  (attempt(() => fs.readdirSync(directory)) ?? []).sort();

/** The directories in a directory, as sorted paths; links count as what they lead to. */
export function directoriesIn(directory: string): string[] {
  return namesIn(directory)
    .map((name) => join(directory, name))
    .filter(isDirectory);
}

/** What can be read of a file, as text; "" where there is nothing. */
export const textAt = (path: string): string => attempt(() => decodeLossily(readFile(path))) ?? "";

/** The lines of a file in which `word` stands; most files have none. */
export function linesWith(word: string, path: string): string[] {
  const text = textAt(path);
  return text.includes(word) ? text.split(/\r?\n/).filter((line) => line.includes(word)) : [];
}

/** The bytes of the file at `path`. @throws what `node:fs` throws */
export function readFile(path: string): Buffer {
  using file = openToRead(path);
  return fs.readFileSync(file.fd);
}

/** At most `limit` bytes of the beginning of the file at `path`. @throws what `node:fs` throws */
export function readStart(path: string, limit: number): Buffer {
  const bytes = Buffer.alloc(limit);
  using file = openToRead(path);
  return bytes.subarray(0, fs.readSync(file.fd, bytes, 0, limit, 0));
}

/** The first 4 KiB of the file at `path`, as text; "" where it cannot be read. */
export const startOf = (path: string): string => attempt(() => readStart(path, 4096).toString()) ?? "";

export const firstLineOf = (path: string): string => startOf(path).split("\n", 1)[0] ?? "";

/** Opens the file at `path`: while it is open it cannot be exchanged. This waits for nobody, whatever is there. */
export const openToRead = (path: string) =>
  closing(fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK));
