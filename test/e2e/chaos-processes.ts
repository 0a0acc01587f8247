/** The processes of this machine as ps shows them, with their environment: how those of one call are found again. */

export interface Entry {
  pid: number;
  parent: number;
  name: string;
  line: string;
}

/** All that run, with their environment at the end of the line; not what waits to be reaped. */
export function processes(): Entry[] {
  const { stdout } = Bun.spawnSync(["ps", "axeww", "-o", "pid=,ppid=,stat=,comm=,command="]);
  return stdout
    .toString()
    .split("\n")
    .flatMap((line) => {
      const [, pid, parent, stat = "Z", name = ""] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S+)/.exec(line) ?? [];
      return stat.startsWith("Z") ? [] : [{ pid: Number(pid), parent: Number(parent), name, line }];
    });
}

/** `pid` and all below it. */
export function family(pid: number): number[] {
  const all = processes();
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
