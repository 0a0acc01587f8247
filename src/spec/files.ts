import { type Dirent, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";

/*
 * Looking around on disk, where whatever cannot be seen is not there. Synchronous: these are a few hundred calls of
 * microseconds each, and the asynchronous ones cost more.
 */

export const SPEC_NAME = "runspec.toml";

export function isFile(path: string): boolean {
  return attempt(() => statSync(path).isFile()) ?? false;
}

export function isDirectory(path: string): boolean {
  return attempt(() => statSync(path).isDirectory()) ?? false;
}

/** The names in a directory, sorted. */
export function namesIn(directory: string): string[] {
  return attempt(() => readdirSync(directory).sort()) ?? [];
}

/** The directories in a directory, as sorted paths; links count as what they lead to. */
export function directoriesIn(directory: string): string[] {
  const entries = attempt(() => readdirSync(directory, { withFileTypes: true })) ?? [];
  return entries
    .filter((entry) => leadsToDirectory(entry, directory))
    .map(({ name }) => join(directory, name))
    .sort();
}

function leadsToDirectory(entry: Dirent, directory: string): boolean {
  return entry.isDirectory() || (entry.isSymbolicLink() && isDirectory(join(directory, entry.name)));
}

export function textOf(path: string): string {
  return attempt(() => readFileSync(path, "utf8")) ?? "";
}

/** `path` with every link followed; as it is when that cannot be done. */
export function realPath(path: string): string {
  return attempt(() => realpathSync(path)) ?? path;
}

/** The runspec.toml directly in `directory`, if it is there. */
export function specIn(directory: string): string[] {
  const path = join(directory, SPEC_NAME);
  return isFile(path) ? [path] : [];
}

function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
