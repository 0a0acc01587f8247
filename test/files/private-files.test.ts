/** Files and directories of one user's alone: what is made, and what is refused of what others may have put in its place. */

import { describe, expect, spyOn, test } from "bun:test";
import fs, {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { attempt } from "../../src/errors.ts";
import {
  ensurePrivateDirectory,
  NotPrivate,
  openPrivate,
  openSpoolFile,
  readPrivate,
  replacePrivate,
} from "../../src/files/private-files.ts";
import { tempDir } from "../harness/temp.ts";

const { uid } = userInfo();
const isRoot = uid === 0;
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT;

describe("a private directory", () => {
  test("is made for the user alone, with those above it", () => {
    const path = join(tempDir(), "a/b");
    ensurePrivateDirectory(path, uid);
    ensurePrivateDirectory(path, uid);
    expect([path, dirname(path)].map((made) => statSync(made).mode & 0o777)).toEqual([0o700, 0o700]);
  });

  test("is not made, nor any above it, where others could exchange it", () => {
    const shared = tempDir();
    chmodSync(shared, 0o777);
    expect(() => ensurePrivateDirectory(join(shared, "a/b"), uid)).toThrow("could be exchanged: anyone");
    expect(readdirSync(shared)).toEqual([]);
  });

  test.skipIf(!isRoot)("is none where somebody else has made one of those above it meanwhile", () => {
    const above = join(tempDir(), "a");
    const make = mkdirSync;
    using _raced = spyOn(fs, "mkdirSync").mockImplementationOnce((path, options) => {
      make(above);
      chownSync(above, 12_345, 12_345);
      return make(path, options);
    });
    expect(() => ensurePrivateDirectory(join(above, "b"), uid)).toThrow("could be exchanged: the directory");
  });

  const openTo = (path: string, mode: number) => {
    mkdirSync(path);
    chmodSync(path, mode);
  };
  const rows: [what: string, make: (path: string) => void, why: string][] = [
    ["a link", (path) => symlinkSync(tempDir(), path), "is not a directory for you alone"],
    ["a link to nowhere", (path) => symlinkSync("/nowhere", path), "is not a directory for you alone"],
    ["a file", (path) => writeFileSync(path, ""), "is not a directory for you alone"],
    ["written by the group", (path) => openTo(path, 0o770), "is not a directory for you alone"],
    ["open to others", (path) => mkdirSync(path, { mode: 0o755 }), "is not a directory for you alone"],
    [
      "below a directory that all can write",
      (path) => {
        mkdirSync(path, { mode: 0o700 });
        chmodSync(dirname(path), 0o777);
      },
      "could be exchanged: anyone on this machine can write the directory ",
    ],
  ];
  const ofOthers: typeof rows = [
    [
      "another's",
      (path) => {
        mkdirSync(path, { mode: 0o700 });
        chownSync(path, 12_345, 12_345);
      },
      "is not a directory for you alone",
    ],
  ];
  test.each([...rows, ...(isRoot ? ofOthers : [])])(
    "is refused where there is one that is %s",
    (_, make, why) => {
      const path = join(tempDir(), "private");
      make(path);
      expect(() => ensurePrivateDirectory(path, uid)).toThrow(NotPrivate);
      expect(() => ensurePrivateDirectory(path, uid)).toThrow(`${path} ${why}`);
    },
  );

  test.skipIf(!isRoot)("is nobody's to remove but its owner's, where it lies in another's directory", () => {
    const theirs = tempDir();
    const path = join(theirs, "runspec");
    mkdirSync(path, { mode: 0o700 });
    chownSync(path, 12_345, 12_345);
    const removable = (us = 0) => {
      try {
        ensurePrivateDirectory(path, us);
      } catch (error) {
        return error instanceof NotPrivate && error.removable;
      }
    };
    expect([removable(), removable(54_321)]).toEqual([true, false]);
    chownSync(theirs, 12_345, 12_345);
    expect(removable()).toBe(false);
  });

  test("may lie in a directory such as /tmp", () => {
    const shared = tempDir();
    chmodSync(shared, 0o1777);
    ensurePrivateDirectory(join(shared, "mine"), uid);
    expect(statSync(join(shared, "mine")).mode & 0o777).toBe(0o700);
  });
});

/** What others may have put in the place of a file; `target` must stay as it is. */
const PLANTED: [what: string, plant: (path: string, target: string) => void][] = [
  ["a link", (path, target) => symlinkSync(target, path)],
  ["a link that leads nowhere", (path, target) => symlinkSync(`${target}.new`, path)],
  ["a second name of another file", (path, target) => linkSync(target, path)],
  ["a pipe", (path) => void Bun.spawnSync(["mkfifo", path])],
  ["a directory", (path) => mkdirSync(path)],
];
const FOREIGN: typeof PLANTED = [
  [
    "another's file",
    (path) => {
      writeFileSync(path, "theirs", { mode: 0o666 });
      chownSync(path, 12_345, 12_345);
    },
  ],
];
const EVERYTHING = [...PLANTED, ...(isRoot ? FOREIGN : [])];

function planted(plant: (typeof PLANTED)[number][1]): { path: string; target: string } {
  const [path, target] = [join(tempDir(), "file"), join(tempDir(), "target")];
  writeFileSync(target, "target");
  plant(path, target);
  return { path, target };
}

describe("a private file", () => {
  test.skipIf(process.platform !== "linux")("keeps no descriptor, whatever became of it", () => {
    // Of the process's others any may be closed meanwhile.
    const place = dirname(tempDir());
    const open = () =>
      readdirSync("/proc/self/fd")
        .flatMap((fd) => attempt(() => readlinkSync(`/proc/self/fd/${fd}`)) ?? [])
        .filter((path) => path.startsWith(place));
    const [mine, ...refused] = [join(tempDir(), "mine"), ...PLANTED.map(([, plant]) => planted(plant).path)];
    const before = open();
    for (const path of [mine, ...refused]) {
      attempt(() => replacePrivate(path, "mine", uid).close());
      attempt(() => replacePrivate(`${path}/nowhere`, "mine", uid).close());
      readPrivate(path, uid, 100);
      readPrivate(path, uid, 1);
    }
    for (const [, plant] of PLANTED) {
      const { path } = planted(plant);
      expect(() => openPrivate(path, APPEND, uid)).toThrow();
    }
    expect(open().filter((path) => !before.includes(path))).toEqual([]);
  });

  test("is made for the user alone, and opened again", () => {
    const path = join(tempDir(), "file");
    for (let times = 0; times < 2; times++) closeSync(openPrivate(path, APPEND, uid));
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("that is there and open to others is closed to them when it is written, not when it is read", () => {
    const path = join(tempDir(), "file");
    writeFileSync(path, "mine");
    chmodSync(path, 0o644);
    closeSync(openPrivate(path, constants.O_RDONLY, uid));
    expect(statSync(path).mode & 0o777).toBe(0o644);
    closeSync(openPrivate(path, APPEND, uid));
    expect([readFileSync(path, "utf8"), statSync(path).mode & 0o777]).toEqual(["mine", 0o600]);
  });

  test.each(EVERYTHING)("is not opened, read or written where there is %s", (_, plant) => {
    const { path, target } = planted(plant);
    expect(() => openPrivate(path, APPEND, uid)).toThrow();
    expect(readPrivate(path, uid, 100)).toBeUndefined();
    expect(readFileSync(target, "utf8")).toBe("target");
    expect(readdirSync(dirname(target))).toEqual(["target"]);
  });

  test.each(EVERYTHING.filter(([what]) => what !== "a directory"))(
    "takes the place of %s, which stays as it was",
    (_, plant) => {
      const { path, target } = planted(plant);
      replacePrivate(path, "mine", uid).close();
      expect([readPrivate(path, uid, 100), lstatSync(path).mode & 0o7777]).toEqual(["mine", 0o600]);
      expect(readFileSync(target, "utf8")).toBe("target");
      expect(readdirSync(dirname(path))).toEqual(["file"]);
    },
  );

  test("without a name has none as soon as it is open", () => {
    const place = tempDir();
    const usual = process.env.TMPDIR;
    process.env.TMPDIR = place;
    try {
      const file = openSpoolFile();
      file.append(Buffer.from("some "));
      file.append(Buffer.from("bytes"));
      expect([readdirSync(place), Buffer.from(file.read(3, 5)).toString()]).toEqual([[], "e byt"]);
      file.close();
    } finally {
      if (usual === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = usual;
    }
  });

  test("leaves nothing behind where it cannot take its place", () => {
    const path = join(tempDir(), "file");
    mkdirSync(join(path, "inside"), { recursive: true });
    expect(() => replacePrivate(path, "mine", uid)).toThrow();
    expect(readdirSync(dirname(path))).toEqual(["file"]);
  });

  test("is not read where it is too long, or others could have exchanged it", () => {
    const path = join(tempDir(), "file");
    replacePrivate(path, "mine", uid).close();
    expect(readPrivate(path, uid, 3)).toBeUndefined();
    expect(readPrivate(path, uid, 4)).toBe("mine");
    chmodSync(dirname(path), 0o777);
    expect(readPrivate(path, uid, 4)).toBeUndefined();
  });
});
