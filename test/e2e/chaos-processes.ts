/** The processes of this machine, and who of them started whom. */

import { allPids, look } from "../harness/processes.ts";

export interface Entry {
  pid: number;
  parent: number;
  name: string;
}

/** All that run; not what waits to be reaped. */
export function processes(): Entry[] {
  return allPids().flatMap((pid) => {
    const { parent, name, state = "Z" } = look(pid) ?? {};
    return parent === undefined || name === undefined || state === "Z" ? [] : [{ pid, parent, name }];
  });
}

/** `pid` and all below it. */
export function family(pid: number, all: readonly Entry[]): number[] {
  const below = (parent: number): number[] => [
    parent,
    ...all.filter((entry) => entry.parent === parent).flatMap((entry) => below(entry.pid)),
  ];
  return below(pid);
}

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended.
  }
}
