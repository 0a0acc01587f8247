/** System calls that neither Bun nor Node has words for, by FFI; where they are not to be had, their users do without. */

import { dlopen, FFIType, ptr } from "bun:ffi";

export interface System {
  /** Opens two descriptors, close-on-exec: 0, or -1 where that fails. */
  pipe(fds: Int32Array): number;
  socketPair?(fds: Int32Array): number;
  /** Gives a pipe more room, where that is granted; anything else stays as it is. */
  widen?(fd: number): void;
  /** Writes as many bytes of `parts` as `fd` takes without waiting, which may be none. */
  writeNow?(fd: number, parts: readonly Uint8Array[]): number;
}

const O_CLOEXEC = 0o2000000;
const F_SETPIPE_SZ = 1031;
const F_GETPIPE_SZ = 1032;
const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const RWF_NOWAIT = 8;
const ROOM_BYTES = 256 * 1024;
const { i32, i64 } = FFIType;
let found: System | undefined | "untried" = "untried";

export function system(): System | undefined {
  if (found === "untried") found = find();
  return found;
}

function find(): System | undefined {
  if (process.platform === "linux") return fromLibrary(loadLinux);
  if (process.platform === "darwin") return fromLibrary(loadDarwin);
  return undefined;
}

function loadLinux(library: string): System {
  const { symbols } = dlopen(library, {
    pipe2: { args: [FFIType.ptr, i32], returns: i32 },
    fcntl: { args: [i32, i32, i32], returns: i32 },
    socketpair: { args: [i32, i32, i32, FFIType.ptr], returns: i32 },
    setsockopt: { args: [i32, i32, i32, FFIType.ptr, i32], returns: i32 },
  });
  // More room means fewer wake-ups on both ends.
  const room = new Int32Array([ROOM_BYTES]);
  const widen = (fd: number) => {
    if (symbols.fcntl(fd, F_GETPIPE_SZ, 0) < ROOM_BYTES) symbols.fcntl(fd, F_SETPIPE_SZ, ROOM_BYTES);
  };
  const writeNow = loadWriteNow(library);
  return {
    pipe(fds) {
      const failed = symbols.pipe2(ptr(fds), O_CLOEXEC);
      if (failed === 0) widen(fds[1] ?? -1);
      return failed;
    },
    socketPair(fds) {
      const failed = symbols.socketpair(AF_UNIX, SOCK_STREAM | O_CLOEXEC, 0, ptr(fds));
      if (failed === 0) symbols.setsockopt(fds[1] ?? -1, SOL_SOCKET, SO_SNDBUF, ptr(room), room.byteLength);
      return failed;
    },
    widen,
    ...(writeNow === undefined ? {} : { writeNow }),
  };
}

/** Old C libraries have no `pwritev2`; old kernels have it and refuse. */
function loadWriteNow(library: string): System["writeNow"] {
  try {
    const { symbols } = dlopen(library, {
      pwritev2: { args: [i32, FFIType.ptr, i32, i64, i32], returns: i64 },
    });
    return (fd, parts) => {
      const vector = new BigUint64Array(parts.length * 2);
      parts.forEach((part, index) => {
        vector[index * 2] = BigInt(ptr(part));
        vector[index * 2 + 1] = BigInt(part.length);
      });
      return Math.max(0, Number(symbols.pwritev2(fd, ptr(vector), parts.length, -1, RWF_NOWAIT)));
    };
  } catch {
    return undefined;
  }
}

/** Nothing opens close-on-exec there; Bun spawns with POSIX_SPAWN_CLOEXEC_DEFAULT, so nothing leaks into children. */
function loadDarwin(library: string): System {
  const { symbols } = dlopen(library, { pipe: { args: [FFIType.ptr], returns: i32 } });
  return { pipe: (fds) => symbols.pipe(ptr(fds)) };
}

/** What `load` gives for the first C library that it can be loaded from; undefined where there is none. */
export function fromLibrary<T>(load: (library: string) => T): T | undefined {
  for (const library of libraries()) {
    try {
      return load(library);
    } catch {
      // The next name, or none.
    }
  }
  return undefined;
}

function libraries(): string[] {
  if (process.platform === "linux")
    return ["libc.so.6", `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`];
  return process.platform === "darwin" ? ["libSystem.B.dylib"] : [];
}
