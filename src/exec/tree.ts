/** A tool in our own process group, where the group cannot be signalled without us: it and everything below it. */

import { createFamily, type Leader } from "./family.ts";
import { type ProcessEntry, readProcesses } from "./processes.ts";
import { signal, until } from "./signal.ts";
import { type Ending, KILLED_MS } from "./terminate.ts";

export interface Tree {
  /** Learns what there is of it now, and finds that again when its parents have gone. */
  remember(): void;
  /** TERM to what there is of it, KILL to what is left after `graceMs`. Resolves as `terminate` does. */
  terminate(graceMs: number): Promise<Ending>;
}

export function createTree(leader: Omit<Leader, "method">): Tree {
  const look = createFamily(leader);
  // As behind serve, what has made a session of its own is its own affair: a daemon, or the master of ssh connections.
  const members = (): { ours: ProcessEntry[]; unseen: boolean } => {
    const session = readProcesses().entries.find((entry) => entry.pid === process.pid)?.session;
    const { leader, members } = look();
    return { ours: members.filter((member) => member.session === session), unseen: leader === "unseen" };
  };
  const send = (name: NodeJS.Signals) => {
    const { ours, unseen } = members();
    for (const { pid } of ours) signal(pid, name);
    // It is our child, and has not been reaped: its pid is its own.
    if (unseen) signal(leader.pid, name);
  };
  const gone = () => {
    const { ours, unseen } = members();
    return ours.length === 0 && !unseen;
  };
  return {
    remember: () => void look(),
    async terminate(graceMs) {
      send("SIGTERM");
      send("SIGCONT");
      if (await until(gone, performance.now() + graceMs))
        return { killed: false, remaining: [], unseen: false };
      send("SIGKILL");
      await until(gone, performance.now() + KILLED_MS);
      const { ours, unseen } = members();
      return { killed: true, remaining: ours, unseen };
    },
  };
}
