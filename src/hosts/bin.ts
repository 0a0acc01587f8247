/** Which runspec to start on the remote, where that was said, and how to write it for the remote's shell. */

import { RunspecError } from "../errors.ts";
import { visible } from "../text.ts";

export interface RemoteBin {
  path: string;
  /** Where it was said, as messages have it; `path`: nowhere, so the remote's PATH decides. */
  source: "--bin" | "bin" | "$RUNSPEC_JUMP_BIN" | "path";
}

interface BinSources {
  flag?: string | undefined;
  field: string | undefined;
  env: string | undefined;
  /** Where the field stands. */
  at?: (() => string) | undefined;
}

/** The first of `--bin`, the alias's `bin`, `RUNSPEC_JUMP_BIN`, and `runspec` on PATH there. @throws RunspecError 125 where it cannot be the path of a runspec */
export function resolveBin(sources: BinSources): RemoteBin {
  const bin = chooseBin(sources);
  const why = objectionToBin(bin.path);
  if (why === undefined) return bin;
  const named = bin.source === "bin" ? "the field bin" : bin.source;
  const correct = bin.source === "bin" && sources.at !== undefined ? `correct it in ${sources.at()}: ` : "";
  const hint = `${correct}it must be the path of a program named runspec (or runspec.exe)`;
  throw new RunspecError(`${named} ${JSON.stringify(bin.path)} is refused: ${why}`, { hint });
}

/** {@link resolveBin} without the check, for listings. */
export function chooseBin({ flag, field, env }: BinSources): RemoteBin {
  if (flag !== undefined) return { path: flag, source: "--bin" };
  if (field !== undefined) return { path: field, source: "bin" };
  if (env !== undefined && env !== "") return { path: env, source: "$RUNSPEC_JUMP_BIN" };
  return { path: "runspec", source: "path" };
}

/** Whether it says a place; a bare name is for the remote's PATH to find. */
export const saysPlace = ({ path }: RemoteBin): boolean => path.includes("/");

/** Why `path` cannot be the runspec of a remote; undefined: it can. */
export function objectionToBin(path: string): string | undefined {
  if (path.startsWith("-")) return "it would be read as an option";
  if (/[\x00-\x1f\x7f]/.test(path)) return "it holds control characters";
  // cmd.exe puts the value of a variable in the place of its %NAME%, in quotes as well.
  if (/[;&|<>`$"'*?!#%]|\s[/~]/.test(path)) return "the remote shell would read it as more than a path";
  const basename = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
  const isNamedSo = basename === "runspec" || basename === "runspec.exe";
  return isNamedSo ? undefined : `its last part is "${visible(basename)}", not runspec or runspec.exe`;
}

/** Only a machine with Windows has such a path. */
export const isWindowsPath = (path: string): boolean =>
  /^[A-Za-z]:[\\/]/.test(path) || path.includes("\\") || path.endsWith(".exe");

/** The path as one word of the command line that the remote's shell reads; as it is wherever that is safe. */
export function quoteBin(path: string): string {
  if (isWindowsPath(path)) return /[\s(){}[\]%^,=~]/.test(path) ? `"${path}"` : path;
  // A leading ~/ or ~user/ is for the remote shell to expand; the rest is only a path.
  const [, home = "", rest = path] = /^(~[A-Za-z0-9_.-]*\/)(.*)$/s.exec(path) ?? [];
  // Of `A=/b/runspec serve` it would make a variable, and run what stands behind it.
  return /^[A-Za-z0-9_./+:@%,-]+$/.test(rest) ? path : `${home}'${rest}'`;
}
