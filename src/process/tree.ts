/** A tool in our own process group, where the group cannot be signalled without us: it and everything below it. */

import { createFamily, type Leader } from "./family.ts";
import { endJob } from "./job.ts";
import { type ProcessEntry, type ProcessTable, readProcesses } from "./processes.ts";
import { KILLED_MS, signal, until } from "./signal.ts";
import type { Ending } from "./terminate.ts";

export interface Tree {
  /** Learns what there is of it now, and finds that again when its parents have gone. */
  remember(): void;
  /** TERM to what there is of it, KILL to what is left after `graceMs`. Resolves as `terminate` does. */
  terminate(graceMs: number): Promise<Ending>;
}

export function createTree(leader: Omit<Leader, "method">, read: () => ProcessTable = readProcesses): Tree {
  const look = createFamily(leader, read);
  /** Our child, until its exit has been seen: until then its pid is its own, whatever the system shows. */
  const isThere = () => leader.exited?.() === false;
  /** Of both, when the leader was started. */
  let session: number | undefined;
  const members = (): ProcessEntry[] => {
    const { entries } = read();
    const sessionOf = (pid: number) => entries.find((entry) => entry.pid === pid)?.session;
    // An emulated system shows 0 of ourselves alone; in a container 0 may be the true one, whose leader is outside.
    session ??= sessionOf(process.pid) || sessionOf(leader.pid);
    const { members } = look();
    // As behind serve, what has made a session of its own is its own affair: a daemon, or the master of ssh connections.
    return session === undefined ? members : members.filter((member) => member.session === session);
  };
  const send = (name: NodeJS.Signals) => {
    const pids = new Set(members().map(({ pid }) => pid));
    if (isThere()) pids.add(leader.pid);
    for (const pid of pids) signal(pid, name);
  };
  // A look that failed says nothing.
  const gone = () => !isThere() && members().length === 0 && !read().failed;
  return {
    remember: () => void members(),
    async terminate(graceMs) {
      if (process.platform === "win32") return endJob(leader.pid);
      send("SIGTERM");
      send("SIGCONT");
      if (await until(gone, performance.now() + graceMs))
        return { killed: false, remaining: [], unseen: false };
      send("SIGKILL");
      await until(gone, performance.now() + KILLED_MS);
      const remaining = members();
      return { killed: true, remaining, unseen: remaining.length === 0 && !gone() };
    },
  };
}
