/** Real pipes for children. `Bun.spawn`'s "pipe" is a socketpair, in which `>/dev/stdout` fails with ENXIO. */

import { ptr } from "bun:ffi";
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from "node:fs";
import { attempt, codeOf } from "../errors.ts";
import { closing } from "./descriptor.ts";
import { libc } from "./libc.ts";

const O_CLOEXEC = 0o2000000;
const F_SETPIPE_SZ = 1031;
const F_GETPIPE_SZ = 1032;
/** More room means fewer wake-ups on both ends. */
const ROOM_BYTES = 256 * 1024;
/** What Linux lets everybody give a pipe. */
export const MOST_ROOM_BYTES = 1024 * 1024;

export type Pipe = NonNullable<ReturnType<typeof openPipe>>;

/** A new pipe; undefined where the system offers none that we know how to ask for. @throws EMFILE */
export function openPipe() {
  const { pipe, pipe2 } = libc();
  const fds = new Int32Array(2);
  // On macOS nothing opens close-on-exec; Bun spawns with POSIX_SPAWN_CLOEXEC_DEFAULT, so nothing leaks into children.
  const result = pipe2 === undefined ? pipe?.(ptr(fds)) : pipe2(ptr(fds), O_CLOEXEC);
  if (result === undefined) return undefined;
  const [read, write] = fds;
  if (result !== 0 || read === undefined || write === undefined) throw tooManyFiles();
  widenPipe(write, ROOM_BYTES);
  return { read, write };
}

const tooManyFiles = () =>
  Object.assign(new Error("cannot open a pipe: too many open files"), { code: "EMFILE" });

/** What starting a program takes besides its pipes, and what ending it may take later: to look into /proc, to start `kill`. */
const SPARE_DESCRIPTORS = 8;

/** Makes sure that some descriptors are left: what was started and then could not be watched would run on, forgotten. @throws EMFILE */
export function requireDescriptors(): void {
  const { dup } = libc();
  if (dup === undefined) return;
  const copies = Array.from({ length: SPARE_DESCRIPTORS }, () => dup(0));
  for (const fd of copies) if (fd !== -1) closeSync(fd);
  if (copies.includes(-1)) throw tooManyFiles();
}

export function closePipe({ read, write }: Pipe): void {
  closeSync(read);
  closeSync(write);
}

/** Takes what nobody has read out of the pipe whose write end is `fd`: the number of bytes; undefined where that cannot be done. */
export function takeBack(fd: number): number | undefined {
  const opened = openWithoutWaiting(fd, constants.O_RDONLY);
  if (opened === undefined) return undefined;
  using reading = closing(opened);
  const bytes = new Uint8Array(ROOM_BYTES);
  const read = () => readSync(reading.fd, bytes);
  let taken = 0;
  try {
    for (let count = read(); count > 0; count = read()) taken += count;
  } catch (error) {
    // Empty: our own write end is still open.
    if (codeOf(error) !== "EAGAIN") return undefined;
  }
  return taken;
}

/** Opens the pipe that `fd` writes to a second time, non-blocking; `fd` stays as it is. undefined: it writes to none, or that cannot be opened. */
export function openWithoutWaiting(fd: number, access: number): number | undefined {
  const path = `/proc/self/fd/${fd}`;
  // The mode of such a link is what its descriptor was opened for.
  const writes = () => fstatSync(fd).isFIFO() && (lstatSync(path).mode & constants.S_IWUSR) !== 0;
  return attempt(() => (writes() ? openSync(path, access | constants.O_NONBLOCK) : undefined));
}

/** Gives the pipe that `fd` is an end of more room, where the system grants that: whether it has it then. Anything else stays as it is. */
export function widenPipe(fd: number, room = MOST_ROOM_BYTES): boolean {
  const { fcntl } = libc();
  return fcntl !== undefined && (fcntl(fd, F_GETPIPE_SZ, 0) >= room || fcntl(fd, F_SETPIPE_SZ, room) >= room);
}
