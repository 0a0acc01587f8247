/** The parts of the file trust that need no users: groups, remedies, what a container shows. The whole table is test/e2e/trust.test.ts. */

import { describe, expect, test } from "bun:test";
import { chmodSync, chownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { basename, join } from "node:path";
import { parseAccounts } from "../../src/files/accounts.ts";
import { distrust, explainFaults } from "../../src/files/distrust.ts";
import { type Fault, walkPath } from "../../src/files/trust.ts";
import { tempDir } from "../harness/temp.ts";

const PASSWD = [
  "root:x:0:0:root:/root:/bin/sh",
  "alice:x:1000:1000::/home/alice:/bin/sh",
  "bob:x:1001:1001::/home/bob:/bin/sh",
  "carol:x:1002:50::/home/carol:/bin/sh",
  "dave:x:1003:50::/home/dave:/bin/sh",
].join("\n");
const GROUP = [
  "# a comment",
  "root:x:0:",
  "staff:x:50:",
  "alice:x:1000:",
  "bob:x:1001:alice",
  "team:x:2000:alice,bob",
  "solo:x:2001:alice",
  "empty:x:2002:",
  "remote:x:2003:alice,nobody-we-know",
].join("\n");

describe("who is in a group", () => {
  const accounts = parseAccounts(PASSWD, GROUP);
  const rows: [group: string, gid: number, members: number[] | undefined][] = [
    ["a user's own", 1000, [1000]],
    ["a user's own, with somebody listed", 1001, [1000, 1001]],
    ["one of two", 2000, [1000, 1001]],
    ["one of one", 2001, [1000]],
    ["one that two have as their first", 50, [1002, 1003]],
    ["one without anybody", 2002, []],
    ["one with a user of a directory service", 2003, undefined],
    ["one of a directory service", 9999, undefined],
  ];
  test.each(rows)("%s", (_, gid, members) => {
    const found = accounts.membersOf(gid);
    expect(found && [...found].sort()).toEqual(members);
  });
});

test("every fault is said, with names where there are any", () => {
  const faults: Fault[] = [
    { path: "/srv", what: "directory", why: "owner", uid: 1001, gid: 0 },
    { path: "/srv/link", what: "link", why: "owner", uid: 4242, gid: 0 },
    { path: "/srv/bobs", what: "directory", why: "owner", uid: 1001, gid: 0 },
    { path: "/srv/bobs/x", what: "file", why: "owner", uid: 1001, gid: 0 },
    { path: "/srv/a", what: "directory", why: "group", uid: 0, gid: 2000 },
    { path: "/srv/a/x", what: "file", why: "anyone", uid: 0, gid: 0 },
    { path: "/tmp", what: "directory", why: "planting", uid: 0, gid: 0 },
  ];
  expect(explainFaults(faults, 1000, parseAccounts(PASSWD, GROUP)).split("; ")).toEqual([
    "the directory /srv, and 2 more on the way to it, belong to bob, neither to you (alice) nor to root",
    "the link /srv/link belongs to user 4242, neither to you (alice) nor to root",
    "the group team can write the directory /srv/a",
    "anyone on this machine can write it",
    "others can put files into the directory /tmp, in which it was looked for",
  ]);
});

const uid = userInfo().uid;
const asRoot = test.skipIf(uid !== 0);

/** A file in a directory of its own, and what is said of it after `change`. */
function said(change: (file: string, directory: string) => void): {
  refusal: string;
  file: string;
  directory: string;
} {
  const directory = join(tempDir(), "it's here");
  mkdirSync(directory);
  const file = join(directory, "runspec.toml");
  writeFileSync(file, "");
  chmodSync(file, 0o644);
  change(file, directory);
  return { refusal: distrust(file, { uid }) ?? "", file, directory };
}

asRoot(
  "on macOS, who is in the group admin is trusted as root is, and nobody knows who is in another",
  () => {
    const path = join(tempDir(), "x");
    writeFileSync(path, "");
    chmodSync(path, 0o664);
    const here = process.platform;
    const found = [80, 20, 0].map((gid) => {
      chownSync(path, 0, gid);
      Object.defineProperty(process, "platform", { value: "darwin" });
      const { faults } = walkPath(path, { uid });
      Object.defineProperty(process, "platform", { value: here });
      return faults.map(({ why }) => why);
    });
    expect(found).toEqual([[], ["group"], ["group"]]);
  },
);

describe("the command that puts it right", () => {
  const shell = (text: string, home: string) =>
    Bun.spawnSync(["/bin/sh", "-c", text], { env: { PATH: "/usr/bin:/bin", HOME: home }, cwd: home });
  const rows: [what: string, change: (file: string, directory: string) => void][] = [
    ["a file that all can write", (file) => chmodSync(file, 0o666)],
    ["a directory that all can write", (_, directory) => chmodSync(directory, 0o777)],
    ["a sticky directory", (_, directory) => chmodSync(directory, 0o1777)],
    [
      "both",
      (file, directory) => {
        chmodSync(directory, 0o777);
        chmodSync(file, 0o666);
      },
    ],
  ];
  const ofOthers: typeof rows = [
    ["another's file", (file) => chownSync(file, 12_345, 12_345)],
    ["another's directory", (_, directory) => chownSync(directory, 12_345, 12_345)],
    [
      "another's file and directory that all can write",
      (file, directory) => {
        for (const path of [file, directory]) {
          chownSync(path, 12_345, 12_345);
          chmodSync(path, 0o777);
        }
      },
    ],
    [
      "another's file that all and a group can write",
      (file) => {
        chownSync(file, 12_345, 12_345);
        chmodSync(file, 0o666);
      },
    ],
  ];
  const pasted = (refusal: string) => /run: (.*)$/s.exec(refusal)?.[1] ?? "";
  test.each(rows)("of %s works when it is pasted", (_, change) => {
    const { refusal, file } = said(change);
    expect(refusal).not.toContain("read it first");
    expect(shell(pasted(refusal), tempDir()).exitCode).toBe(0);
    expect(distrust(file, { uid })).toBeUndefined();
  });
  asRoot.each(ofOthers)("of %s works when it is pasted, and says to read it first", (_, change) => {
    const { refusal, file } = said(change);
    expect(refusal).toContain("read it first");
    expect(shell(pasted(refusal), tempDir()).exitCode).toBe(0);
    expect(distrust(file, { uid })).toBeUndefined();
  });
  test.each([["a file", uid], ...(uid === 0 ? ([["another's file", 12_345]] as const) : [])])(
    "of %s in a directory that everybody must be able to write puts it elsewhere",
    (_, owner) => {
      // Where it is taken for granted that /tmp is what it is everywhere.
      const path = join("/tmp", `runspec-${crypto.randomUUID()}.toml`);
      writeFileSync(path, "", { mode: 0o644 });
      chownSync(path, owner, -1);
      const home = tempDir();
      try {
        const refusal = distrust(path, { uid }) ?? "";
        expect(refusal).toContain("name it by its path in ~/runspec, once you have run: ");
        expect(shell(pasted(refusal), home).exitCode).toBe(0);
        expect(distrust(join(home, "runspec", basename(path)), { uid })).toBeUndefined();
      } finally {
        rmSync(path, { force: true });
      }
    },
  );
  asRoot("of another's link to a file in order leads there", () => {
    const { file, directory } = said(() => {});
    const link = join(tempDir(), "runspec.toml");
    symlinkSync(file, link);
    Bun.spawnSync(["chown", "-h", "12345", link]);
    const refusal = distrust(link, { uid }) ?? "";
    expect(shell(`${pasted(refusal)} && pwd`, tempDir()).stdout.toString()).toBe(`${directory}\n`);
  });
});

describe("the way to a file", () => {
  test("ends at its real place, through links to links, upwards and absolute ones", () => {
    const dir = tempDir();
    mkdirSync(join(dir, "a/b"), { recursive: true });
    writeFileSync(join(dir, "a/file"), "");
    symlinkSync("../file", join(dir, "a/b/up"));
    symlinkSync(join(dir, "a/b"), join(dir, "absolute"));
    symlinkSync("absolute/up", join(dir, "twice"));
    expect(walkPath(join(dir, "twice"), { uid })).toEqual({
      real: join(dir, "a/file"),
      faults: [],
      ended: true,
    });
  });
  test("ends where nothing can be seen, and in a circle of links", () => {
    const dir = tempDir();
    symlinkSync("circle", join(dir, "circle"));
    expect(walkPath(join(dir, "none/x"), { uid })).toEqual({
      real: join(dir, "none/x"),
      faults: [],
      ended: false,
    });
    expect(walkPath(join(dir, "circle"), { uid }).faults).toEqual([]);
  });
  test("that leads through a name that is no UTF-8 is refused, though the system can go it", () => {
    const dir = tempDir();
    const make = 'd=$(printf \'odd\\377\'); mkdir "$d" && : > "$d/file" && ln -s "$d" link';
    expect(Bun.spawnSync(["/bin/sh", "-c", make], { cwd: dir }).exitCode).toBe(0);
    expect(distrust(join(dir, "link/file"), { uid })).toStartWith(
      "refused: a link on the way to it leads where",
    );
    expect(distrust(join(dir, "link/none"), { uid })).toBeUndefined();
  });
  asRoot("also trusts the user that a tool is run as", () => {
    const { file } = said((path) => chownSync(path, 12_345, 0));
    expect(distrust(file, { uid, also: (owner) => owner === 12_345 })).toBeUndefined();
    expect(distrust(file, { uid, also: (owner) => owner === 12_346 })).toBeDefined();
  });
});

// The system's own: one of a version manager takes ten times as long to start.
const python = Bun.which("python3", { PATH: "/usr/bin:/bin" }) ?? undefined;

/** Lets the user 12345 write by an access control list, which the mode shows as the group's. */
const SHARE = `
import os, struct, sys
entry = lambda tag, perm, id=0xffffffff: struct.pack("<HHI", tag, perm, id)
acl = entry(1, 6) + entry(2, 6, 12345) + entry(4, 4) + entry(16, 6) + entry(32, 4)
os.setxattr(sys.argv[1], "system.posix_acl_access", struct.pack("<I", 2) + acl)
`;

test.skipIf(python === undefined || process.platform !== "linux")(
  "a group of one is no excuse where an access control list names others",
  () => {
    let listed = false;
    const { refusal, file } = said((path) => {
      chmodSync(path, 0o664);
      expect(distrust(path, { uid })).toBeUndefined();
      listed = Bun.spawnSync([python ?? "", "-IS", "-c", SHARE, path]).exitCode === 0;
    });
    // Not every file system has such lists.
    if (listed) expect(refusal).toContain("others in its access control list can write it; run: chmod g-w");
    expect(file).toEndWith("runspec.toml");
  },
);

const inContainer = ["unshare", "--user", "--map-root-user"];
const canContain = Bun.which("unshare") !== null && Bun.spawnSync([...inContainer, "true"]).exitCode === 0;

test.skipIf(uid !== 0 || !canContain)(
  "in a container of its own users, whom it cannot name counts as root",
  () => {
    const { file } = said((path) => chownSync(path, 12_345, 12_345));
    const look = `
    const { distrust } = await import(${JSON.stringify(join(import.meta.dir, "../../src/files/distrust.ts"))});
    console.log(distrust(${JSON.stringify(file)}, { uid: process.getuid() }) === undefined ? "trusted" : "refused");`;
    const answer = (argv: string[]) =>
      Bun.spawnSync([...argv, process.execPath, "-e", look])
        .stdout.toString()
        .trim();
    expect([answer([]), answer(inContainer)]).toEqual(["refused", "trusted"]);
    // The group that stands for all others is nobody's own.
    chmodSync(file, 0o664);
    expect(answer(inContainer)).toBe("refused");
  },
);
