/** Real pipes for children. `Bun.spawn`'s "pipe" is a socketpair, in which `>/dev/stdout` fails with ENXIO. */

import { dlopen, FFIType, ptr } from "bun:ffi";

export interface Pipe {
  read: number;
  write: number;
}

type Opener = (fds: Int32Array) => number;

const O_CLOEXEC = 0o2000000;
const F_SETPIPE_SZ = 1031;
const PIPE_BYTES = 256 * 1024;
let opener: Opener | undefined | "untried" = "untried";

/** A new pipe, both ends close-on-exec, or undefined where the system offers none that we know how to ask for. */
export function openPipe(): Pipe | undefined {
  if (opener === "untried") opener = findOpener();
  if (opener === undefined) return undefined;
  const fds = new Int32Array(2);
  if (opener(fds) !== 0) throw new Error("cannot open a pipe: too many open files");
  const [read, write] = fds;
  return read === undefined || write === undefined ? undefined : { read, write };
}

function findOpener(): Opener | undefined {
  if (process.platform === "linux") {
    return firstThatLoads(["libc.so.6", `libc.musl-${muslArch()}.so.1`], (library) => {
      const { symbols } = dlopen(library, {
        pipe2: { args: [FFIType.ptr, FFIType.i32], returns: FFIType.i32 },
        fcntl: { args: [FFIType.i32, FFIType.i32, FFIType.i32], returns: FFIType.i32 },
      });
      return (fds) => {
        const failed = symbols.pipe2(ptr(fds), O_CLOEXEC);
        // A larger pipe means fewer wake-ups on both ends; where the system grants no more, it stays as it is.
        if (failed === 0) symbols.fcntl(fds[1] ?? -1, F_SETPIPE_SZ, PIPE_BYTES);
        return failed;
      };
    });
  }
  if (process.platform === "darwin") {
    return firstThatLoads(["libSystem.B.dylib"], (library) => {
      // No pipe2 there; Bun spawns with POSIX_SPAWN_CLOEXEC_DEFAULT, so nothing leaks into children.
      const { symbols } = dlopen(library, { pipe: { args: [FFIType.ptr], returns: FFIType.i32 } });
      return (fds) => symbols.pipe(ptr(fds));
    });
  }
  return undefined;
}

function muslArch(): string {
  return process.arch === "arm64" ? "aarch64" : "x86_64";
}

function firstThatLoads(libraries: readonly string[], load: (library: string) => Opener): Opener | undefined {
  for (const library of libraries) {
    try {
      return load(library);
    } catch {
      // The next name, or the socketpair.
    }
  }
  return undefined;
}
