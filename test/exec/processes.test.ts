import { describe, expect, test } from "bun:test";
import { addressesOf, createFamily } from "../../src/exec/family.ts";
import { listProcesses, type ProcessEntry, processesBelow, readPs } from "../../src/exec/processes.ts";

function entry(pid: number, over: Partial<ProcessEntry> = {}): ProcessEntry {
  return { pid, parent: 1, group: pid, session: pid, name: "sh", zombie: false, stopped: false, ...over };
}

/** sudo 10 in its own session runs 11 and 12; 12 has made a session; 20 is somebody else's. */
const SUDO = [
  entry(10, { parent: 5, name: "sudo" }),
  entry(11, { parent: 10, group: 10, session: 10 }),
  entry(12, { parent: 11 }),
  entry(13, { parent: 12, group: 12, session: 12 }),
  entry(20, { parent: 5 }),
];

describe("processesBelow", () => {
  const pids = (processes: ProcessEntry[], seen = new Map<number, number>()) =>
    processesBelow(10, seen, processes).map(({ pid }) => pid);

  test("are the children and theirs, in whatever group and session", () => {
    expect(pids(SUDO)).toEqual([11, 12, 13]);
  });

  test("an orphan is known by the session", () => {
    expect(pids([...SUDO, entry(14, { parent: 1, group: 14, session: 10 })])).toEqual([11, 12, 13, 14]);
  });

  test("by one that was made by a process seen earlier, too, when all else has gone", () => {
    const seen = new Map<number, number>();
    pids(SUDO, seen);
    expect(pids([entry(14, { parent: 1, group: 12, session: 12 }), entry(20)], seen)).toEqual([14]);
  });

  test("not those that have ended", () => {
    expect(pids(SUDO.map((one) => (one.pid === 12 ? { ...one, zombie: true } : one)))).toEqual([11, 13]);
  });

  test("nobody else in the session that the leader was started in, orphans of the leader's excepted", () => {
    const inTerminal = (pid: number, parent: number) => entry(pid, { parent, group: 5, session: 5 });
    const seen = new Map<number, number>();
    expect(pids([inTerminal(5, 1), inTerminal(10, 5), inTerminal(11, 10), inTerminal(20, 5)], seen)).toEqual([
      11,
    ]);
    const later = [
      inTerminal(5, 1),
      inTerminal(11, 1),
      inTerminal(12, 11),
      inTerminal(20, 5),
      inTerminal(21, 20),
    ];
    expect(pids(later, seen)).toEqual([11, 12]);
  });

  test("not another process that has got the pid of one", () => {
    const seen = new Map<number, number>();
    pids(SUDO, seen);
    expect(pids([entry(11, { parent: 1, group: 77, session: 77 })], seen)).toEqual([]);
  });
});

describe("addressesOf", () => {
  const members = SUDO.slice(1, 4);

  test("are the groups that are the family's own", () => {
    expect(addressesOf(members, 10)).toEqual([-10, -12]);
  });

  test("but processes where a group is to be spared, or is not its own", () => {
    expect(addressesOf(members, 10, 10)).toEqual([11, -12]);
    expect(addressesOf([entry(11, { group: 7 })], 10)).toEqual([11]);
  });
});

describe("on this machine", () => {
  test("lists itself", () => {
    expect(listProcesses().find(({ pid }) => pid === process.pid)).toMatchObject({
      parent: process.ppid,
      zombie: false,
    });
  });

  test("a leader that has turned into another program is a member", async () => {
    const child = Bun.spawn(["sh", "-c", "echo; read line; exec sleep 60"], {
      detached: true,
      stdin: "pipe",
      stdout: "pipe",
    });
    await child.stdout.getReader().read();
    const look = createFamily(child.pid, "sh");
    expect(look()).toEqual({ leader: "running", members: [] });
    child.kill("SIGSTOP");
    while (look().leader === "running") await Bun.sleep(1);
    expect(look()).toEqual({ leader: "stopped", members: [] });
    child.kill("SIGCONT");
    child.stdin.write("\n");
    await child.stdin.end();
    let family = look();
    while (family.leader !== "gone") family = look();
    expect(family.members).toMatchObject([
      { pid: child.pid, group: child.pid, session: child.pid, name: "sleep" },
    ]);
    child.kill("SIGKILL");
    await child.exited;
    expect(look()).toEqual({ leader: "gone", members: [] });
  });
});

test("what ps says is read", () => {
  const text =
    "    1     0     1 Ss   /sbin/launchd\n  310     1   310 Z    (sudo)\n 4711   310  4711 S+   /Applications/A B/x y\n";
  expect(readPs(text)).toEqual([
    entry(1, { parent: 0, name: "launchd" }),
    entry(310, { name: "(sudo)", zombie: true }),
    entry(4711, { parent: 310, name: "x y" }),
  ]);
});
