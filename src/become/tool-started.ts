/** Whether a become program has started its tool: until then what is said is its own, and may hold a secret, and it would read the input as a password. */

import { closeSync, readSync } from "node:fs";
import { attempt } from "../errors.ts";
import { uidOf } from "../files/accounts.ts";
import { textAt } from "../files/look.ts";
import { type Descendants, trackDescendants } from "../process/descendants.ts";
import { cString, libc } from "../process/libc.ts";
import { hasHadChildren, type ProcessEntry, readProcesses } from "../process/processes.ts";
import type { BecomeRequest } from "./argv.ts";
import { METHODS } from "./methods.ts";

export interface ToolState {
  /** Whether the tool has ever been there. `likely`: there was a sign of it, which may be somebody else's doing. Undefined: it may have been there unseen. */
  started: "certain" | "likely" | false | undefined;
  /** What is below the become program now. `helpers`: those of PAM, if anything. `unclear`: the tool, perhaps. */
  below: "helpers" | "unclear" | "tool";
}

/**
 * Whose a process below the become program is, the likeliest to be the tool last. `itself`: it is called as that is. `helper`: root's or ours, as those of PAM mostly are. `other`: another
 * user's. `root`: root's, as the tool is. `unknown`: perhaps that of the tool's user, whose number is not known. `tool`: that user's; if that is root, its words name the tool.
 */
const OWNERS = ["nobody", "itself", "helper", "other", "root", "unknown", "tool"] as const;
type Owner = (typeof OWNERS)[number];

export function watchForTool(
  become: Pick<BecomeRequest, "method" | "user" | "command" | "fixed">,
  read = readProcesses,
  statusOf = (pid: number | "self") => textAt(`/proc/${pid}/status`),
) {
  const { method, user, command, fixed = command.slice(0, 1) } = become;
  const { makesSession } = METHODS[method];
  const uid = uidOf(user);
  /** Its program is noticed when it is opened, however short it runs. */
  const opening = watchOpening(command[0] ?? "");
  let leader: number | undefined;
  let tree: Descendants = { leader: "unseen", members: [], complete: false };
  let readTree = () => tree;
  let state: ToolState = { started: opening ? false : undefined, below: "unclear" };
  /** Looks at all processes: a tool that is never seen, as pbrun starts it elsewhere, may print a lot. */
  let looksLeft = 50;

  /** Whether it has started its tool, by TERM, which su catches from then on, to pass it on. Undefined: that does not say, as where it blocks TERM, with -P. */
  function hasBegun(): boolean | undefined {
    if (!makesSession) return undefined;
    const pids = tree.members.flatMap(({ name, pid }) => (name === method ? [pid] : []));
    if (tree.leader !== "gone" && leader !== undefined) pids.push(leader);
    const masks = pids.map(statusOf).join();
    // TERM is in the fourth digit from the end.
    if (/^SigCgt:.*[4-7c-f]...$/m.test(masks)) return true;
    // Nor where a sandbox shows no signals: we catch some ourselves, so they would stand in our own status.
    const isTold = masks !== "" && /^SigCgt:.*[1-9a-f]/m.test(statusOf("self"));
    return isTold && !/^SigBlk:.*[4-7c-f]...$/m.test(masks) ? false : undefined;
  }

  /** By the user that it runs as, and the one who started it, as a set-uid program. */
  function ownerOf({ pid, name }: ProcessEntry): Owner {
    if (name === method) return "itself";
    const [, ...uids] = /^Uid:\s(\d+)\s(\d+)/m.exec(statusOf(pid))?.map(Number) ?? [];
    // It has gone; no other system tells us.
    if (uids.length === 0) return process.platform === "linux" ? "nobody" : "unknown";
    const namesTool = () => fixed.every((word) => textAt(`/proc/${pid}/cmdline`).includes(word));
    if (uid !== undefined && uids.includes(uid)) return uid !== 0 || namesTool() ? "tool" : "root";
    if (uids.every((one) => one === 0 || one === process.getuid?.())) return "helper";
    // The number of a directory service's user is not known.
    return uid === undefined ? "unknown" : "other";
  }

  function wasOpened(): boolean {
    if (opening?.heard() !== true) return false;
    // If the become program has no child, and has had none, somebody else has opened it.
    const { entries, complete } = read();
    const hasChild = !complete || entries.some(({ parent }) => parent === leader);
    return hasChild || leader === undefined || hasHadChildren(leader) !== false;
  }

  function judgeStart(owner: Owner, begun: boolean | undefined): ToolState["started"] {
    if (state.started === "certain" || owner === "tool") return "certain";
    const isSign = owner === "unknown" || (owner === "root" && opening === undefined);
    // Until su has begun, a helper may have opened the same interpreter.
    if (state.started === "likely" || (begun !== false && (isSign || wasOpened()))) return "likely";
    return tree.complete || opening !== undefined ? false : undefined;
  }

  function judgeBelow(owner: Owner, begun: boolean | undefined, started: ToolState["started"]) {
    // It may be hidden.
    if (!tree.complete) return started ? "tool" : "unclear";
    if (owner === "nobody" || begun === false) return "helpers";
    // A program of its own is known by its file's being opened; an interpreter is not, since helpers may open it, too.
    const isTold = started === "certain" || makesSession || (opening !== undefined && fixed.length === 1);
    const mayBeTool = isTold && (owner === "other" || owner === "root");
    if (started && (begun || mayBeTool || owner === "unknown" || owner === "tool")) return "tool";
    // Where its file cannot be watched, and its user is root or not known, it may have come and gone unseen.
    return started || begun || (opening === undefined && !uid) ? "unclear" : "helpers";
  }

  return {
    /** Told as soon as the become program runs. */
    begin(pid: number): void {
      leader = pid;
      readTree = trackDescendants({ pid, method }, read);
    },
    /** What is known now; `anew`: also what is below it by now, however often it has been looked at. */
    look(anew = false): ToolState {
      if (state.started === "certain" && !anew) return state;
      if (anew || looksLeft-- > 0) tree = readTree();
      const owners = tree.members.map(ownerOf);
      const likeliest = OWNERS.findLast((one) => owners.includes(one)) ?? "nobody";
      const begun = hasBegun();
      const started = judgeStart(likeliest, begun);
      state = { started, below: judgeBelow(likeliest, begun, started) };
      return state;
    },
    close: () => opening?.close(),
  };
}

export type ToolWatch = ReturnType<typeof watchForTool>;

const [IN_OPEN, IN_NONBLOCK, IN_CLOEXEC] = [0x20, 0o4000, 0o2000000] as const;

/** Notices from now on that `path` is opened, however briefly what is started runs. Undefined where that cannot be done: another system, or a file that we may not read. */
function watchOpening(path: string) {
  const { inotify_init1, inotify_add_watch } = libc();
  const fd = inotify_init1?.(IN_NONBLOCK | IN_CLOEXEC) ?? -1;
  if (fd < 0) return undefined;
  if ((inotify_add_watch?.(fd, cString(path), IN_OPEN) ?? -1) < 0) return void closeSync(fd);
  return {
    /** Whether the file has been opened since it was last asked; where there is nothing to read, EAGAIN is thrown. */
    heard: () => (attempt(() => readSync(fd, Buffer.alloc(4096))) ?? 0) > 0,
    close: () => closeSync(fd),
  };
}
