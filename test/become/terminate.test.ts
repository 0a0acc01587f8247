import { describe, expect, test } from "bun:test";
import type { BecomeMethod } from "../../src/become/methods.ts";
import { type TerminateCalls, terminate } from "../../src/become/terminate.ts";
import type { ProcessEntry } from "../../src/process/processes.ts";

const SUDO = 10;
const TOOL = 11;

function entry(pid: number, over: Partial<ProcessEntry>): ProcessEntry {
  const shape = { group: SUDO, session: SUDO, name: "tool", zombie: false, stopped: false };
  return { pid, start: pid, parent: 1, ...shape, ...over };
}
const sudo = entry(SUDO, { name: "sudo", parent: 5 });
const tool = entry(TOOL, { parent: SUDO });

interface Machine {
  /** Whether runspec is root, who needs nobody to send signals. */
  root?: boolean;
  /** Signals that end nothing. */
  ignored?: string[];
  /** The become program does not let us send any. */
  refuses?: boolean;
  /** How long it takes to send a signal. */
  sendMs?: number;
  /** `hidepid`: what is not ours is not shown. */
  hidden?: boolean;
  /** The become program ends at TERM, and the tool cleans up for a moment. */
  lingers?: boolean;
  /** The become program loses TERM: a child of its is just about to turn into the tool. */
  starts?: boolean;
  /** The become program is a wrapper, which turns into another program as it is stopped. */
  wraps?: boolean;
  method?: BecomeMethod;
  user?: string;
}

/** What is sent to whom in a world of these processes, until it is over; sudo ends when its tool has. */
async function ended(processes: ProcessEntry[], machine: Machine = {}) {
  let table = processes;
  const sent: string[] = [];
  const reached = (address: number) =>
    table.filter(({ pid, group }) => (address < 0 ? group === -address : pid === address));
  const deliver = (signal: string, addresses: readonly number[]) => {
    const hit = addresses.flatMap(reached).map(({ pid }) => pid);
    if (signal === "STOP")
      table = table.map((one) =>
        hit.includes(one.pid) ? { ...one, stopped: true, ...(machine.wraps && { name: "bash" }) } : one,
      );
    if (machine.starts && signal === "TERM" && hit.includes(SUDO))
      setTimeout(() => {
        table = table.map((one) => (one.parent === SUDO ? { ...one, name: "tool" } : one));
      }, 20);
    if (!["TERM", "KILL"].includes(signal) || machine.ignored?.includes(signal)) return;
    if (machine.lingers && signal === "TERM") {
      table = table.filter(({ pid }) => pid !== SUDO);
      setTimeout(() => {
        table = [];
      }, 40);
      return;
    }
    table = table.filter(({ pid }) => !hit.includes(pid) || (pid === SUDO && signal === "TERM"));
    if (!table.some(({ pid }) => pid !== SUDO)) table = [];
  };
  const calls: TerminateCalls = {
    read: () =>
      machine.hidden
        ? { entries: [], complete: false, failed: false }
        : { entries: table, complete: true, failed: false },
    sendSignal(pid, name) {
      const there = reached(pid).length > 0;
      sent.push(`${name} ${pid}`);
      deliver(String(name).slice(3), [pid]);
      return there;
    },
    exists: (pid) => reached(pid).length > 0,
    async killAs({ user }, name, addresses) {
      sent.push(`${user}: ${name} ${addresses}${machine.refuses ? " (refused)" : ""}`);
      await Bun.sleep(machine.sendMs ?? 0);
      if (!machine.refuses) deliver(name, addresses);
      return machine.refuses !== true;
    },
    isRoot: () => machine.root === true,
  };
  const exited = () => !table.some(({ pid, start }) => pid === SUDO && start === SUDO);
  const { method = "sudo", user = "oracle" } = machine;
  const target = { pid: SUDO, start: SUDO, become: { method, user, flags: "", throughEnv: false } };
  // One that lingers has far more time than it takes, or less than TERM takes to be sent.
  const lingeringMs = machine.sendMs === undefined ? 20_000 : machine.sendMs - 200;
  const graceMs = machine.lingers ? lingeringMs : machine.starts ? 1000 : 60;
  const ending = await terminate({ ...target, graceMs, hasExited: exited }, {}, calls);
  return { ending, sent };
}

const WELL = { killed: false, remaining: [], unseen: false };

describe.skipIf(process.platform === "win32")("a tool that runs as another user", () => {
  test.concurrent("gets its signals from that user", async () => {
    expect(await ended([sudo, tool])).toEqual({ ending: WELL, sent: ["oracle: TERM -10"] });
  });

  test.concurrent("from root directly, who spares the become program", async () => {
    expect(await ended([sudo, tool], { root: true })).toEqual({ ending: WELL, sent: ["SIGTERM 11"] });
  });

  test.concurrent("from a user who reaches the become program as root does, which is spared", async () => {
    expect(await ended([sudo, tool], { user: "root" })).toEqual({ ending: WELL, sent: ["root: TERM 11"] });
  });

  test.concurrent("also what has made a group of its own", async () => {
    const { ending, sent } = await ended([sudo, tool, entry(12, { parent: TOOL, group: 12 })]);
    expect({ ending, sent }).toEqual({ ending: WELL, sent: ["oracle: TERM -10,-12"] });
  });

  test.concurrent("has its grace also where its become program does not wait for it", async () => {
    expect(await ended([sudo, tool], { lingers: true })).toEqual({
      ending: WELL,
      sent: ["oracle: TERM -10"],
    });
  });

  test.concurrent("has its grace from the moment at which TERM was sent", async () => {
    expect(await ended([sudo, tool], { lingers: true, sendMs: 1200 })).toEqual({
      ending: WELL,
      sent: ["oracle: TERM -10"],
    });
  });

  test.concurrent("gets KILL after its grace", async () => {
    const { ending, sent } = await ended([sudo, tool], { ignored: ["TERM"] });
    expect(ending).toEqual({ ...WELL, killed: true });
    expect(sent).toEqual(["oracle: TERM -10", "SIGCONT 10", "oracle: KILL -10"]);
  });

  test.concurrent("is never started where its become program is still about to", async () => {
    // Stopped, so that nothing is started while we look.
    expect(await ended([sudo])).toEqual({ ending: WELL, sent: ["SIGSTOP 10", "SIGKILL 10"] });
  });

  test.concurrent("that its become program starts while that is told to end is told of by it where no signal can be sent", async () => {
    const { sent } = await ended([sudo, { ...tool, name: "sudo" }], { starts: true, refuses: true });
    const refused = "oracle: TERM -10 (refused)";
    expect(sent.slice(0, 4)).toEqual(["SIGTERM 10", "SIGCONT 10", refused, "SIGTERM 10"]);
  });

  test.concurrent("is never left stopped where its become program is a wrapper of ours", async () => {
    const { sent } = await ended([sudo], { wraps: true, refuses: true, ignored: ["TERM"] });
    expect(sent.slice(0, 4)).toEqual([
      "SIGSTOP 10",
      "oracle: TERM -10 (refused)",
      "SIGTERM 10",
      "SIGCONT 10",
    ]);
  });

  test.concurrent("is told by its become program where it is no child of that", async () => {
    const { sent } = await ended([{ ...sudo, name: "pbrun" }], { method: "pbrun" });
    expect(sent).toEqual(["SIGSTOP 10", "SIGTERM 10"]);
  });

  test.concurrent("is said to run on where no signal can be sent, and its become program is let live", async () => {
    const { ending, sent } = await ended([sudo, tool], { refuses: true });
    const remaining = [{ pid: SUDO, name: "sudo" }, tool];
    expect(ending).toEqual({ killed: false, remaining, unseen: false, refusedAs: "oracle" });
    // Once: it is there already, and passes TERM on.
    expect(sent.filter((one) => one === "SIGTERM 10")).toEqual(["SIGTERM 10"]);
    expect(sent).not.toContain("SIGKILL 10");
  });

  test.concurrent("gets its signals by its group where it cannot be seen, and what cannot be seen is said", async () => {
    expect(await ended([tool, sudo], { hidden: true })).toEqual({
      ending: { ...WELL, unseen: true },
      sent: ["oracle: TERM -10"],
    });
  });

  test.concurrent("gets KILL by its group where its become program has left it, unseen", async () => {
    expect(await ended([tool], { hidden: true })).toEqual({
      ending: { killed: true, remaining: [], unseen: true },
      sent: ["oracle: KILL -10"],
    });
  });

  test.concurrent("is not taken for another that has the number of its become program", async () => {
    expect(await ended([entry(SUDO, { start: 99 })], { hidden: true })).toEqual({
      ending: { ...WELL, unseen: true },
      sent: [],
    });
  });
});
