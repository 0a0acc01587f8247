/** Ending a tool for certain, whatever it has started and whoever it runs as. */

import { codeOf } from "../errors.ts";
import { type BecomeRequest, becomeKillArgv } from "./become.ts";
import { anyAlive, groupsBelow, listProcesses } from "./processes.ts";

export interface Target {
  /** The process that was started; it leads a group of its own. */
  pid: number;
  /** Set where that process is a become program and the tool runs under it, as another user. */
  become?: Pick<BecomeRequest, "method" | "user" | "flags">;
}

/** How long a tool has between TERM and KILL, in milliseconds. */
export const GRACE_MS = 5000;
const POLL_MS = 20;
/** How long what got KILL is waited for: it may be stuck in the kernel. */
const KILLED_MS = 1000;

/**
 * TERM to every process of the tool, KILL to what is left after {@link GRACE_MS}. Resolves when nothing of it lives, or a
 * short while after KILL. `env` is for the become program, where one is needed.
 */
export function terminate({ pid, become }: Target, env: Record<string, string>): Promise<void> {
  return become === undefined ? terminateGroup(pid) : terminateBecome(pid, become, env);
}

async function terminateGroup(pid: number): Promise<void> {
  if (!signal(-pid, "SIGTERM")) return;
  // A stopped process takes TERM only once it runs again.
  signal(-pid, "SIGCONT");
  const gone = () => !signal(-pid, 0) || !anyAlive(new Set([pid]));
  if (await until(gone, GRACE_MS)) return;
  signal(-pid, "SIGKILL");
  await until(gone, KILLED_MS);
}

/**
 * The tool belongs to another user, whom an unprivileged sender cannot signal; KILL to sudo only orphans it, and TERM is passed on
 * to its first process alone. su puts it into a session of its own besides. So the signals are sent by that user, through the
 * same become method, to the groups below the become program, which then ends by itself.
 */
async function terminateBecome(
  pid: number,
  become: NonNullable<Target["become"]>,
  env: Record<string, string>,
): Promise<void> {
  const groups = groupsBelow(pid);
  const leaderAlive = () => signal(pid, 0) && !isZombie(pid);
  const gone = () => !leaderAlive() && !anyAlive(groups);
  if (!(await signalAs(become, "TERM", groups, env))) {
    // Nothing was below it yet, or its user may not run kill: what it has started so far, it ends itself.
    signal(pid, "SIGTERM");
    await until(() => !leaderAlive(), GRACE_MS / 2);
    if (!gone()) await signalAs(become, "TERM", groups, env);
  }
  if (await until(gone, GRACE_MS)) return;
  for (const group of groupsBelow(pid)) groups.add(group);
  if (process.getuid?.() === 0) for (const group of groups) signal(-group, "SIGKILL");
  else await signalAs(become, "KILL", groups, env);
  if (!(await until(gone, KILLED_MS))) signal(pid, "SIGKILL");
}

/** Whether the become method sent `name` to every one of `groups`. */
async function signalAs(
  become: NonNullable<Target["become"]>,
  name: "TERM" | "KILL",
  groups: ReadonlySet<number>,
  env: Record<string, string>,
): Promise<boolean> {
  if (groups.size === 0) return false;
  // In a group of its own: sudo does not pass on what comes from its own.
  const sender = Bun.spawn(becomeKillArgv(become, name, [...groups]), {
    env,
    detached: true,
    stdio: ["ignore", "ignore", "ignore"],
  });
  return (await sender.exited) === 0;
}

/** Sends a signal to a process, or to a group under its negative number; false when it is not there any more. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    // EPERM: it is there, and belongs to others.
    return codeOf(error) !== "ESRCH";
  }
}

function isZombie(pid: number): boolean {
  return listProcesses().some((entry) => entry.pid === pid && entry.zombie);
}

async function until(condition: () => boolean, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() >= deadline) return false;
    await Bun.sleep(POLL_MS);
  }
  return true;
}
