/** Whether a become program has started its tool: until then, what is said is its own. */

import { uidOf } from "../files/accounts.ts";
import { statOf } from "../files/look.ts";
import { type Descendants, trackDescendants } from "../process/descendants.ts";
import { hasHadChildren, type ProcessTable, readProcesses } from "../process/processes.ts";
import { watchOpening } from "../process/watch-opening.ts";
import type { BecomeRequest } from "./argv.ts";

export interface ToolStarted {
  /** Told as soon as the become program runs. */
  started(pid: number): void;
  /** The tool has been started, or somebody else has opened its program. */
  seen(): boolean;
  /** A process of it has been seen: what is said may be its own. */
  isCertain(): boolean;
  /** Nothing was below the become program at the last look, and all could be seen. */
  isAlone(): boolean;
  /** It may have been started without our seeing it. */
  isUnknown(): boolean;
  close(): void;
}

/** A tool that never is seen, as one that pbrun starts elsewhere, may say much. */
const LOOKS_MAX = 50;

/**
 * Two signs: its program has been opened, which the system tells afterwards, too, however short it ran; and a process of the other
 * user is below the become program. The first may be somebody else's doing (half the machine opens
 * `env`): then an explanation may be lost, and nothing else, for secrets are shown only where the second has been seen.
 */
export function watchForTool(
  { method, user, command }: Pick<BecomeRequest, "method" | "user" | "command">,
  read: () => ProcessTable = readProcesses,
): ToolStarted {
  const opening = watchOpening(command[0] ?? "");
  const uid = uidOf(user);
  let look: (() => Descendants) | undefined;
  let last: Descendants | undefined;
  let seen = false;
  let certain = false;
  let looksLeft = LOOKS_MAX;
  let leader: number | undefined;

  const ownerOf = (pid: number) => statOf(`/proc/${pid}`)?.uid;

  /** Whether a process of the other user is below the become program; `unlessKnown`: what it says of one whose user is not known. */
  function isBelow(unlessKnown: boolean): boolean {
    return (last?.members ?? []).some(({ pid, name }) => {
      if (name === method) return false;
      const owner = ownerOf(pid);
      return owner === undefined || uid === undefined ? unlessKnown : owner === uid;
    });
  }

  function wasOpened(): boolean {
    if (opening?.heard() !== true) return false;
    // Where the become program has no child, not even one that has ended, and has had none, it was somebody else who did.
    const { entries, complete } = read();
    const hasChild = !complete || entries.some(({ parent }) => parent === leader);
    return hasChild || leader === undefined || hasHadChildren(leader) !== false;
  }

  return {
    started(pid) {
      leader = pid;
      look = trackDescendants({ pid, method }, read);
    },
    seen() {
      if (certain) return true;
      if (looksLeft-- > 0) last = look?.();
      certain = isBelow(false);
      seen ||= isBelow(true) || wasOpened();
      return seen;
    },
    isCertain: () => certain,
    isAlone: () => last?.complete === true && last.members.length === 0,
    isUnknown: () => opening === undefined && last?.complete !== true,
    close: () => opening?.close(),
  };
}
