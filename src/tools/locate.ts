/** Finding the executable of a runnable: where the contract says, and nowhere else. */

import { statSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { codeOf, thrownBy } from "../errors.ts";
import { distrust, sudoFor } from "../files/distrust.ts";
import { isBrokenLink, isDirectory, isFile, mayExecute, statOf } from "../files/look.ts";
import type { Trustees } from "../files/trust.ts";
import { quoteWord } from "../process/quote.ts";
import type { Runnable } from "../spec/model.ts";
import { noexecMount, startModeBy, startModeOf } from "./shebang.ts";

/** Where it is, or why there is nothing to start: `reason` is a sentence, which says what fixes it where that is known. */
export type Located =
  | { kind: "found"; argv: string[] }
  /** Found, but cannot be started, or may not be executed; `missing`: for the lack of something else, as of its interpreter. */
  | { kind: "broken" | "not-executable"; path: string; reason: string; missing?: true | undefined }
  /** Found, but users who are not trusted could have written it. */
  | { kind: "refused"; path: string; reason: string }
  /** `lookedIn` has every directory, PATH's among them; `meant`: how `command` names a file of that name which lies beside its own. */
  | { kind: "missing"; name: string; lookedIn: string[]; reason: string; meant?: string | undefined };

interface Places {
  /** `PATH`, as it is written. */
  path: string | undefined;
  /** The executables of the environment the file was found in. */
  binDir?: string | undefined;
  /** It is run as another user, who may see and execute what we cannot. */
  asOther?: boolean;
  /** Whose programs are trusted; undefined where there is no such thing (Windows). What PATH leads to is PATH's matter. */
  trustees?: Trustees | undefined;
}

/**
 * The leading words of a runnable's argv: its `command` (a path, or looked up on PATH) and its words; else an executable of its name beside the file, in
 * `bin/` or `node_modules/.bin/` there, in the environment's, then on PATH. A subcommand's are its parent's, and the rest of its path.
 */
export const locate = (runnable: Runnable, places: Places): Located =>
  checkStart(runnable, lookFor(runnable, places), places);

/** Whether and how it can be started; of another user's program, the become program finds out. */
function checkStart({ file }: Runnable, located: Located, { asOther = false, path }: Places): Located {
  if (located.kind !== "found") return located;
  const [program = "", ...words] = located.argv;
  const start = startModeOf(program, { path, asOther });
  if (start.kind === "broken") return broken(program, start.reason, start.missing);
  const given = words.includes(file) ? startModeBy(program, file) : start;
  if (given.kind === "broken") return broken(file, given.reason);
  if (start.kind === "as it is" || asOther) return located;
  return { kind: "found", argv: ["/bin/sh", ...located.argv] };
}

/** `why` goes on behind the path. */
const broken = (path: string, why: string, isMissing?: true) => {
  return { kind: "broken" as const, path, reason: `${path} ${why}`, missing: isMissing };
};

/** Where the program is, unless users who are not trusted could have written it, or the script that it is to run. */
function lookFor({ file, name, path, command }: Runnable, places: Places): Located {
  const { binDir, path: PATH = "", asOther = false, trustees } = places;
  const beside = dirname(file);
  const [program = path[0] ?? name, ...words] = command ?? [];
  // Where npm puts the executables of what a project depends on.
  const modules = [join(beside, "node_modules/.bin")].filter((bin) => isDirectory(bin) || isClosed(bin));
  const usual = [...new Set([beside, join(beside, "bin"), modules, binDir ?? []].flat())];
  const near = command === undefined ? usual : [program].filter(isAbsolute).map((place) => dirname(place));
  const onPath = isAbsolute(program) ? [] : PATH.split(delimiter).filter(isAbsolute);
  // A file of its name that is not executable is the one that was meant: PATH may have an `install` or a `test` as well.
  const nearby = isAbsolute(program) ? tryPath(program, asOther) : search(program, near, asOther);
  const found = nearby ?? search(program, onPath, asOther);
  const paths = near.map((place) => (isAbsolute(program) ? program : join(place, program)));
  const foundAt = nearby && paths.findIndex((one) => dirname(one) === dirname(nearby.path));
  const unseen = firstUnseen(paths.slice(0, foundAt));
  if (unseen !== undefined) return unseen;
  if (found === undefined) {
    const meant = command && [`./${program}`, `bin/${program}`].find((one) => isFile(join(beside, one)));
    return missing(program, near, onPath, meant);
  }
  if (!found.executable) return { ...broken(found.path, whyNoProgram(found.path)), kind: "not-executable" };
  const argv = [found.path, ...words, ...path.slice(1)];
  const decisive = [nearby === undefined ? [] : found.path, words.includes(file) ? file : []].flat();
  return firstForeign(decisive, trustees) ?? { kind: "found", argv };
}

/** It is nowhere: neither `near` nor on PATH. */
function missing(name: string, near: readonly string[], onPath: readonly string[], meant?: string): Located {
  const lookedIn = [...new Set([...near, ...onPath])];
  if (isAbsolute(name)) return { kind: "missing", name, lookedIn, reason: `there is no file ${name}` };
  const places = near.length === 0 ? "" : ` in ${near.join(", ")}`;
  const others = onPath.length === 0 ? "; PATH names no directory" : `${places && " or"} on PATH`;
  const instead = meant === undefined ? "" : `; the one beside the file is "${meant}"`;
  const reason = `no executable "${name}"${places}${others}${instead}`;
  return { kind: "missing", name, lookedIn, reason, meant };
}

/** Why what is there may not be executed. */
function whyNoProgram(path: string): string {
  const stats = statOf(path);
  if (stats?.isFile() === false)
    return `is ${stats.isDirectory() ? "a directory" : "no regular file"}; name a program`;
  const noexec = ((stats?.mode ?? 0) & 0o111) === 0 ? undefined : noexecMount(path);
  return noexec === undefined
    ? `is not executable; run: ${sudoFor(path)}chmod +x ${quoteWord(path)}`
    : `is on ${noexec}, which is mounted noexec; move it to another file system`;
}

/** The first of `paths` that users who are not trusted could have written. */
function firstForeign(paths: readonly string[], trustees: Trustees | undefined): Located | undefined {
  for (const path of paths) {
    const reason = trustees && distrust(path, trustees);
    if (reason !== undefined) return { kind: "refused", path, reason: `${path} is ${reason}` };
  }
  return undefined;
}

/** The first of `paths` that cannot be seen, or is a link to nothing: what is found behind it may be another program. */
function firstUnseen(paths: readonly string[]): Located | undefined {
  for (const path of paths) {
    if (isClosed(path)) return broken(path, "cannot be reached: permission denied");
    if (isBrokenLink(path)) return broken(path, "is a link to nothing", true);
  }
  return undefined;
}

type FoundFile = { path: string; executable: boolean };

function search(name: string, directories: readonly string[], asOther: boolean): FoundFile | undefined {
  let notExecutable: FoundFile | undefined;
  const paths = directories.flatMap((directory) => fileNames(name).map((file) => join(directory, file)));
  for (const path of paths) {
    const candidate = tryFile(path, asOther);
    if (candidate?.executable) return candidate;
    notExecutable ??= candidate;
  }
  return notExecutable;
}

/** On Windows its extension makes a file a program; they are tried in the order of PATHEXT. */
function fileNames(name: string): readonly string[] {
  if (process.platform !== "win32" || PROGRAM.test(name)) return [name];
  return [`${name}.com`, `${name}.exe`, `${name}.bat`, `${name}.cmd`];
}

const PROGRAM = /\.(exe|com|cmd|bat)$/i;

/** A place that cannot be read (no permission, a circle of links, a name too long) counts as empty. */
function tryFile(path: string, asOther: boolean): FoundFile | undefined {
  const stats = statOf(path);
  if (stats?.isFile() !== true) return undefined;
  // Whether that user is among those who may execute it, the become program finds out.
  return { path, executable: asOther ? (stats.mode & 0o111) !== 0 : mayExecute(path) };
}

/** A full path in a directory that we cannot enter is believed, unless it names a directory: the other user may enter it. */
function tryPath(path: string, asOther: boolean): FoundFile | undefined {
  const candidates = [...fileNames(path), path].flatMap((name) => tryFile(name, asOther) ?? []);
  const isBelieved = asOther && !/\/\.{0,2}$/.test(path) && isClosed(path);
  return candidates[0] ?? (isBelieved || statOf(path) ? { path, executable: isBelieved } : undefined);
}

const isClosed = (path: string): boolean => codeOf(thrownBy(() => statSync(path))) === "EACCES";
