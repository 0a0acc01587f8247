/** Ending a tool for certain, whatever it has started and whoever it runs as, and saying what could not be ended. */

import type { KillAs } from "./become.ts";
import { killAs, reachesBecome } from "./become-kill.ts";
import { addressesOf, createFamily, type Family } from "./family.ts";
import { endJob } from "./job.ts";
import { type ProcessEntry, readProcesses } from "./processes.ts";
import { isThere, signal, until } from "./signal.ts";

export interface Target {
  /** The process that was started; it leads a group of its own. */
  pid: number;
  /** When it was; undefined where the system does not say. */
  start?: number | undefined;
  /** Set where that process is a become program and the tool runs under it, as another user. */
  become?: KillAs;
}

export interface TerminateOptions {
  /** For the become program, where one is needed. */
  env: Record<string, string>;
  /** How long the tool has between TERM and KILL, in milliseconds. */
  graceMs: number;
  /** Whether our child's exit has been seen; not given where it is not ours. */
  exited?: (() => boolean) | undefined;
  /** As for a {@link createFamily} under a become program. */
  adopter?: number | undefined;
}

/** How an end went. */
export interface Ending {
  /** KILL was sent: whatever it did about TERM was not over. */
  killed: boolean;
  /** What still runs, as far as it can be seen. */
  remaining: Pick<ProcessEntry, "pid" | "name">[];
  /** Something still runs that the system does not show, or may. */
  unseen: boolean;
  /** The user that it runs as, where sending signals as that user was refused. */
  refusedAs?: string;
}

/** How long what got KILL is waited for: it may be stuck in the kernel. */
export const KILLED_MS = 1000;
/** How long a process may take to stop. */
const STOPPED_MS = 200;
/** After this, a TERM to a become program that has neither ended nor ended the tool counts as lost. */
const LOST_MS = 250;

/** TERM to every process of the tool, KILL to what is left after its grace. Resolves when nothing of it lives, or a while after KILL. */
export function terminate(target: Target, options: TerminateOptions): Promise<Ending> {
  const { become, pid } = target;
  if (process.platform === "win32") return Promise.resolve(endJob(pid));
  return become === undefined ? terminateGroup(target, options) : terminateBecome(target, become, options);
}

async function terminateGroup(target: Target, options: TerminateOptions): Promise<Ending> {
  const { pid } = target;
  const send = (name: NodeJS.Signals) => !lookAtGroup(target).gone && signal(-pid, name);
  const gone = () => lookAtGroup(target).gone;
  send("SIGTERM");
  // A stopped process takes TERM only once it runs again.
  send("SIGCONT");
  if (await until(gone, performance.now() + options.graceMs)) return ended(false);
  send("SIGKILL");
  await until(gone, performance.now() + KILLED_MS);
  const left = lookAtGroup(target);
  return { killed: true, remaining: left.alive, unseen: !left.gone && left.alive.length === 0 };
}

/** A group keeps its number until the last of it has gone; then another may get it, whose leader was started later. */
function lookAtGroup({ pid, start }: Target): { gone: boolean; alive: ProcessEntry[] } {
  const { entries, complete } = readProcesses();
  const leader = entries.find((entry) => entry.pid === pid);
  if (leader !== undefined && start !== undefined && leader.start !== start) return { gone: true, alive: [] };
  const alive = entries.filter((entry) => !entry.zombie && entry.group === pid);
  return { gone: alive.length === 0 && (complete || !isThere(-pid)), alive };
}

function ended(killed: boolean): Ending {
  return { killed, remaining: [], unseen: false };
}

/** An end under way. */
interface Under {
  pid: number;
  become: KillAs;
  env: Record<string, string>;
  look: () => Family;
  /** When KILL is due. */
  deadline: number;
}

/**
 * The tool belongs to another user, whom an unprivileged sender cannot signal; KILL to sudo only orphans it, and TERM is passed on
 * to its first process alone. su may put it into a session of its own besides. So the signals are sent by that user, through
 * the same become method, to what is found below the become program, which then ends by itself.
 */
async function terminateBecome(
  { pid, start }: Target,
  become: KillAs,
  { env, graceMs, exited, adopter }: TerminateOptions,
): Promise<Ending> {
  const look = createFamily({ pid, start, method: become.method, exited, adopter });
  const deadline = performance.now() + graceMs;
  const under = { pid, become, env, look, deadline };
  const isGone = () => isOver(look(), pid);
  // In a group of ours it is not alone, and the last of it cannot be told from us.
  const hasGroup = isThere(-pid);
  const over = (killed: boolean): Ending => ({ ...ended(killed), unseen: !hasGroup && !look().complete });
  // Looked at all along, for a session is known only to one who has seen its first process.
  const watching = until(() => look().leader === "gone", deadline);
  const known = await tellMembers(under);
  await watching;
  const strangers = look().members.filter((member) => known.get(member.pid) !== member.start);
  if (strangers.length > 0) await send(under, "TERM", strangers);
  if (await until(isGone, deadline)) return over(false);

  const killed = await killFamily(under);
  const { leader, members, complete } = look();
  if (isGone()) return over(killed);
  // It is not killed itself while anything lives below it: that would only be orphaned.
  const own =
    leader === "gone" || members.some((member) => member.pid === pid) ? [] : [{ pid, name: become.method }];
  const remaining = [...own, ...members];
  return { killed, remaining, unseen: !complete, ...(killed ? {} : { refusedAs: become.user }) };
}

/** Where not all can be seen, a group is there as long as a signal could be sent to it. */
function isOver({ leader, members, complete }: Family, pid: number): boolean {
  return leader === "gone" && members.length === 0 && (complete || !isThere(-pid));
}

/** TERM to what is below the become program, or else to that program. Gives who got it for certain, by pid with the start. */
async function tellMembers(under: Under): Promise<Map<number, number>> {
  const { pid, become, look, deadline } = under;
  // Its helpers, and a child of its that is about to turn into the tool, would pass TERM on, or lose it.
  const tool = ({ members }: Family) => members.filter(({ name }) => name !== become.method);
  const family = await lookClosely(pid, look);
  if (family.leader === "unseen" && (await sendBlind(under, "TERM"))) return new Map();
  // Nothing can be left behind, and TERM could be lost on it. But what pbrun starts is no child of its.
  if (family.leader === "stopped" && family.members.length === 0 && become.method !== "pbrun") {
    signal(pid, "SIGKILL");
    return new Map();
  }
  let members = tool(family);
  let told = await send(under, "TERM", members);
  // Nothing was below it yet, or its user may not run kill: it ends, or passes TERM on.
  if (!told && look().leader !== "gone") signal(pid, "SIGTERM");
  if (look().leader !== "gone") signal(pid, "SIGCONT");
  if (!told && members.length === 0) {
    // But while sudo is about to start the tool, TERM is lost on it.
    await until(() => look().leader === "gone", performance.now() + LOST_MS);
    await until(() => look().leader === "gone" || tool(look()).length > 0, deadline);
    members = tool(look());
    told = await send(under, "TERM", members);
    if (!told && members.length > 0 && look().leader !== "gone") signal(pid, "SIGTERM");
  }
  return new Map(told ? members.map((member) => [member.pid, member.start]) : []);
}

/** Where nothing is below the become program it is stopped first, so that nothing is started while we look again. */
async function lookClosely(pid: number, look: () => Family): Promise<Family> {
  const family = look();
  if (family.members.length > 0 || family.leader !== "running") return family;
  signal(pid, "SIGSTOP");
  await until(() => look().leader !== "running", performance.now() + STOPPED_MS);
  return look();
}

/** Whether KILL could be sent. */
async function killFamily(under: Under): Promise<boolean> {
  const { pid, look } = under;
  const deadline = performance.now() + KILLED_MS;
  let sent = false;
  do {
    const { leader, members } = look();
    // Never blind once its exit has been seen: its number may be another's.
    if (leader === "unseen") sent = (await sendBlind(under, "KILL")) || sent;
    else if (members.length > 0) sent = (await send(under, "KILL", members)) || sent;
    else if (leader !== "gone") sent = signal(pid, "SIGKILL");
    // What was about to start a process may have done so.
  } while (
    !(await until(() => isOver(look(), pid), performance.now() + KILLED_MS / 2)) &&
    performance.now() < deadline
  );
  return sent;
}

/** To the group of a become program that we cannot see: the tool is in it, unless it has a terminal of its own. */
async function sendBlind({ pid, become, env }: Under, name: "TERM" | "KILL"): Promise<boolean> {
  return isThere(-pid) && killAs(become, name, [-pid], env, true);
}

/** Whether `name` could be sent to `members`: to those that are there, for some may have gone since. */
async function send(under: Under, name: "TERM" | "KILL", members: readonly ProcessEntry[]): Promise<boolean> {
  if (members.length === 0) return false;
  const { pid, become, env } = under;
  const isRoot = process.getuid?.() === 0;
  // Where its group would reach the become program too, it is not signalled as one: TERM would be passed on a second time.
  const reached = isRoot || reachesBecome(become.user);
  const spared = reached && !members.some((member) => member.pid === pid) ? pid : undefined;
  const addresses = addressesOf(members, pid, spared);
  const stopped = members.some((member) => member.stopped);
  if (!isRoot) return killAs(become, name, addresses, env, stopped);
  for (const address of addresses) signal(address, `SIG${name}`);
  // What is stopped takes TERM only once it runs again.
  if (stopped) for (const address of addresses) signal(address, "SIGCONT");
  return true;
}
