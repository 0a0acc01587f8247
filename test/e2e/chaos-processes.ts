/** The processes of this machine with their environment: how those of one call are found again. */

import { allPids, describe, look } from "../harness/processes.ts";

export interface Entry {
  pid: number;
  parent: number;
  name: string;
  /** Its command line and its environment, which are read when they are asked for. */
  readonly line: string;
}

/** All that run; not what waits to be reaped. */
export function processes(): Entry[] {
  return allPids().flatMap((pid) => {
    const seen = look(pid);
    if (seen === undefined || seen.state === "Z") return [];
    const { parent, name } = seen;
    return [
      {
        ...{ pid, parent, name },
        get line() {
          return `${pid} ${describe(pid)}`;
        },
      },
    ];
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
