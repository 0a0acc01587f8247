/** What the packages ship of the Python installation (virtual or not) in whose `bin` the binary is; one file may come in two ways. */

import { basename, dirname, isAbsolute, join } from "node:path";
import { attempt } from "../../errors.ts";
import { directoriesIn, isFile, linesWith, namesIn, realPath, textAt } from "../../files/look.ts";
import type { Found } from "./find.ts";
import { SPEC_NAME, specIn } from "./source.ts";

export function pythonEnvironment(binDir: string): Found[] {
  if (!["bin", "Scripts"].includes(basename(binDir))) return [];
  const config = join(dirname(binDir), "pyvenv.cfg");
  const own = specsOf(binDir);
  const packageOf = ({ path }: Found) => dirname(path).split(IN_PLACE)[1] ?? basename(dirname(path));
  const names = new Set(own.map(packageOf));
  // A package of its own hides the system's from Python, too.
  const others = systemBins(textAt(config))
    .flatMap(specsOf)
    .filter((file) => !names.has(packageOf(file)));
  return [...own, ...others.map((file) => ({ ...file, via: [...(file.via ?? []), config] }))];
}

function specsOf(binDir: string): Found[] {
  const root = dirname(binDir);
  const files = sitePackages(root).flatMap(specsIn);
  return files.map((file) => ({ ...file, source: "environment", binDir, root }));
}

/** The `bin` of the Python that a virtual environment was made of, where it has the packages of that as well (`--system-site-packages`). */
function systemBins(config: string): string[] {
  const [, home = ""] = /^home\s*=\s*(\/.*\/bin)\s*$/m.exec(config) ?? [];
  return /^include-system-site-packages\s*=\s*true\s*$/im.test(config) && home !== "" ? [home] : [];
}

function sitePackages(root: string): string[] {
  const versions = ["lib", "lib64"].flatMap((lib) =>
    namesIn(join(root, lib))
      .filter((name) => /^py(?:thon|py)/.test(name))
      .flatMap((name) => PLACES.map((place) => join(root, lib, name, place))),
  );
  const places = [...versions, join(root, "Lib", "site-packages")];
  // lib64 is often a link to lib.
  return [...new Set(places.map(realPath))];
}

/** Debian's Python calls its own place differently. */
const PLACES = ["site-packages", "dist-packages"];
const IN_PLACE = /[/\\](?:site|dist)-packages[/\\]/;

type ShippedFile = Pick<Found, "path" | "via">;

/** Every file that a distribution in this place ships, whether copied there or installed for editing. */
function specsIn(place: string): ShippedFile[] {
  const names = namesIn(place);
  const shipped = names
    .filter((name) => name.endsWith(".dist-info"))
    .flatMap((name) => recorded(place, name));
  const packages = names.filter((name) => !/\.(?:dist-info|egg-info|py|pth|so|egg-link)$|^_/.test(name));
  const copied = packages.flatMap((name) => specIn(join(place, name))).map((path) => ({ path }));
  const linked = names
    .filter((name) => /\.(?:pth|egg-link)$/.test(name))
    .flatMap((name) => pointedTo(place, name));
  return [...copied, ...shipped, ...linked];
}

/** What the record of a distribution lists, and, of one installed for editing, what its project holds. */
function recorded(place: string, name: string): ShippedFile[] {
  const record = join(place, name, "RECORD");
  const paths = linesWith(SPEC_NAME, record)
    .map((line) => line.replace(/^"|"?,[^,]*,[^,]*$/g, ""))
    .filter((path) => basename(path) === SPEC_NAME)
    .map((path) => (isAbsolute(path) ? path : join(place, path)))
    .filter(isFile);
  // `my_tools-1.2.dist-info` is of my_tools.
  const distribution = name.slice(0, name.indexOf("-"));
  return [...ledBy(record, paths), ...editable(join(place, name, "direct_url.json"), distribution)];
}

/** `paths` with the `pointer` that led to them: who may write that decides which file is read. */
const ledBy = (pointer: string, paths: readonly string[]): ShippedFile[] =>
  paths.map((path) => ({ path, via: [pointer] }));

/** PEP 610: the directory that a distribution was installed from for editing. */
function editable(path: string, distribution: string): ShippedFile[] {
  const text = textAt(path);
  if (!/"editable"\s*:\s*true/.test(text)) return [];
  const [, url = ""] = /"url"\s*:\s*"(file:[^"]+)"/.exec(text) ?? [];
  const project = attempt(() => Bun.fileURLToPath(url));
  if (project === undefined) return [];
  const specs = [project, join(project, "src")].flatMap((top) => packageSpecs(top, distribution));
  return ledBy(path, specs);
}

/** Each line of a .pth file that is a directory is put on Python's path; other lines are code or comments. */
function pointedTo(place: string, name: string): ShippedFile[] {
  const distribution = name.replace(/\.(?:pth|egg-link)$/, "");
  const pointer = join(place, name);
  const specs = textAt(pointer)
    .split(/\r?\n/)
    .filter((line) => isAbsolute(line))
    .flatMap((top) => packageSpecs(top, distribution));
  return ledBy(pointer, specs);
}

/** The runspec.toml files of the packages in `top`. Without `__init__.py` only the one called like the distribution: a project has tests and examples, too. */
function packageSpecs(top: string, distribution: string): string[] {
  return directoriesIn(top)
    .filter((path) => isFile(join(path, "__init__.py")) || normal(basename(path)) === normal(distribution))
    .flatMap(specIn);
}

/** PEP 503's normal form, without the decoration that build tools put around it in .pth names. */
function normal(name: string): string {
  return name
    .toLowerCase()
    .replace(/^__editable__\.|^_+(?:editable_impl_)?|-\d[^-]*$/g, "")
    .replace(/[-_.]+/g, "-");
}
