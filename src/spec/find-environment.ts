import { dirname } from "node:path";
import { realPath } from "./files.ts";
import type { Found } from "./find.ts";
import { nodeEnvironment } from "./find-node.ts";
import { pythonEnvironment } from "./find-python.ts";

/** An installation of packages around the binary. */
export interface Environment {
  binDir: string;
  root: string;
  /** The runspec.toml files its packages ship. */
  files: string[];
}

/**
 * The files that packages installed beside the binary ship. The binary may be a link into the environment (`npm` links
 * `.bin/runspec` to a package) or out of it (a link in `<venv>/bin` to `/opt`), so both ends are looked at, the near one first.
 */
export function environmentFiles(execPath: string): Found[] {
  const paths = [...new Set([execPath, realPath(execPath)])];
  for (const path of paths) {
    const environment = nodeEnvironment(path) ?? pythonEnvironment(dirname(path));
    if (environment === undefined) continue;
    const { binDir, root, files } = environment;
    return files.map((file) => ({ path: file, source: "environment", binDir, root }));
  }
  return [];
}
