import { basename, dirname, join, sep } from "../paths.ts";
import { directoriesIn, isDirectory, linesWith, specIn } from "./files.ts";
import type { Environment } from "./find-environment.ts";

/** The `node_modules` around the binary, when it is in `.bin` there or inside one of its packages. */
export function nodeEnvironment(execPath: string): Environment | undefined {
  const modules = modulesAround(execPath);
  if (modules === undefined) return undefined;
  const binDir = basename(dirname(execPath)) === ".bin" ? dirname(execPath) : join(modules, ".bin");
  return { binDir, root: dirname(modules), files: packagesIn(modules).flatMap(specsOf) };
}

function modulesAround(execPath: string): string | undefined {
  const directory = dirname(execPath);
  if (basename(directory) === ".bin" && basename(dirname(directory)) === "node_modules")
    return dirname(directory);
  // Inside a package: the outermost one, as pnpm keeps a store of nested ones in it.
  const end = execPath.indexOf(`${sep}node_modules${sep}`);
  const modules = end === -1 ? undefined : join(execPath.slice(0, end), "node_modules");
  return modules !== undefined && isDirectory(modules) ? modules : undefined;
}

function packagesIn(modules: string): string[] {
  return directoriesIn(modules).flatMap((path) => {
    const name = basename(path);
    if (name.startsWith(".")) return [];
    return name.startsWith("@") ? directoriesIn(path) : [path];
  });
}

/**
 * The files of one package: at its root and one directory below; two below only where package.json knows of runspec, as
 * looking that deep into every package would cost more than the rest of a start.
 */
function specsOf(path: string): string[] {
  const below = shallow(path);
  const related = linesWith("runspec", join(path, "package.json")).length > 0;
  const deeper = related ? below.flatMap(shallow) : [];
  return [path, ...below, ...deeper].flatMap(specIn);
}

function shallow(path: string): string[] {
  return directoriesIn(path).filter((inner) => !["node_modules", ".git"].includes(basename(inner)));
}
