import { describe, expect, test } from "bun:test";
import { addressesOf, trackDescendants } from "../../src/process/descendants.ts";
import { type ProcessEntry, readProcesses } from "../../src/process/processes.ts";

function entry(pid: number, over: Partial<ProcessEntry> = {}): ProcessEntry {
  const whole = {
    start: pid,
    parent: 1,
    group: pid,
    session: pid,
    name: "sh",
    zombie: false,
    stopped: false,
  };
  return { pid, ...whole, ...over };
}

/** sudo 10 in its own session runs 11 and 12; 12 has made a session; 20 is somebody else's. */
const SUDO = [
  entry(10, { parent: 5, name: "sudo" }),
  entry(11, { parent: 10, group: 10, session: 10 }),
  entry(12, { parent: 11 }),
  entry(13, { parent: 12, group: 12, session: 12 }),
  entry(20, { parent: 5 }),
];

/** What the looks at these tables, one after the other, find; "…" where not all could be seen. */
function looks(
  leader: Parameters<typeof trackDescendants>[0],
  ...tables: (ProcessEntry[] | { hidden: ProcessEntry[] } | { changing: ProcessEntry[] })[]
) {
  let at = 0;
  const look = trackDescendants({ method: "sudo", ...leader }, () => {
    const table = tables[at++] ?? [];
    if (Array.isArray(table)) return { entries: table, complete: true, failed: false };
    return "hidden" in table
      ? { entries: table.hidden, complete: false, failed: false }
      : { entries: table.changing, complete: true, failed: false, ended: true };
  });
  return tables.map(() => {
    const { leader, members, complete } = look();
    return `${leader}: ${members.map(({ pid }) => pid).join(" ")}${complete ? "" : "…"}`;
  });
}

const orphan = (pid: number, session: number) => entry(pid, { parent: 1, group: session, session });

describe("a family", () => {
  const alive = { pid: 10, hasExited: () => false };
  const gone = { pid: 10, hasExited: () => true };
  const rows: [string, found: string[], expected: string[]][] = [
    ["is the children and theirs, in whatever group and session", looks(alive, SUDO), ["running: 11 12 13"]],
    ["an orphan is known by the session", looks(alive, [...SUDO, orphan(14, 10)]), ["running: 11 12 13 14"]],
    [
      "by one that a process seen earlier had made, when all else has gone",
      looks({ pid: 10 }, SUDO, [orphan(14, 12), entry(20)]),
      ["running: 11 12 13", "gone: 14"],
    ],
    [
      "by none whose number another may have got since nobody was left in it",
      looks(alive, SUDO, [entry(10, { parent: 5, name: "sudo" })], [...SUDO.slice(0, 1), orphan(14, 12)]),
      ["running: 11 12 13", "running: ", "running: "],
    ],
    [
      "but by one of which not all could be seen",
      looks(alive, SUDO, { hidden: SUDO.slice(0, 1) }, [...SUDO.slice(0, 1), orphan(14, 12)]),
      ["running: 11 12 13", "running: …", "running: 14"],
    ],
    [
      "nor by one in which somebody ended while it was looked at: what that had started was not seen",
      looks(alive, SUDO, { changing: SUDO.slice(0, 1) }, [...SUDO.slice(0, 1), orphan(14, 12)]),
      ["running: 11 12 13", "running: ", "running: 14"],
    ],
    [
      "those that whoever inherits orphans has got, and theirs, as long as they are in its session",
      looks({ ...alive, method: undefined, adopter: 5 }, [
        entry(5, { session: 3 }),
        entry(10, { parent: 5, session: 3 }),
        entry(11, { parent: 5, session: 3 }),
        entry(12, { parent: 11, session: 3 }),
        entry(13, { parent: 5, session: 13 }),
        entry(14, { parent: 1, session: 3 }),
      ]),
      ["gone: 10 11 12"],
    ],
    [
      "by one whose maker had gone before it was seen, but never by the session that it was all started in",
      looks(
        { pid: 10, hasExited: () => false },
        [
          entry(10, { session: 3 }),
          entry(11, { parent: 10, session: 8 }),
          entry(12, { parent: 10, session: 3 }),
        ],
        [entry(10, { session: 3 }), orphan(13, 8), orphan(14, 3)],
      ),
      ["gone: 10 11 12", "gone: 10 13"],
    ],
    [
      "not those that have ended",
      looks(
        alive,
        SUDO.map((one) => (one.pid === 12 ? { ...one, zombie: true } : one)),
      ),
      ["running: 11 13"],
    ],
    [
      "not another process that has got the pid of one",
      looks({ pid: 10 }, SUDO, [
        entry(11, { start: 900 }),
        entry(12, { start: 901 }),
        entry(30, { session: 12, parent: 12, start: 902 }),
      ]),
      ["running: 11 12 13", "gone: "],
    ],
    [
      "not another that has got the leader's pid, nor its session",
      looks({ pid: 10, start: 10 }, [
        entry(10, { start: 900, name: "sudo" }),
        entry(40, { parent: 10, session: 10, start: 901 }),
      ]),
      ["gone: "],
    ],
    [
      "not what is older than its parent: a list is not made in one moment",
      looks(alive, [...SUDO, entry(7, { parent: 12, session: 7 })]),
      ["running: 11 12 13"],
    ],
    [
      "our own child that is not shown is not gone",
      looks(alive, [entry(20)], { hidden: [] }),
      ["unseen: …", "unseen: …"],
    ],
    [
      "a leader that has ended is, also while nobody has asked how",
      looks(alive, [entry(10, { name: "sudo", zombie: true }), entry(11, { parent: 10, session: 10 })]),
      ["gone: 11"],
    ],
    ["our own child whose exit was seen is", looks(gone, { hidden: [] }), ["gone: …"]],
    [
      "somebody else's is where the list is whole, and where the system says that there is none",
      // No system has so many processes.
      [
        ...looks({ pid: 2 ** 30 }, []),
        ...looks({ pid: 2 ** 30 }, { hidden: [] }),
        ...looks({ pid: 1 }, { hidden: [] }),
      ],
      ["gone: ", "gone: …", "unseen: …"],
    ],
  ];
  test.each(rows)("%s", (_, found, expected) => {
    expect(found).toEqual(expected);
  });

  test("nobody else in the session that the leader was started in, orphans of the leader's excepted", () => {
    const inTerminal = (pid: number, parent: number) => entry(pid, { parent, group: 5, session: 5 });
    const before = [inTerminal(5, 1), inTerminal(10, 5), inTerminal(11, 10), inTerminal(20, 5)];
    const after = [
      inTerminal(5, 1),
      inTerminal(11, 1),
      inTerminal(12, 11),
      inTerminal(20, 5),
      inTerminal(21, 20),
    ];
    expect(looks({ pid: 10, method: "sh" }, before, after)).toEqual(["running: 11", "gone: 11 12"]);
  });
});

describe("addressesOf", () => {
  const members = SUDO.slice(1, 4);

  test("are the groups that are the tool's own", () => {
    expect(addressesOf(members, 10)).toEqual([-10, -12]);
  });

  test("but processes where a group is to be spared, or is not its own", () => {
    expect(addressesOf(members, 10, 10)).toEqual([11, -12]);
    expect(addressesOf([entry(11, { group: 7 })], 10)).toEqual([11]);
  });
});

test("a leader that has turned into another program is a member", async () => {
  const child = Bun.spawn(["sh", "-c", "echo; read line; exec sleep 60"], {
    detached: true,
    stdin: "pipe",
    stdout: "pipe",
  });
  await child.stdout.getReader().read();
  // Where other users' processes are hidden it is not.
  const { complete } = readProcesses();
  const look = trackDescendants({ pid: child.pid, method: "sh" });
  expect(look()).toEqual({ leader: "running", members: [], complete });
  child.kill("SIGSTOP");
  while (look().leader === "running") await Bun.sleep(1);
  expect(look()).toEqual({ leader: "stopped", members: [], complete });
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
  expect(look()).toEqual({ leader: "gone", members: [], complete });
});
