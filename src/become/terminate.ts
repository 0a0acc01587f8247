/** Ending a tool for certain, whoever it runs as. */

import { addressesOf, createFamily, type Family } from "../process/family.ts";
import { endJob } from "../process/job.ts";
import type { ProcessEntry } from "../process/processes.ts";
import { isThere, KILLED_MS, signal, until } from "../process/signal.ts";
import { type Ending, type Target, type TerminateOptions, terminateGroup } from "../process/terminate.ts";
import type { KillAs } from "./argv.ts";
import { killAs, reachesBecome } from "./kill.ts";

/** How long a process may take to stop. */
const STOPPED_MS = 200;
/** After this, a TERM to a become program that has neither ended nor ended the tool counts as lost. */
const LOST_MS = 250;

/** An end under way. */
interface Under {
  pid: number;
  become: KillAs;
  env: Record<string, string>;
  look: () => Family;
  /** When KILL is due. */
  deadline: number;
}

/** TERM to every process of the tool, KILL to what is left after its grace. Resolves when nothing of it lives, or a while after KILL. */
export function terminate(target: Target, options: TerminateOptions): Promise<Ending> {
  const { become, pid } = target;
  if (process.platform === "win32") return Promise.resolve(endJob(pid));
  return become === undefined ? terminateGroup(target, options) : terminateBecome(target, become, options);
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
  const over = (killed: boolean): Ending => ({ killed, remaining: [], unseen: !look().complete });
  // Looked at all along, for a session is known only to one who has seen its first process.
  const watching = until(() => look().leader === "gone", deadline);
  const known = await tellMembers(under);
  await watching;
  const strangers = look().members.filter((member) => known.get(member.pid) !== member.start);
  if (strangers.length > 0) await send(under, "TERM", strangers);
  if (await until(isGone, deadline)) return over(false);

  const kill = await killFamily(under);
  const killed = kill === "sent";
  const { leader, members, complete } = look();
  if (isGone()) return over(killed);
  // It is not killed itself while anything lives below it: that would only be orphaned.
  const own =
    leader === "gone" || members.some((member) => member.pid === pid) ? [] : [{ pid, name: become.method }];
  const remaining = [...own, ...members];
  return { killed, remaining, unseen: !complete, ...(kill === "refused" ? { refusedAs: become.user } : {}) };
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

/** What came of KILL; `untried`: we see nobody to send it to. */
async function killFamily(under: Under): Promise<"sent" | "refused" | "untried"> {
  const { pid, look } = under;
  const deadline = performance.now() + KILLED_MS;
  let result: "sent" | "refused" | "untried" = "untried";
  do {
    const { leader, members, complete } = look();
    // Once the leader has gone, its number may be another's. But the number of a group is not given out as long as there is
    // somebody in it: where there is a group, and no process of that number, it is the one that the leader has left.
    const blind = leader === "unseen" || (leader === "gone" && !complete && !isThere(pid));
    let sent = blind ? await sendBlind(under, "KILL") : undefined;
    if (sent === undefined && members.length > 0) sent = await send(under, "KILL", members);
    else if (leader === "running" || leader === "stopped") sent = signal(pid, "SIGKILL");
    if (sent !== undefined && result !== "sent") result = sent ? "sent" : "refused";
    // What was about to start a process may have done so.
  } while (
    !(await until(() => isOver(look(), pid), performance.now() + KILLED_MS / 2)) &&
    performance.now() < deadline
  );
  return result;
}

/** To the group of a become program that we cannot see: the tool is in it, unless it has a terminal of its own; undefined: it has none. */
async function sendBlind({ pid, become, env }: Under, name: "TERM" | "KILL"): Promise<boolean | undefined> {
  return isThere(-pid) ? killAs(become, name, [-pid], env, true) : undefined;
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
