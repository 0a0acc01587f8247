/**
 * Joining paths and taking them apart, as `node:path` does, which takes a quarter of a millisecond to load: at both ends of every
 * call. What is not in its normal form is left to it, and so is every path on Windows.
 */

const POSIX = process.platform !== "win32";

export const sep = POSIX ? "/" : "\\";
export const delimiter = POSIX ? ":" : ";";

function nodePath(): typeof import("node:path") {
  return require("node:path");
}

export function isAbsolute(path: string): boolean {
  return POSIX ? path.startsWith("/") : nodePath().isAbsolute(path);
}

export function join(first: string, ...rest: string[]): string {
  const joined = [first === "/" ? "" : first, ...rest].join("/");
  return first !== "" && isNormal(joined) ? joined : nodePath().join(first, ...rest);
}

/** The absolute path that `path` is for who stands in `base`, which is the working directory where nothing else is said. */
export function resolve(base: string, path = ""): string {
  const inner = POSIX && path.startsWith("./") ? path.slice(2) : path;
  const absolute = path === "" ? base : isAbsolute(path) ? path : join(base, inner);
  return isAbsolute(absolute) && isNormal(absolute) ? absolute : nodePath().resolve(base, path);
}

export function dirname(path: string): string {
  if (!isNormal(path)) return nodePath().dirname(path);
  const end = path.lastIndexOf("/");
  return end === -1 ? "." : path.slice(0, end) || "/";
}

export function basename(path: string): string {
  return isNormal(path) ? path.slice(path.lastIndexOf("/") + 1) : nodePath().basename(path);
}

/** The name without its extension; a name that only begins with a dot has none. */
export function stem(path: string): string {
  const name = basename(path);
  const dot = name.lastIndexOf(".");
  return dot <= 0 || name === ".." ? name : name.slice(0, dot);
}

/** Whether there is nothing in it that would have to be resolved: no empty, `.` or `..` segment. */
function isNormal(path: string): boolean {
  if (!POSIX) return false;
  if (path === "/") return true;
  const segments = path.split("/");
  if (segments[0] === "") segments.shift();
  for (const segment of segments) if (segment === "" || segment === "." || segment === "..") return false;
  return true;
}

/** Where Windows keeps what programs write for a user of this machine; undefined on other systems. */
export function appData(env: Readonly<Record<string, string | undefined>>): string | undefined {
  return POSIX ? undefined : env.LOCALAPPDATA;
}
