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
  const files = packagesIn(modules).flatMap((path) =>
    specsOf(path).map((spec): Found => {
      const name = nameOf(path);
      const isListed = listed.has(name) || isPartOf(modules, path) || isGlobal;
      const unlisted = isListed ? {} : { unlisted: { name, manifest: manifestOf(root) } };
      return { path: spec, source: "environment", binDir, root, ...unlisted };
    }),
  );
  // Packages that package.json does not name come last: their tools replace no others.
  return files.toSorted((one, other) => Number("unlisted" in one) - Number("unlisted" in other));
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

/** A workspace: a link to a directory of the project's own. `modules` may itself be a link, as to `node_modules.nosync`. */
function isPartOf(modules: string, path: string): boolean {
  const real = realPath(path);
  const isIn = (directory: string) => real.startsWith(`${realPath(directory)}${sep}`);
  return isIn(dirname(modules)) && !isIn(modules) && !real.includes(`${sep}node_modules${sep}`);
}

function modulesAround(execPath: string): string | undefined {
  const directory = dirname(execPath);
  if (directory.endsWith(join(sep, "node_modules", ".bin"))) return dirname(directory);
  // Inside a package: the outermost one, as pnpm keeps a store of nested ones in it.
  const end = execPath.indexOf(`${sep}node_modules${sep}`);
  const modules = end === -1 ? undefined : join(execPath.slice(0, end), "node_modules");
  return modules !== undefined && isDirectory(modules) ? modules : undefined;
}

function packagesIn(modules: string): string[] {
  const tops = directoriesIn(modules).filter((path) => !basename(path).startsWith("."));
  return tops.flatMap((path) => (basename(path).startsWith("@") ? directoriesIn(path) : [path]));
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
