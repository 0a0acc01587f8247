/** A tool in our own process group, where the group cannot be signalled without us: it and everything below it. */

import { createFamily } from "./family.ts";
import { listProcesses, type ProcessEntry } from "./processes.ts";
import { GRACE_MS, KILLED_MS, signal, until } from "./terminate.ts";

export interface Tree {
  /** Learns what there is of it now, and finds that again when its parents have gone. */
  remember(): void;
  /** TERM to what there is of it, KILL to what is left after {@link GRACE_MS}. Resolves as {@link terminate} does. */
  terminate(): Promise<void>;
}

export function createTree(pid: number): Tree {
  const look = createFamily(pid);
  // As behind serve, what has made a session of its own is its own affair: a daemon, or the master of ssh connections.
  const members = (): ProcessEntry[] => {
    const ours = listProcesses().find((entry) => entry.pid === process.pid)?.session;
    return look().members.filter(({ session }) => session === ours);
  };
  const send = (name: NodeJS.Signals) => {
    for (const member of members()) signal(member.pid, name);
  };
  return {
    remember: () => void look(),
    async terminate() {
      send("SIGTERM");
      send("SIGCONT");
      const gone = () => members().length === 0;
      if (await until(gone, performance.now() + GRACE_MS)) return;
      send("SIGKILL");
      await until(gone, performance.now() + KILLED_MS);
    },
  };
}
