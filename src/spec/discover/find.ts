/** Where runspec.toml files are looked for, and which of them count. */

import { dirname, isAbsolute, join, resolve } from "node:path";
import type { Context } from "../../context.ts";
import { RunspecError } from "../../errors.ts";
import { isDirectory, isFile, isFileOrBrokenLink, mayExecute, realPath, statOf } from "../../files/look.ts";
import { visible } from "../../text.ts";
import { readSource, SPEC_NAME } from "./source.ts";

/** A runspec.toml that exists, and how it came to be looked at. */
export interface Found {
  /** Where it really is: everything relative in it starts there. */
  path: string;
  /** What led here, where that is not the path itself: a link, a file that names this one. */
  via?: readonly string[];
  source: "explicit" | "nearest" | "environment" | "user" | "system";
  /** Only for an environment: where it keeps its executables. */
  binDir?: string;
  /** Only for a package in `node_modules` that the project's own package.json does not name: somebody else asked for it. */
  unlisted?: { name: string; manifest: string };
  /** Only for an environment: its top directory, where its relative paths start. */
  root?: string;
}

/** Whether a user knows what is in the file: it is the user's own, or the system's. */
export const isOwnFile = ({ source }: Pick<Found, "source">): boolean =>
  source === "user" || source === "system";

/** Everything of the process that decides where files are looked for. */
export interface FileSearch extends Pick<Context, "cwd" | "home" | "env" | "config" | "forClient"> {
  /** Whose files are trusted; undefined where there is no such thing (Windows). */
  uid?: number | undefined;
  /** `/etc/runspec` (on Windows `%ProgramData%\\runspec`), but for tests. */
  systemDir?: string;
}

/** Every runspec.toml whose `[config]` counts, first to last. That of `--config` or RUNSPEC_CONFIG stands alone; else the nearest, `shipped`, the user's, the system's. */
export function findConfigFiles(where: FileSearch, shipped: () => Found[] = () => []): Found[] {
  const named = namedFile(where);
  // A file of an environment still belongs to that: its tools find the file in RUNSPEC_CONFIG.
  if (named !== undefined) return unique([named, ...shipped()]).slice(0, 1);
  const { user, system } = standardPlaces(where);
  const foundAt = (path: string | undefined, source: Found["source"]): Found[] =>
    path !== undefined && (isFileOrBrokenLink(path) || (source === "user" && isShut(dirname(path))))
      ? [{ path, source }]
      : [];
  return unique([
    ...foundAt(nearestSpecFile(where.cwd), "nearest"),
    ...shipped(),
    ...foundAt(user, "user"),
    ...foundAt(system, "system"),
  ]);
}

/** Whether it is a directory that we see and may not enter: nobody knows what is in it. */
export const isShut = (directory: string): boolean => isDirectory(directory) && !mayExecute(directory);

/** The runspec.toml in `cwd` or the closest directory above it that has one. */
export function nearestSpecFile(cwd: string): string | undefined {
  rejectUnreadableName(cwd);
  for (let directory = resolve(cwd); ; directory = dirname(directory)) {
    const path = join(directory, SPEC_NAME);
    if (isFileOrBrokenLink(path)) return path;
    if (dirname(directory) === directory) return undefined;
  }
}

/** A name that is not UTF-8 comes to us altered: the file there would be passed over for one above it. */
export function rejectUnreadableName(cwd: string): void {
  if (!cwd.includes("\ufffd") || statOf(cwd)?.ino === statOf(".")?.ino) return;
  const hint = "work elsewhere, or name a file by its whole path: --config FILE";
  const what = "the name of the working directory is not UTF-8, so no file can be looked for here";
  throw new RunspecError(what, { hint });
}

/** The places that are looked into for a user and for the system, whether or not a file is there. */
export function standardPlaces(search: FileSearch): { system: string; user: string | undefined } {
  const onWindows = join(search.env.PROGRAMDATA ?? "C:\\ProgramData", "runspec");
  const { systemDir = process.platform === "win32" ? onWindows : "/etc/runspec" } = search;
  const own = ownDirectory("XDG_CONFIG_HOME", search);
  return { system: join(systemDir, SPEC_NAME), user: own && join(own, SPEC_NAME) };
}

/** The directories of a home that the XDG rules name, by the variables that name others. */
const IN_HOME = { XDG_CONFIG_HOME: ".config", XDG_CACHE_HOME: ".cache", XDG_STATE_HOME: ".local/state" };

/** Our directory where `variable` says, else in the home; undefined: there is none. On Windows, what is no configuration is in %LOCALAPPDATA%. */
export function ownDirectory(
  variable: keyof typeof IN_HOME,
  { env, home }: Pick<FileSearch, "env" | "home">,
): string | undefined {
  const isLocal = process.platform === "win32" && variable !== "XDG_CONFIG_HOME";
  const places = [
    env[variable],
    isLocal ? env.LOCALAPPDATA : undefined,
    home && join(home, IN_HOME[variable]),
  ];
  // The XDG rules: a relative path there is invalid and ignored.
  const root = places.find((path) => path !== undefined && isAbsolute(path));
  return root && join(root, "runspec");
}

/** The directories of {@link standardPlaces}, as they are told to a person. */
export function placesShown(where: FileSearch): string[] {
  const { home } = where;
  const { user, system } = standardPlaces(where);
  const shown = (dir: string) => (home && dir.startsWith(`${home}/`) ? `~${dir.slice(home.length)}` : dir);
  return [user ?? [], system].flat().map((path) => shown(dirname(path)));
}

/** Where a person is to declare something, as it is told: in the file that is named, which stands alone, else in the person's own. */
export const ownFileShown = (where: FileSearch): string =>
  visible(where.config || where.env.RUNSPEC_CONFIG || join(placesShown(where)[0] ?? "", SPEC_NAME));

function namedFile({ config, env, cwd }: FileSearch): Found | undefined {
  const named = config ?? env.RUNSPEC_CONFIG;
  if (named === undefined || (named === "" && config === undefined)) return undefined;
  if (!isAbsolute(named)) rejectUnreadableName(cwd);
  const path = resolve(cwd, named);
  if (named !== "" && isFile(path)) return { path, source: "explicit" };
  const origin = config === undefined ? "RUNSPEC_CONFIG" : "--config";
  const source = readSource(path);
  const problem = "problem" in source && named !== "" ? source.problem : "there is no such file";
  const unset = "correct it, or unset RUNSPEC_CONFIG to search as usual";
  const hint = config === undefined ? unset : `looked for ${visible(path)}`;
  throw new RunspecError(`${origin} names "${visible(named)}": ${problem}`, { hint });
}

/** A file reached in two ways (from inside its package, through a link) counts once, where it came first, and keeps its environment. */
function unique(found: Found[]): Found[] {
  const byPath = new Map<string, Found>();
  for (const file of found) {
    const path = realPath(file.path);
    const first = byPath.get(path);
    const { via = [], ...place } = file;
    const resolved = path === file.path ? file : { ...place, path, via: [...via, file.path] };
    // The user's own file stays the user's, also where a package has a link to it.
    const isOwn = first?.source === "environment" && isOwnFile(file);
    byPath.set(path, first === undefined || isOwn ? resolved : { ...place, ...first });
  }
  return [...byPath.values()];
}
