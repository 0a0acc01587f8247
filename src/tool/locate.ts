/** Finding the executable of a runnable: where the contract says, and nowhere else. */

import { accessSync, constants, statSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import type { Runnable } from "../spec/model.ts";

export type Located =
  | { kind: "found"; argv: string[] }
  /** It is there, but is not executable. */
  | { kind: "not-executable"; path: string }
  | { kind: "missing"; name: string; lookedIn: string[] };

export interface Places {
  /** `PATH`, as it is written. */
  path: string | undefined;
  /** The executables of the environment the file was found in. */
  binDir?: string | undefined;
}

/**
 * The leading words of a runnable's argv. With `command`: that program (a path, or looked up on PATH) and its words.
 * Without: an executable of the runnable's name beside the file, in its `bin/`, in the environment's, then on PATH. A
 * subcommand is its parent's executable with the rest of its path as leading words, and nothing else.
 */
export function locate(runnable: Runnable, places: Places): Located {
  const onPath = (places.path ?? "").split(delimiter).filter((directory) => isAbsolute(directory));
  const leading = runnable.path.slice(1);
  if (runnable.command !== undefined) {
    const [program = "", ...words] = runnable.command;
    const found = isAbsolute(program) ? tryFile(program) : search(program, onPath);
    return finish(found, program, isAbsolute(program) ? [dirname(program)] : onPath, [...words, ...leading]);
  }
  const name = runnable.path[0] ?? runnable.name;
  const beside = dirname(runnable.file);
  const environment = places.binDir === undefined ? [] : [places.binDir];
  const directories = [...new Set([beside, join(beside, "bin"), ...environment, ...onPath])];
  return finish(search(name, directories), name, directories, leading);
}

type Candidate = { path: string; executable: boolean };

function search(name: string, directories: readonly string[]): Candidate | undefined {
  let notExecutable: Candidate | undefined;
  for (const directory of directories) {
    const candidate = tryFile(join(directory, name));
    if (candidate?.executable) return candidate;
    notExecutable ??= candidate;
  }
  return notExecutable;
}

function tryFile(path: string): Candidate | undefined {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return undefined;
  try {
    accessSync(path, constants.X_OK);
    return { path, executable: true };
  } catch {
    return { path, executable: false };
  }
}

function finish(
  found: Candidate | undefined,
  name: string,
  lookedIn: string[],
  words: readonly string[],
): Located {
  if (found === undefined) return { kind: "missing", name, lookedIn };
  return found.executable
    ? { kind: "found", argv: [found.path, ...words] }
    : { kind: "not-executable", path: found.path };
}
