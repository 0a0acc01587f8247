/** Whether a become program has started its tool: until then, what is said is its own. */

import { closeSync, readSync } from "node:fs";
import { attempt } from "../errors.ts";
import { uidOf } from "../files/accounts.ts";
import { textAt } from "../files/look.ts";
import { type Descendants, trackDescendants } from "../process/descendants.ts";
import { cString, libc } from "../process/libc.ts";
import { hasHadChildren, readProcesses } from "../process/processes.ts";
import type { BecomeRequest } from "./argv.ts";
import { METHODS } from "./methods.ts";

/** Looks at all processes, at most: a tool that is never seen, as pbrun starts it elsewhere, may print a lot. */
const LOOKS_MAX = 50;

/** By two signs: its program has been opened, however short it ran, or a process of the other user is below the become program. Secrets are shown only behind the second, for the first may be somebody else's doing. */
export function watchForTool(
  become: Pick<BecomeRequest, "method" | "user" | "command" | "fixed">,
  read = readProcesses,
  statusOf = (pid: number | "self") => textAt(`/proc/${pid}/status`),
) {
  const { method, user, command, fixed = command.slice(0, 1) } = become;
  const opening = watchOpening(command[0] ?? "");
  const uid = uidOf(user);
  let readTree: (() => Descendants) | undefined;
  let last: Descendants | undefined;
  let sign: "none" | "likely" | "certain" = "none";
  let looksLeft = LOOKS_MAX;
  let leader: number | undefined;

  /** Whether it has started its tool, by TERM, which su catches from then on, to pass it on. Undefined: that does not say, as where it blocks TERM, with -P. */
  function hasBegun(): boolean | undefined {
    if (!METHODS[method].makesSession || last === undefined) return undefined;
    const pids = last.members.flatMap(({ name, pid }) => (name === method ? [pid] : []));
    if (last.leader !== "gone" && leader !== undefined) pids.push(leader);
    const masks = pids.map(statusOf).join();
    // TERM is in the fourth digit from the end.
    if (/^SigCgt:.*[4-7c-f]...$/m.test(masks)) return true;
    // Nor where a sandbox shows no signals: we catch some ourselves, so they would stand in our own status.
    const isTold = masks !== "" && /^SigCgt:.*[1-9a-f]/m.test(statusOf("self"));
    return isTold && !/^SigBlk:.*[4-7c-f]...$/m.test(masks) ? false : undefined;
  }

  const othersBelow = () => last?.members.filter(({ name }) => name !== method) ?? [];

  /** As whom the processes run that are below the become program, and who started them, as a set-uid one; of one that has gone, nobody knows. */
  function ownersBelow(): (number | undefined)[] {
    return othersBelow().flatMap(({ pid }) => {
      const [, real, effective] = /^Uid:\s(\d+)\s(\d+)/m.exec(statusOf(pid)) ?? [];
      return real === undefined ? [undefined] : [Number(real), Number(effective)];
    });
  }

  function signBelow(): typeof sign {
    // What su starts before its tool is a helper; but one of that user's is the tool, though su may not have come to catch TERM.
    const isEarly = hasBegun() === false;
    const owners = ownersBelow().filter((owner) => !isEarly || (owner && owner === uid));
    const isTheirs = uid !== undefined && owners.includes(uid);
    // Root's may be a helper of PAM's, too, behind which secrets may still be said, unless its words name the tool.
    const namesTool = (pid: number) => fixed.every((word) => textAt(`/proc/${pid}/cmdline`).includes(word));
    if (isTheirs && (uid !== 0 || othersBelow().some(({ pid }) => namesTool(pid)))) return "certain";
    const isUnclear = uid === undefined || owners.every((one) => one === undefined) || (isTheirs && !opening);
    return owners.length > 0 && isUnclear ? "likely" : "none";
  }

  /** Whether what is below may be the tool. Without a sign of that it is not, where its program is watched, or where it would run as a known user other than root. */
  const mayBeBelow = () => hasBegun() ?? (sign !== "none" || (opening === undefined && !uid));

  function wasOpened(): boolean {
    if (opening?.heard() !== true) return false;
    // If the become program has no child, and has had none, somebody else has opened it.
    const { entries, complete } = read();
    const hasChild = !complete || entries.some(({ parent }) => parent === leader);
    return hasChild || leader === undefined || hasHadChildren(leader) !== false;
  }

  return {
    /** Told as soon as the become program runs. */
    started(pid: number): void {
      leader = pid;
      readTree = trackDescendants({ pid, method }, read);
    },
    /** The tool has been started, or somebody else has opened its program; `anew`: however often it has been looked at. */
    seen(anew = false): boolean {
      if (sign === "certain" && !anew) return true;
      if (anew || looksLeft-- > 0) last = readTree?.();
      const below = signBelow();
      if (below === "certain" || sign === "none") sign = below;
      if (sign === "none" && hasBegun() !== false && wasOpened()) sign = "likely";
      return sign !== "none";
    },
    /** A process of the tool's is below it, and not only helpers of PAM's, which are mostly root's or ours, and may have opened the same interpreter. True as well where that cannot be seen. */
    isBelow(): boolean {
      if (last?.complete !== true || process.platform !== "linux") return true;
      const isTold = METHODS[method].makesSession || (opening !== undefined && fixed.length === 1);
      const isSure = uid === undefined || sign === "certain" || isTold;
      const owners = ownersBelow().filter((owner) => owner !== undefined);
      const isTools = (owner: number) => owner === uid || (owner !== 0 && owner !== process.getuid?.());
      return hasBegun() ?? (isSure && owners.some(isTools));
    },
    /** A process of it has been seen: what is said may be its own. */
    isCertain: () => sign === "certain",
    /** Nothing was below the become program at the last look but helpers, and all could be seen. */
    isAlone: () => last?.complete === true && (last.members.length === 0 || !mayBeBelow()),
    /** It may have been started without our seeing it. */
    isUnknown: () => opening === undefined && last?.complete !== true,
    close: () => opening?.close(),
  };
}

export type ToolWatch = ReturnType<typeof watchForTool>;

const [IN_OPEN, IN_NONBLOCK, IN_CLOEXEC] = [0x20, 0o4000, 0o2000000] as const;

/** Notices from now on that `path` is opened, however briefly what is started runs. Undefined where that cannot be done: another system, or a file that we may not read. */
function watchOpening(path: string) {
  const { inotify_init1, inotify_add_watch } = libc();
  const fd = path.includes("\0") ? -1 : (inotify_init1?.(IN_NONBLOCK | IN_CLOEXEC) ?? -1);
  if (fd < 0) return undefined;
  if ((inotify_add_watch?.(fd, cString(path), IN_OPEN) ?? -1) < 0) return void closeSync(fd);
  return {
    /** Whether the file has been opened since it was last asked; where there is nothing to read, EAGAIN is thrown. */
    heard: () => (attempt(() => readSync(fd, Buffer.alloc(4096))) ?? 0) > 0,
    close: () => closeSync(fd),
  };
}
