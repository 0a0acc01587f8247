/** Real pipes and socketpairs for children. `Bun.spawn`'s "pipe" is a socketpair, in which `>/dev/stdout` fails with ENXIO. */

import { system } from "./system.ts";

export interface Pipe {
  read: number;
  write: number;
}

export interface SocketPair {
  ours: number;
  theirs: number;
}

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
  system()?.widen?.(fd);
}

function open(what: "pipe" | "socketPair"): [number, number] | undefined {
  const opener = system()?.[what];
  if (opener === undefined) return undefined;
  const fds = new Int32Array(2);
  if (opener(fds) !== 0) throw new Error("cannot open a pipe: too many open files");
  const [first, second] = fds;
  return first === undefined || second === undefined ? undefined : [first, second];
}
