/** The C library, by FFI: what neither Bun nor Node has words for, each with what it is for. */

import { dlopen, FFIType } from "bun:ffi";
import { attempt } from "../errors.ts";
import { encodeUtf8 } from "../text.ts";
import { once } from "./once.ts";

const { i32, u32, i64_fast: i64, u64_fast: u64, ptr } = FFIType;

const POSIX = {
  /** Whether there are descriptors left. */
  dup: { args: [i32], returns: i32 },
  /** A lock that ends with its process. */
  flock: { args: [i32, i32], returns: i32 },
  /** `node:tty` has it, and takes 2.5 ms to load at both ends of every call. */
  isatty: { args: [i32], returns: i32 },
  /** Our own session and group; to read the session from /proc at each call takes a fifth of its time. */
  getsid: { args: [i32], returns: i32 },
  getpgrp: { args: [], returns: i32 },
  /** Whether a descriptor has room, or its other end has gone. */
  poll: { args: [ptr, u64, i32], returns: i32 },
  /** Whether a signal is ignored, and that none is blocked. */
  sigaction: { args: [i32, ptr, ptr], returns: i32 },
  pthread_sigmask: { args: [i32, ptr, ptr], returns: i32 },
  /** What was typed before somebody was asked, and whether it is shown. */
  tcflush: { args: [i32, i32], returns: i32 },
  tcgetattr: { args: [i32, ptr], returns: i32 },
  tcsetattr: { args: [i32, i32, ptr], returns: i32 },
} as const;

const DARWIN = { ...POSIX, pipe: { args: [ptr], returns: i32 } } as const;

const LINUX = {
  ...POSIX,
  /** Real pipes, and their size: what Bun calls a pipe is a socketpair. */
  pipe2: { args: [ptr, i32], returns: i32 },
  fcntl: { args: [i32, i32, i32], returns: i32 },
  /** The clock by which the system says when a process was started. */
  clock_gettime: { args: [i32, ptr], returns: i32 },
  /** Access control lists, which say who may write besides the mode. */
  getxattr: { args: [ptr, ptr, ptr, u64], returns: i64 },
  setxattr: { args: [ptr, ptr, ptr, u64, i32], returns: i32 },
  removexattr: { args: [ptr, ptr], returns: i32 },
  /** That a program was opened, also by one that has ended since; `fs.watch` tells of no opening. */
  inotify_init1: { args: [i32], returns: i32 },
  inotify_add_watch: { args: [i32, ptr, u32], returns: i32 },
  /** Orphans: to get them, and to ask for those that have ended. */
  prctl: { args: [i32, u64, u64, u64, u64], returns: i32 },
  waitid: { args: [i32, u32, ptr, i32], returns: i32 },
  waitpid: { args: [i32, ptr, i32], returns: i32 },
} as const;

/** {@link LINUX} with calls that older C libraries lack: glibc has them since 2.27, musl since 1.2.5. */
const RECENT_LINUX = {
  ...LINUX,
  /** A file where no directory can be written. */
  memfd_create: { args: [ptr, u32], returns: i32 },
  /** Writing to what others share without ever waiting for its reader. */
  pwritev2: { args: [i32, ptr, i32, i64, i32], returns: i64 },
} as const;

type Calls<T extends Parameters<typeof dlopen>[1]> = ReturnType<typeof dlopen<T>>["symbols"];

/** The calls that this system has; each returns -1 where it fails, and does not tell why. */
type Libc = Partial<Calls<typeof RECENT_LINUX & typeof DARWIN>>;

/** The C library; without any calls where it is none that we know. */
export const libc = once(load);

function load(): Libc {
  // By its name alone it would be sought in the working directory, by macOS and by Bun.
  if (process.platform === "darwin") return open("/usr/lib/libSystem.B.dylib", DARWIN) ?? {};
  if (process.platform !== "linux") return {};
  const musl = `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`;
  for (const name of ["libc.so.6", musl]) {
    const calls = open(name, RECENT_LINUX) ?? open(name, LINUX);
    if (calls !== undefined) return calls;
  }
  return {};
}

function open<T extends Parameters<typeof dlopen>[1]>(name: string, calls: T): Calls<T> | undefined {
  return attempt(() => dlopen(name, calls).symbols);
}

/** `text` as a string of C. One with a NUL inside would end there, and be another. */
export const cString = (text: string): Uint8Array => encodeUtf8(`${text}\0`);
