/** Every runspec.toml that declares tools here, in the order in which names are claimed. Jumping looks at no environment. */

import { dirname, resolve } from "node:path";
import type { Context } from "../../context.ts";
import { realPath } from "../../files/look.ts";
import { type FileSearch, type Found, findConfigFiles } from "./find.ts";
import { nodeEnvironment } from "./find-node.ts";
import { pythonEnvironment } from "./find-python.ts";
import type { Access } from "./source.ts";

export const findSpecFiles = (where: FileSearch & Launch): Found[] =>
  findConfigFiles(where, () => environmentFiles(launchPath(where), where));

/** The files that packages installed beside the binary ship. It may be a link into the environment, or out of it: both ends are looked at, the near one first. */
export function environmentFiles(execPath: string, access: Access = {}): Found[] {
  for (const path of new Set([execPath, realPath(execPath)])) {
    const files = nodeEnvironment(path, access) ?? pythonEnvironment(dirname(path));
    if (files.length > 0) return files;
  }
  return [];
}

/** The path under which the program was started: `process.execPath` has its links followed, and no longer tells in which `bin` one was. */
export function launchPath({ argv0, execPath, cwd, env }: Launch): string {
  const started = resolve(Bun.which(argv0, { cwd, PATH: env.PATH ?? "" }) ?? execPath);
  return realPath(started) === realPath(execPath) ? started : execPath;
}

type Launch = Pick<Context, "argv0" | "execPath" | "cwd" | "env">;
