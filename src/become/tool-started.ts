/** Whether a become program has started its tool: until then, what is said is its own. */

import { closeSync, readSync } from "node:fs";
import { attempt } from "../errors.ts";
import { uidOf } from "../files/accounts.ts";
import { textAt } from "../files/look.ts";
import { type Descendants, trackDescendants } from "../process/descendants.ts";
import { cString, libc } from "../process/libc.ts";
import { hasHadChildren, readProcesses } from "../process/processes.ts";
import type { BecomeRequest } from "./argv.ts";

/** Looks at all processes, at most: a tool that is never seen, as pbrun starts it elsewhere, may print a lot. */
const LOOKS_MAX = 50;

/**
 * Two signs: its program has been opened, however short it ran, and a process of the other user is below the become program. The first may be somebody
 * else's doing (many open `env`): an explanation may be lost then, and nothing else, for secrets are shown only where the second has been seen.
 */
export function watchForTool(
  { method, user, command }: Pick<BecomeRequest, "method" | "user" | "command">,
  read = readProcesses,
) {
  const opening = watchOpening(command[0] ?? "");
  const uid = uidOf(user);
  let readTree: (() => Descendants) | undefined;
  let last: Descendants | undefined;
  let sign: "none" | "likely" | "certain" = "none";
  let looksLeft = LOOKS_MAX;
  let leader: number | undefined;

  /** Helpers of PAM's may be root's: only its words tell a tool of root's from them. */
  const isTool = ({ pid }: { pid: number }) =>
    method !== "su" || uid !== 0 || textAt(`/proc/${pid}/cmdline`).includes(command[0] ?? "");

  /** As whom the processes run that are below the become program, and who started them, as a set-uid one; of one that has gone, nobody knows. */
  function ownersBelow(below = last?.members ?? []): (number | undefined)[] {
    const tools = below.filter(({ name }) => name !== method);
    return tools.flatMap(({ pid }) => {
      const [, real, effective] = /^Uid:\s(\d+)\s(\d+)/m.exec(textAt(`/proc/${pid}/status`)) ?? [];
      return real === undefined ? [undefined] : [Number(real), Number(effective)];
    });
  }

  function signBelow(): typeof sign {
    const owners = ownersBelow();
    if (uid !== undefined && owners.includes(uid)) return "certain";
    return owners.length > 0 && (uid === undefined || owners.includes(undefined)) ? "likely" : "none";
  }

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
      if (sign === "none" && wasOpened()) sign = "likely";
      return sign !== "none";
    },
    /** A process of the tool's is below it, and not only helpers of PAM's, which are root's or ours. True as well where that cannot be seen. */
    isBelow(): boolean {
      if (last?.complete !== true || process.platform !== "linux") return true;
      const owners = ownersBelow(last.members.filter(isTool)).filter((owner) => owner !== undefined);
      return owners.some((owner) => owner === uid || (owner !== 0 && owner !== process.getuid?.()));
    },
    /** A process of it has been seen: what is said may be its own. */
    isCertain: () => sign === "certain",
    /** Nothing was below the become program at the last look, and all could be seen. */
    isAlone: () => last?.complete === true && last.members.length === 0,
    /** It may have been started without our seeing it. */
    isUnknown: () => opening === undefined && last?.complete !== true,
    close: () => opening?.close(),
  };
}

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
