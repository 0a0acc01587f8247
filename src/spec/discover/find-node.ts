/** What the packages ship in the `node_modules` around the binary, where it is in `.bin` there or inside one of them. */

import { basename, dirname, join, sep } from "node:path";
import { attempt } from "../../errors.ts";
import { directoriesIn, isDirectory, isFile, linesWith, realPath } from "../../files/look.ts";
import { isObject, own } from "../../json.ts";
import type { Found } from "./find.ts";
import { type Access, readSource, specIn } from "./source.ts";

export function nodeEnvironment(execPath: string, access: Access): Found[] | undefined {
  const modules = modulesAround(execPath);
  if (modules === undefined) return undefined;
  const binDir = basename(dirname(execPath)) === ".bin" ? dirname(execPath) : join(modules, ".bin");
  const root = dirname(modules);
  const listed = dependenciesIn(manifestOf(root), access);
  // Where npm installs what was asked for on the command line: `lib/node_modules`, and no package.json.
  const isGlobal = basename(root) === "lib" && !isFile(manifestOf(root));
  return packagesIn(modules).flatMap((path) =>
    specsOf(path).map((spec): Found => {
      const name = nameOf(path);
      const isListed = listed.has(name) || isPartOf(root, path) || isGlobal;
      const unlisted = isListed ? {} : { unlisted: { name, manifest: manifestOf(root) } };
      return { path: spec, source: "environment", binDir, root, ...unlisted };
    }),
  );
}

const manifestOf = (directory: string): string => join(directory, "package.json");

/** What a package.json names as what its project needs. */
const DEPENDENCIES = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];

function dependenciesIn(manifest: string, { uid }: Access): ReadonlySet<string> {
  const source = readSource(manifest, { uid });
  const parsed: unknown = "text" in source ? attempt(() => JSON.parse(source.text)) : undefined;
  if (!isObject(parsed)) return new Set();
  const tables = DEPENDENCIES.map((key) => own(parsed, key)).filter(isObject);
  return new Set(tables.flatMap((table) => Object.keys(table)));
}

function nameOf(path: string): string {
  const scope = basename(dirname(path));
  return scope.startsWith("@") ? `${scope}/${basename(path)}` : basename(path);
}

/** A workspace: a link to a directory of the project's own. */
function isPartOf(root: string, path: string): boolean {
  const [top, real] = [realPath(root), realPath(path)];
  return real.startsWith(`${top}${sep}`) && !real.includes(`${sep}node_modules${sep}`);
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

/** At the root of a package and one directory below; two below only where package.json knows of runspec, since that deep takes long. */
function specsOf(path: string): string[] {
  const below = shallow(path);
  const related = linesWith("runspec", join(path, "package.json")).length > 0;
  const deeper = related ? below.flatMap(shallow) : [];
  return [path, ...below, ...deeper].flatMap(specIn);
}

const shallow = (path: string): string[] =>
  directoriesIn(path).filter((inner) => !["node_modules", ".git"].includes(basename(inner)));
