/** Real pipes and socketpairs for children. `Bun.spawn`'s "pipe" is a socketpair, in which `>/dev/stdout` fails with ENXIO. */

import { dlopen, FFIType, ptr } from "bun:ffi";

export interface Pipe {
  read: number;
  write: number;
}

export interface SocketPair {
  ours: number;
  theirs: number;
}

interface System {
  /** These open two descriptors, close-on-exec: 0, or -1 where that fails. */
  pipe(fds: Int32Array): number;
  socketPair?(fds: Int32Array): number;
  widen?(fd: number): void;
}

const O_CLOEXEC = 0o2000000;
const F_SETPIPE_SZ = 1031;
const F_GETPIPE_SZ = 1032;
const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const ROOM_BYTES = 256 * 1024;
const { i32 } = FFIType;
let system: System | undefined | "untried" = "untried";

/** A new pipe, or undefined where the system offers none that we know how to ask for. */
export function openPipe(): Pipe | undefined {
  const fds = open("pipe");
  return fds && { read: fds[0], write: fds[1] };
}

/** Two sockets that are connected with each other, or undefined where only `Bun.spawn` makes them. */
export function openSocketPair(): SocketPair | undefined {
  const fds = open("socketPair");
  return fds && { ours: fds[0], theirs: fds[1] };
}

/** Gives the pipe that `fd` is an end of more room, where the system grants that; anything else stays as it is. */
export function widenPipe(fd: number): void {
  getSystem()?.widen?.(fd);
}

function open(what: "pipe" | "socketPair"): [number, number] | undefined {
  const opener = getSystem()?.[what];
  if (opener === undefined) return undefined;
  const fds = new Int32Array(2);
  if (opener(fds) !== 0) throw new Error("cannot open a pipe: too many open files");
  const [first, second] = fds;
  return first === undefined || second === undefined ? undefined : [first, second];
}

function getSystem(): System | undefined {
  if (system === "untried") system = findSystem();
  return system;
}

function findSystem(): System | undefined {
  if (process.platform === "linux")
    return firstThatLoads(["libc.so.6", `libc.musl-${muslArch()}.so.1`], loadLinux);
  if (process.platform === "darwin") return firstThatLoads(["libSystem.B.dylib"], loadDarwin);
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
  };
}

/** Nothing opens close-on-exec there; Bun spawns with POSIX_SPAWN_CLOEXEC_DEFAULT, so nothing leaks into children. */
function loadDarwin(library: string): System {
  const { symbols } = dlopen(library, { pipe: { args: [FFIType.ptr], returns: i32 } });
  return { pipe: (fds) => symbols.pipe(ptr(fds)) };
}

function muslArch(): string {
  return process.arch === "arm64" ? "aarch64" : "x86_64";
}

function firstThatLoads(libraries: readonly string[], load: (library: string) => System): System | undefined {
  for (const library of libraries) {
    try {
      return load(library);
    } catch {
      // The next name, or the socketpair.
    }
  }
  return undefined;
}
