/**
 * Ending a tool that runs as another user, whom an unprivileged sender cannot signal. KILL to sudo only orphans it, TERM is passed on to its first process
 * alone, and su may put it into a session of its own. So that user sends the signals, through the same become method, to what is found below the become
 * program, which then ends by itself; it is signalled only while no tool is below it, or where that user may not send signals.
 */

import type { Descendants, StartedProcess } from "../process/descendants.ts";
import { addressesOf, trackDescendants } from "../process/descendants.ts";
import { type ProcessEntry, readProcesses } from "../process/processes.ts";
import { exists, KILLED_MS, sendSignal } from "../process/signals.ts";
import { type Ending, terminateSession } from "../process/terminate.ts";
import { until } from "../process/waiting.ts";
import type { KillAs } from "./argv.ts";
import { killAs, reachesBecome } from "./kill.ts";
import { METHODS } from "./methods.ts";

/** How long a process may take to stop. */
const STOPPED_MS = 200;
/** After this, a TERM to a become program that has neither ended nor ended the tool counts as lost. */
const LOST_MS = 250;

interface ToolProcess extends StartedProcess {
  /** The process is a become program, and the tool runs under it; undefined: it is the tool. */
  become?: KillAs | undefined;
  /** How long the tool has between TERM and KILL, in milliseconds. */
  graceMs: number;
}

/** The system calls that ending a tool takes; injected for tests. */
const SYSTEM = { read: readProcesses, sendSignal, exists, killAs, isRoot: () => process.getuid?.() === 0 };
export type TerminateCalls = typeof SYSTEM;

/** TERM to every process of the tool, KILL to what is left after its grace. Resolves when nothing of it lives, or a while after KILL. `env`: for the become program that sends the signals. */
export async function terminate(
  { become, graceMs, ...started }: ToolProcess,
  env: Record<string, string>,
  calls = SYSTEM,
): Promise<Ending> {
  if (become === undefined || process.platform === "win32") return terminateSession(started, graceMs);
  const { pid } = started;
  const tree = createBecomeTree(started, become, env, calls);
  const { readTree, isGone, isOver } = tree;
  // From its TERM on, which a slow become program may have taken long to send.
  let deadline = Infinity;
  // Looks go on meanwhile: a session is recognised only where its first process was seen.
  const watching = until(() => isGone() || performance.now() >= deadline, Infinity);
  await tree.sendTerm(graceMs);
  deadline = performance.now() + graceMs;
  await watching;
  await tree.sendTermTo(readTree().members);
  const attempts = (await until(isOver, deadline - performance.now())) ? [] : await tree.sendKill();
  const killed = attempts.includes(true);
  const isRefused = !killed && attempts.includes(false);
  const { leader, members, complete } = readTree();
  // It is not killed itself while anything lives below it: that would only be orphaned.
  const isLeft = leader !== "gone" && !members.some((member) => member.pid === pid);
  const remaining = [...(isLeft ? [{ pid, name: become.method }] : []), ...members];
  return { killed, remaining, unseen: !complete, refusedAs: isRefused ? become.user : undefined };
}

/** A become program, the leader, and what runs under it, with the ways to send signals there. */
function createBecomeTree(
  started: StartedProcess,
  become: KillAs,
  env: Record<string, string>,
  calls: TerminateCalls,
) {
  const { pid } = started;
  const readTree = trackDescendants({ ...started, method: become.method }, calls.read);
  const isGone = () => readTree().leader === "gone";
  /** The processes that certainly got TERM: by pid, the start. */
  const terminated = new Map<number, number>();
  /** Signals what was started as the become program for as long as the number is its own, whatever program that has become. */
  const signalLeader = (name: NodeJS.Signals) => {
    const { leader, members } = readTree();
    if (leader !== "gone" || members.some((member) => member.pid === pid)) calls.sendSignal(pid, name);
  };

  /** Where not all can be seen, a group is there as long as a signal could be sent to it. */
  function isOver(): boolean {
    const { leader, members, complete } = readTree();
    return leader === "gone" && members.length === 0 && (complete || !calls.exists(-pid));
  }

  /** Its helpers, and a child of its that is about to turn into the tool, would pass TERM on, or lose it. */
  const toolIn = ({ members }: Descendants) => members.filter(({ name }) => name !== become.method);

  /** TERM to those of `members` that have not certainly got it. Whether it could be sent, as {@link send} says it. */
  async function sendTermTo(members: readonly ProcessEntry[]) {
    const others = members.filter((member) => terminated.get(member.pid) !== member.start);
    const sent = await send("TERM", others);
    if (sent) for (const member of others) terminated.set(member.pid, member.start);
    return sent;
  }

  /** TERM to the tool, or else to the become program, which ends, or passes it on. */
  async function sendTerm(graceMs: number): Promise<void> {
    const below = await lookWhileStopped();
    // Nothing can be left behind, and TERM could be lost on it.
    const isAlone = below.leader === "stopped" && below.members.length === 0;
    if (isAlone && !METHODS[become.method].startsElsewhere) return void calls.sendSignal(pid, "SIGKILL");
    const tool = toolIn(below);
    const sent = (below.leader === "unseen" && (await sendToGroup("TERM"))) || (await sendTermTo(tool));
    if (!sent) signalLeader("SIGTERM");
    // We have stopped it, or it has stopped where its tool has.
    signalLeader("SIGCONT");
    if (sent || tool.length > 0) return;
    // While sudo is about to start the tool, TERM is lost on it: what it has started then is sent another.
    await until(isGone, LOST_MS);
    await until(() => isGone() || toolIn(readTree()).length > 0, graceMs);
    const late = toolIn(readTree());
    if (late.length > 0 && !(await sendTermTo(late))) signalLeader("SIGTERM");
  }

  /** Where nothing is below the become program it is stopped first, so that nothing is started while we look again. */
  async function lookWhileStopped(): Promise<Descendants> {
    const below = readTree();
    if (below.members.length > 0 || below.leader !== "running") return below;
    calls.sendSignal(pid, "SIGSTOP");
    await until(() => readTree().leader !== "running", STOPPED_MS);
    return readTree();
  }

  /** KILL, until it is over: what was about to start a process may have done so. What {@link killOnce} gave each time. */
  async function sendKill(): Promise<(boolean | undefined)[]> {
    const deadline = performance.now() + KILLED_MS;
    const attempts = [];
    do attempts.push(await killOnce());
    while (!(await until(isOver, KILLED_MS / 2)) && performance.now() < deadline);
    return attempts;
  }

  /** Whether it could be sent; undefined: we see nobody, or it took too long. */
  async function killOnce(): Promise<boolean | undefined> {
    const { leader, members, complete } = readTree();
    // Once the leader has gone, its number may be another's. But the number of a group is not given out as long as there is
    // somebody in it: where there is a group, and no process of that number, it is the one that the leader has left.
    const isBlind = leader === "unseen" || (leader === "gone" && !complete && !calls.exists(pid));
    const sent = isBlind ? await sendToGroup("KILL") : undefined;
    if (sent) signalLeader("SIGCONT");
    if (sent !== undefined) return sent;
    if (members.length > 0) return send("KILL", members);
    return leader === "running" || leader === "stopped" ? calls.sendSignal(pid, "SIGKILL") : undefined;
  }

  /** To the group of a become program that we cannot see: the tool is in it, unless it has a terminal of its own. Undefined: it has none, or it took too long. */
  const sendToGroup = async (name: "TERM" | "KILL") =>
    calls.exists(-pid) ? calls.killAs(become, name, [-pid], { env, wake: true }) : undefined;

  /** Whether `name` could be sent to `members`: to those that are there, for some may have gone since; undefined: it took too long. */
  async function send(name: "TERM" | "KILL", members: readonly ProcessEntry[]) {
    if (members.length === 0) return false;
    const isRoot = calls.isRoot();
    // Where its group would reach the become program too, it is not signalled as one: TERM would be passed on a second time.
    const reached = isRoot || reachesBecome(become.user);
    const spared = reached && !members.some((member) => member.pid === pid) ? pid : undefined;
    const addresses = addressesOf(members, pid, spared);
    const stopped = members.some((member) => member.stopped);
    if (!isRoot) return calls.killAs(become, name, addresses, { env, wake: stopped });
    for (const address of addresses) calls.sendSignal(address, `SIG${name}`);
    // What is stopped takes TERM only once it runs again.
    if (stopped) for (const address of addresses) calls.sendSignal(address, "SIGCONT");
    return true;
  }

  return { readTree, isGone, isOver, sendTermTo, sendTerm, sendKill };
}
