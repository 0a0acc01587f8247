/**
 * The few things that every start does with files, by the C library: to load `node:fs` takes longer than all of them together.
 * It does the same where there is no such library, and says why where something failed.
 */

import { CString } from "bun:ffi";
import { dirname } from "node:path";
import { decodeUtf8, encodeUtf8 } from "../text.ts";
import { libc, STATX_BYTES } from "./libc.ts";

/** What stat(2) tells, links followed. */
export interface Facts {
  kind: "file" | "directory" | "character device" | "other";
  /** With the bits of the kind. */
  mode: number;
  uid: number;
  /** Bytes. */
  size: number;
  /** Which device it is, if it is one. */
  device: number;
}

const AT_FDCWD = -100;
const AT_EMPTY_PATH = 0x1000;
const STATX_BASIC_STATS = 0x7ff;
const X_OK = 1;
const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;
const PATH_MAX = 4096;
const LEAST_BYTES = 4096;

/** `node:fs`, loaded when it is first asked for. */
export function nodeFs(): typeof import("node:fs") {
  return require("node:fs");
}

/** undefined: there is nothing at `path` that we can see. */
export function factsOf(path: string): Facts | undefined {
  if (libc().recent !== undefined) return isPassable(path) ? statx(AT_FDCWD, path, 0) : undefined;
  return attempt(() => factsFrom(nodeFs().statSync(path)));
}

/** The same for an open file. */
export function factsOfOpen(fd: number): Facts | undefined {
  if (libc().recent !== undefined) return statx(fd, "", AT_EMPTY_PATH);
  return attempt(() => factsFrom(nodeFs().fstatSync(fd)));
}

/** Whether this process may execute what is at `path`. */
export function mayExecute(path: string): boolean {
  const { recent } = libc();
  if (recent !== undefined) return isPassable(path) && recent.access(cString(path), X_OK) === 0;
  return attempt(() => nodeFs().accessSync(path, X_OK) ?? true) ?? false;
}

/** Whether everybody may execute what is at `path`, and enter every directory above it. */
export function isOpenToAll(path: string): boolean {
  return (
    attempt(() => {
      const { statSync, realpathSync } = nodeFs();
      for (let at = realpathSync(path); ; at = dirname(at)) {
        if ((statSync(at).mode & 0o001) === 0) return false;
        if (at === dirname(at)) return true;
      }
    }) ?? false
  );
}

/** `path` with every link followed; undefined where that cannot be done. */
export function followLinks(path: string): string | undefined {
  const { recent } = libc();
  if (recent === undefined) return attempt(() => nodeFs().realpathSync(path));
  const real = new Uint8Array(PATH_MAX);
  if (!isPassable(path) || recent.realpath(cString(path), real) === null) return undefined;
  return decodeUtf8(real.subarray(0, real.indexOf(0)));
}

/** Where `struct dirent` has the name, on every 64-bit Linux. */
const DIRENT_NAME = 19;

/** The names in the directory at `path`, in no order; undefined where it cannot be looked into. */
export function namesAt(path: string): string[] | undefined {
  const { recent } = libc();
  if (recent === undefined) return attempt(() => nodeFs().readdirSync(path));
  const stream = isPassable(path) ? recent.opendir(cString(path)) : null;
  if (stream === null) return undefined;
  const names: string[] = [];
  for (let entry = recent.readdir(stream); entry !== null; entry = recent.readdir(stream)) {
    const name = new CString(entry, DIRENT_NAME).toString();
    if (name !== "." && name !== "..") names.push(name);
  }
  recent.closedir(stream);
  return names;
}

/**
 * The bytes of the file at `path`, or what `refuse` says of it, which is asked when it is open and can no longer be exchanged for
 * another. Opening waits for nobody, whatever is there.
 * @throws what `node:fs` throws
 */
export function readFile<R = never>(
  path: string,
  refuse: (facts: Facts) => R | undefined = () => undefined,
): Uint8Array | R {
  const { recent } = libc();
  const fd =
    recent !== undefined && isPassable(path) ? recent.open(cString(path), O_NONBLOCK | O_CLOEXEC, 0) : -1;
  if (fd < 0) return readByNode(path, refuse);
  try {
    const facts = factsOfOpen(fd);
    // What cannot be looked at must not pass for what nobody refused.
    if (facts === undefined) return readByNode(path, refuse);
    return refuse(facts) ?? readToEnd(fd, facts.size) ?? readByNode(path, refuse);
  } finally {
    closeFile(fd);
  }
}

export function closeFile(fd: number): void {
  const { recent } = libc();
  if (recent === undefined) nodeFs().closeSync(fd);
  else recent.close(fd);
}

/** What `look` gives, or undefined when it throws. */
export function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

/** As C wants it. A path with a NUL inside would end there, and be another. */
export function cString(text: string): Uint8Array {
  return encodeUtf8(`${text}\0`);
}

function isPassable(path: string): boolean {
  return !path.includes("\0");
}

/** Where the words of 32 bits, of which `struct statx` consists on every machine, hold what we want. */
const STATX = { uid: 5, mode: 7, size: 10, sizeHigh: 11, deviceMajor: 32, deviceMinor: 33 } as const;
const statxWords = new Uint32Array(STATX_BYTES / 4);

function statx(directory: number, path: string, flags: number): Facts | undefined {
  if (libc().recent?.statx(directory, cString(path), flags, STATX_BASIC_STATS, statxWords) !== 0)
    return undefined;
  const word = (name: keyof typeof STATX) => statxWords[STATX[name]] ?? 0;
  // The other half of that word is not used.
  const mode = word("mode") & 0xffff;
  return {
    kind: kindOf(mode),
    mode,
    uid: word("uid"),
    size: word("size") + word("sizeHigh") * 2 ** 32,
    device: word("deviceMajor") * 2 ** 20 + word("deviceMinor"),
  };
}

function factsFrom({
  mode,
  uid,
  size,
  rdev,
}: {
  mode: number;
  uid: number;
  size: number;
  rdev: number;
}): Facts {
  return { kind: kindOf(mode), mode, uid, size, device: rdev };
}

function kindOf(mode: number): Facts["kind"] {
  switch (mode & 0o170000) {
    case 0o100000:
      return "file";
    case 0o040000:
      return "directory";
    case 0o020000:
      return "character device";
    default:
      return "other";
  }
}

/** Of files in /proc the size is not known before. undefined: it cannot be read. */
function readToEnd(fd: number, size: number): Uint8Array | undefined {
  let bytes = new Uint8Array(Math.max(size + 1, LEAST_BYTES));
  let length = 0;
  for (;;) {
    if (length === bytes.length) {
      const larger = new Uint8Array(length * 2);
      larger.set(bytes);
      bytes = larger;
    }
    const got = Number(libc().recent?.read(fd, bytes.subarray(length), bytes.length - length) ?? -1);
    if (got < 0) return undefined;
    if (got === 0) return bytes.subarray(0, length);
    length += got;
  }
}

function readByNode<R>(path: string, refuse: (facts: Facts) => R | undefined): Uint8Array | R {
  const { constants, openSync, fstatSync, readFileSync, closeSync } = nodeFs();
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return refuse(factsFrom(fstatSync(fd))) ?? readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}
