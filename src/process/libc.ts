/** The C library, by FFI: for what neither Bun nor Node has words for, and for what must not wait until `node:fs` is loaded. */

import { dlopen, FFIType } from "bun:ffi";
import { encodeUtf8 } from "../text.ts";

const { i32, u32, i64_fast: i64, u64_fast: u64, ptr } = FFIType;

const LINUX = {
  fcntl: { args: [i32, i32, i32], returns: i32 },
  flock: { args: [i32, i32], returns: i32 },
  getxattr: { args: [ptr, ptr, ptr, u64], returns: i64 },
  inotify_add_watch: { args: [i32, ptr, u32], returns: i32 },
  inotify_init1: { args: [i32], returns: i32 },
  isatty: { args: [i32], returns: i32 },
  pipe2: { args: [ptr, i32], returns: i32 },
  poll: { args: [ptr, u64, i32], returns: i32 },
  prctl: { args: [i32, u64, u64, u64, u64], returns: i32 },
  setsockopt: { args: [i32, i32, i32, ptr, i32], returns: i32 },
  socketpair: { args: [i32, i32, i32, ptr], returns: i32 },
  waitid: { args: [i32, u32, ptr, i32], returns: i32 },
  waitpid: { args: [i32, ptr, i32], returns: i32 },
} as const;

/** With what older C libraries have not: glibc since 2.28, musl since 1.2.5. */
const RECENT = {
  ...LINUX,
  access: { args: [ptr, i32], returns: i32 },
  close: { args: [i32], returns: i32 },
  closedir: { args: [ptr], returns: i32 },
  ftruncate: { args: [i32, i64], returns: i32 },
  memfd_create: { args: [ptr, u32], returns: i32 },
  opendir: { args: [ptr], returns: ptr },
  open: { args: [ptr, i32, i32], returns: i32 },
  pwrite: { args: [i32, ptr, u64, i64], returns: i64 },
  pwritev2: { args: [i32, ptr, i32, i64, i32], returns: i64 },
  read: { args: [i32, ptr, u64], returns: i64 },
  readdir: { args: [ptr], returns: ptr },
  realpath: { args: [ptr, ptr], returns: ptr },
  statx: { args: [i32, ptr, i32, u32, ptr], returns: i32 },
} as const;

const DARWIN = {
  flock: { args: [i32, i32], returns: i32 },
  isatty: { args: [i32], returns: i32 },
  poll: { args: [ptr, u32, i32], returns: i32 },
  pipe: { args: [ptr], returns: i32 },
} as const;

/** Of `struct statx`. */
export const STATX_BYTES = 256;

type Calls<T extends Parameters<typeof dlopen>[1]> = ReturnType<typeof dlopen<T>>["symbols"];

/** Calls by system; each returns -1, or a null pointer, where it fails, and does not tell why. */
export interface Libc {
  linux?: Calls<typeof LINUX>;
  /** A Linux with these calls, too. */
  recent?: Calls<typeof RECENT>;
  darwin?: Calls<typeof DARWIN>;
}

let loaded: Libc | undefined;

/** The C library; without any calls where it is none that we know. */
export function libc(): Libc {
  loaded ??= load();
  return loaded;
}

function load(): Libc {
  switch (process.platform) {
    case "linux":
      return loadFirst(
        ["libc.so.6", `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`],
        loadLinux,
      );
    case "darwin":
      return loadFirst(["libSystem.B.dylib"], (name) => ({ darwin: dlopen(name, DARWIN).symbols }));
    default:
      return {};
  }
}

function loadLinux(name: string): Libc {
  try {
    const recent = dlopen(name, RECENT).symbols;
    return isAllowed(recent) ? { linux: recent, recent } : { linux: recent };
  } catch {
    return { linux: dlopen(name, LINUX).symbols };
  }
}

/** Some sandboxes refuse the calls that they do not know. */
function isAllowed({ statx }: Calls<typeof RECENT>): boolean {
  const AT_FDCWD = -100;
  return statx(AT_FDCWD, encodeUtf8("/\0"), 0, 0, new Uint8Array(STATX_BYTES)) === 0;
}

function loadFirst(names: readonly string[], load: (name: string) => Libc): Libc {
  for (const name of names) {
    try {
      return load(name);
    } catch {
      // The next name, or none.
    }
  }
  return {};
}
