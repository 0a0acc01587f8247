/** Ending a tool for certain, whatever it has started and whoever it runs as. */

import { codeOf } from "../errors.ts";
import { type BecomeRequest, becomeKillArgv } from "./become.ts";
import { addressesOf, createFamily, type Family } from "./family.ts";
import { anyAlive, type ProcessEntry } from "./processes.ts";
import { userNameOf } from "./user.ts";

export interface Target {
  /** The process that was started; it leads a group of its own. */
  pid: number;
  /** Set where that process is a become program and the tool runs under it, as another user. */
  become?: Pick<BecomeRequest, "method" | "user" | "flags">;
}

type BecomeTarget = Required<Target>;

/** How long a tool has between TERM and KILL, in milliseconds. */
export const GRACE_MS = 5000;
const POLL_MS = 20;
/** How long what got KILL is waited for: it may be stuck in the kernel. */
export const KILLED_MS = 1000;
/** How long a process may take to stop. */
const STOPPED_MS = 200;
/** After this, a TERM to a become program that has neither ended nor ended the tool counts as lost. */
const LOST_MS = 250;
/** How long a become program may take to send a signal. */
const SENDER_MS = 2000;

/**
 * TERM to every process of the tool, KILL to what is left after {@link GRACE_MS}. Resolves when nothing of it lives, or a
 * short while after KILL. `env` is for the become program, where one is needed.
 */
export function terminate({ pid, become }: Target, env: Record<string, string>): Promise<void> {
  return become === undefined ? terminateGroup(pid) : terminateBecome({ pid, become }, env);
}

async function terminateGroup(pid: number): Promise<void> {
  if (!signal(-pid, "SIGTERM")) return;
  // A stopped process takes TERM only once it runs again.
  signal(-pid, "SIGCONT");
  const gone = () => !signal(-pid, 0) || !anyAlive(pid);
  if (await until(gone, performance.now() + GRACE_MS)) return;
  signal(-pid, "SIGKILL");
  await until(gone, performance.now() + KILLED_MS);
}

/**
 * The tool belongs to another user, whom an unprivileged sender cannot signal; KILL to sudo only orphans it, and TERM is passed on
 * to its first process alone. su may put it into a session of its own besides. So the signals are sent by that user, through
 * the same become method, to what is found below the become program, which then ends by itself.
 */
async function terminateBecome(target: BecomeTarget, env: Record<string, string>): Promise<void> {
  const { pid, become } = target;
  const deadline = performance.now() + GRACE_MS;
  const look = createFamily(pid, become.method);
  // Looked at all along, for a session is known only to one who has seen its first process.
  const ended = until(() => look().leader === "gone", deadline);
  const known = await tellMembers(target, look, env, deadline);
  await ended;
  const strangers = look().members.filter((member) => !known.has(member.pid));
  if (strangers.length > 0) await signalAs(target, "TERM", strangers, env);
  if (await until(() => isGone(look()), deadline)) return;

  await killFamily(target, look, env);
  if (!isGone(look())) signal(pid, "SIGKILL");
}

/** TERM to what is below the become program, or else to that program. Gives who got it for certain. */
async function tellMembers(
  target: BecomeTarget,
  look: () => Family,
  env: Record<string, string>,
  deadline: number,
): Promise<Set<number>> {
  const { pid, become } = target;
  // Its helpers, and a child of its that is about to turn into the tool, would pass TERM on, or lose it.
  const tool = ({ members }: Family) => members.filter(({ name }) => name !== become.method);
  const family = await lookClosely(pid, look);
  // Nothing can be left behind, and TERM could be lost on it. But what pbrun starts is no child of its.
  if (family.leader === "stopped" && family.members.length === 0 && become.method !== "pbrun") {
    signal(pid, "SIGKILL");
    return new Set();
  }
  let members = tool(family);
  let told = await signalAs(target, "TERM", members, env);
  // Nothing was below it yet, or its user may not run kill: it ends, or passes TERM on.
  if (!told) signal(pid, "SIGTERM");
  signal(pid, "SIGCONT");
  if (!told) {
    // But while sudo is about to start the tool, TERM is lost on it.
    await until(() => look().leader === "gone", performance.now() + LOST_MS);
    await until(() => look().leader === "gone" || tool(look()).length > 0, deadline);
    members = tool(look());
    told = await signalAs(target, "TERM", members, env);
  }
  return new Set(told ? members.map((member) => member.pid) : []);
}

/** Where nothing is below the become program it is stopped first, so that nothing is started while we look again. */
async function lookClosely(pid: number, look: () => Family): Promise<Family> {
  const family = look();
  if (family.members.length > 0 || family.leader === "gone") return family;
  signal(pid, "SIGSTOP");
  await until(() => look().leader !== "running", performance.now() + STOPPED_MS);
  return look();
}

async function killFamily(
  target: BecomeTarget,
  look: () => Family,
  env: Record<string, string>,
): Promise<void> {
  const deadline = performance.now() + KILLED_MS;
  const isRoot = process.getuid?.() === 0;
  do {
    const { members } = look();
    if (isRoot) for (const address of addressesOf(members, target.pid)) signal(address, "SIGKILL");
    else await signalAs(target, "KILL", members, env);
    // What was about to start a process may have done so.
  } while (
    !(await until(() => isGone(look()), performance.now() + KILLED_MS / 2)) &&
    performance.now() < deadline
  );
}

function isGone({ leader, members }: Family): boolean {
  return leader === "gone" && members.length === 0;
}

/** Whether the become method could send `name` to any of `members`. */
async function signalAs(
  { pid, become }: BecomeTarget,
  name: "TERM" | "KILL",
  members: readonly ProcessEntry[],
  env: Record<string, string>,
): Promise<boolean> {
  if (members.length === 0) return false;
  // Where this user can signal the become program, its group is not signalled as one: it would pass TERM on a second time.
  const spared =
    canSignalBecome(become.user) && !members.some((member) => member.pid === pid) ? pid : undefined;
  try {
    const sender = Bun.spawn(becomeKillArgv(become, name, addressesOf(members, pid, spared)), {
      env,
      detached: true,
      stdio: ["ignore", "ignore", "ignore"],
      timeout: SENDER_MS,
      killSignal: "SIGKILL",
    });
    return (await sender.exited) === 0;
  } catch {
    return false;
  }
}

function canSignalBecome(user: string): boolean {
  const uid = process.getuid?.();
  return user === "root" || (uid !== undefined && user === userNameOf(uid));
}

/** Sends a signal to a process, or to a group under its negative number; false when it is not there any more. */
export function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    // EPERM: it is there, and belongs to others.
    return codeOf(error) !== "ESRCH";
  }
}

/** Whether `condition` came true before `deadline`, in the milliseconds of `performance.now()`. */
export async function until(condition: () => boolean, deadline: number): Promise<boolean> {
  while (!condition()) {
    if (performance.now() >= deadline) return false;
    await Bun.sleep(POLL_MS);
  }
  return true;
}
