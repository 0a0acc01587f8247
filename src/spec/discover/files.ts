import { type Dirent, readdirSync } from "node:fs";
import { join } from "node:path";
import { attempt } from "../../errors.ts";
import { followLinks, readFile, statOf } from "../../files/look.ts";
import { decodeLossily } from "../../text.ts";

/*
 * Looking around on disk; what cannot be seen counts as not there. Synchronous, since these are a few hundred calls of
 * microseconds each.
 */

export const SPEC_NAME = "runspec.toml";

export function isFile(path: string): boolean {
  return statOf(path)?.isFile() === true;
}

export function isDirectory(path: string): boolean {
  return statOf(path)?.isDirectory() === true;
}

/** The names in a directory, sorted. */
export function namesIn(directory: string): string[] {
  return (attempt(() => readdirSync(directory)) ?? []).sort();
}

/** The directories in a directory, as sorted paths; links count as what they lead to. */
export function directoriesIn(directory: string): string[] {
  if (!isDirectory(directory)) return [];
  const entries = attempt(() => readdirSync(directory, { withFileTypes: true })) ?? [];
  return entries
    .filter((entry) => leadsToDirectory(entry, directory))
    .map(({ name }) => join(directory, name))
    .sort();
}

function leadsToDirectory(entry: Dirent, directory: string): boolean {
  return entry.isDirectory() || (entry.isSymbolicLink() && isDirectory(join(directory, entry.name)));
}

export function textAt(path: string): string {
  return attempt(() => decodeLossily(readFile(path))) ?? "";
}

/** The lines of a file in which `word` stands. Most files have none, so none is decoded before it is known to have one. */
export function linesWith(word: string, path: string): string[] {
  const bytes = attempt(() => readFile(path));
  if (bytes?.includes(word) !== true) return [];
  return decodeLossily(bytes)
    .split(/\r?\n/)
    .filter((line) => line.includes(word));
}

/** `path` with every link followed; as it is when that cannot be done. */
export function realPath(path: string): string {
  return followLinks(path) ?? path;
}

/** The runspec.toml directly in `directory`, if it is there. */
export function specIn(directory: string): string[] {
  const path = join(directory, SPEC_NAME);
  return isFile(path) ? [path] : [];
}
