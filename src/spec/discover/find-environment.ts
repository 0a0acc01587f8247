import { delimiter, dirname, join, resolve } from "node:path";
import { isFile, realPath } from "./files.ts";
import { type Found, findConfigFiles, type Where } from "./find.ts";
import { nodeEnvironment } from "./find-node.ts";
import { pythonEnvironment } from "./find-python.ts";
import type { Access } from "./source.ts";

/** An installation of packages around the binary. */
export interface Environment {
  binDir: string;
  root: string;
  /** What its packages ship. */
  files: ShippedFile[];
}

/** A runspec.toml of a package. */
export type ShippedFile = Pick<Found, "path" | "via" | "unlisted">;

/**
 * Every runspec.toml that declares tools here, in the order in which names are claimed: with those of the environment around the
 * binary. Jumping looks at no environment, and starts the sooner for not loading this.
 */
export function findSpecFiles(where: Where): Found[] {
  return findConfigFiles(where, () => environmentFiles(where.execPath, where));
}

/**
 * The files that packages installed beside the binary ship. The binary may be a link into the environment (`npm` links
 * `.bin/runspec` to a package) or out of it (a link in `<venv>/bin` to `/opt`), so both ends are looked at, the near one first.
 */
export function environmentFiles(execPath: string, access: Access = {}): Found[] {
  const paths = [...new Set([execPath, realPath(execPath)])];
  for (const path of paths) {
    const environment = nodeEnvironment(path, access) ?? pythonEnvironment(dirname(path));
    if (environment === undefined || environment.files.length === 0) continue;
    const { binDir, root, files } = environment;
    return files.map((file) => ({ ...file, source: "environment", binDir, root }));
  }
  return [];
}

/**
 * The path under which the running program was started. `process.execPath` has its links followed already, and so cannot tell
 * in whose `bin` a link was that led here. Falls back to it where `argv0` leads somewhere else.
 */
export function launchPath(
  argv0: string,
  execPath: string,
  { cwd, env }: { cwd: string; env: Record<string, string | undefined> },
): string {
  const started = startedAs(argv0, cwd, env.PATH ?? "");
  if (started === undefined || started === execPath) return execPath;
  return realPath(started) === realPath(execPath) ? started : execPath;
}

/** The file that a shell in `cwd` starts for `argv0`. */
function startedAs(argv0: string, cwd: string, path: string): string | undefined {
  if (argv0.includes("/") || argv0.includes("\\")) {
    const named = resolve(cwd, argv0);
    return isFile(named) ? named : undefined;
  }
  for (const directory of path.split(delimiter)) {
    const candidate = resolve(cwd, join(directory, argv0));
    if (isFile(candidate)) return candidate;
  }
  return undefined;
}
