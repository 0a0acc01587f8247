import { describe, expect, spyOn, test } from "bun:test";
import fs, { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { reasonOf } from "../../src/errors.ts";
import { writeWithCopy } from "../../src/files/write-with-copy.ts";
import { tempDir } from "../harness/temp.ts";

test.each([undefined, "before"])("what another program writes meanwhile is not replaced: %j", (before) => {
  const file = join(tempDir(), "settings.json");
  if (before !== undefined) writeFileSync(file, before);
  const writing = writeWithCopy(file, () => {
    writeFileSync(file, "theirs");
    return "ours";
  });
  expect(writing).rejects.toThrow(
    `nothing was written: ${file} was changed by another program meanwhile; try again`,
  );
  expect(readFileSync(file, "utf8")).toBe("theirs");
});

test("what we have written ourselves needs no copy: each host of a list would leave one", async () => {
  const file = join(tempDir(), "runspec.toml");
  writeFileSync(file, "theirs");
  const written = async (text: string) => (await writeWithCopy(file, () => text)).copy;
  expect([await written("one"), await written("two"), await written("three")]).toEqual([
    `${file}.before-runspec`,
    undefined,
    undefined,
  ]);
  expect(readFileSync(`${file}.before-runspec`, "utf8")).toBe("theirs");
  writeFileSync(file, "theirs again");
  expect(await written("four")).toBe(`${file}.before-runspec-2`);
});

test.skipIf(process.platform === "win32")("a pipe in its place meanwhile is not waited for", async () => {
  const file = join(tempDir(), "settings.json");
  writeFileSync(file, "before");
  const writing = writeWithCopy(file, () => {
    fs.rmSync(file);
    Bun.spawnSync(["mkfifo", file]);
    return "after";
  });
  await expect(writing).rejects.toThrow("was changed by another program meanwhile; try again");
});

test.skipIf(process.platform === "win32")(
  "what is written, and the copy, are as open as it was, and whose it was",
  async () => {
    const dir = tempDir();
    const file = join(dir, "settings.json");
    writeFileSync(file, "before");
    const owner = process.getuid?.() === 0 ? 65534 : (process.getuid?.() ?? 0);
    fs.chownSync(file, owner, fs.statSync(file).gid);
    fs.chmodSync(file, 0o640);
    expect(await writeWithCopy(file, () => "after")).toEqual({
      written: true,
      copy: `${file}.before-runspec`,
    });
    const facts = fs.readdirSync(dir).map((name) => {
      const { uid, mode } = fs.statSync(join(dir, name));
      return [readFileSync(join(dir, name), "utf8"), uid, mode & 0o777];
    });
    expect(facts.sort()).toEqual([
      ["after", owner, 0o640],
      ["before", owner, 0o640],
    ]);
  },
);

// The system's own: one of a version manager takes ten times as long to start.
const python = Bun.which("python3", { PATH: "/usr/bin:/bin" });

/** Prints the access control list of a file; with a second word, the list that such a one gives to its user 12345 is put there first. */
const LIST = `
import os, struct, sys
entry = lambda tag, perm, id=0xffffffff: struct.pack("<HHI", tag, perm, id)
acl = entry(1, 6) + entry(2, 4, 12345) + entry(4, 0) + entry(16, 4) + entry(32, 0)
if sys.argv[2:]: os.setxattr(sys.argv[1], sys.argv[2], struct.pack("<I", 2) + acl)
print([os.getxattr(sys.argv[1], name).hex() for name in os.listxattr(sys.argv[1]) if "acl_access" in name])
`;

describe.skipIf(python === null || process.platform !== "linux")("an access control list", () => {
  const listed = (...words: string[]) => Bun.spawnSync([python ?? "", "-IS", "-c", LIST, ...words]);
  /** Every file of the directory with its mode and its list, once it was written anew; undefined: there are no lists in this file system. */
  async function written(list: "access" | "default") {
    const dir = tempDir();
    const file = join(dir, "settings.json");
    writeFileSync(file, "before");
    fs.chmodSync(file, 0o640);
    const place = list === "access" ? file : dir;
    if (listed(place, `system.posix_acl_${list}`).exitCode !== 0) return undefined;
    const look = (path: string) => [fs.statSync(path).mode & 0o777, listed(path).stdout.toString()];
    const before = look(file);
    const { copy } = await writeWithCopy(file, () => "after");
    expect([readFileSync(file, "utf8"), readFileSync(copy ?? "", "utf8")]).toEqual(["after", "before"]);
    expect([look(file), look(copy ?? "")]).toEqual([before, before]);
    return before;
  }

  test("stays: without it, the group would have its part of the mode", async () => {
    const before = await written("access");
    if (before !== undefined) expect(before).toEqual([0o640, expect.stringContaining("39300000")]);
  });

  test("of the directory gives nobody more than the file gave", async () => {
    const before = await written("default");
    if (before !== undefined) expect(before).toEqual([0o640, "[]\n"]);
  });
});

test.skipIf(process.platform === "win32")(
  "a mode stays where the file system lets nobody give a file to the group that it has",
  async () => {
    const file = join(tempDir(), "settings.json");
    writeFileSync(file, "before");
    fs.chmodSync(file, 0o664);
    const spy = spyOn(fs, "fchownSync").mockImplementation(() => {
      throw Object.assign(new Error("EPERM: operation not permitted, fchown"), { code: "EPERM" });
    });
    await writeWithCopy(file, () => "after");
    spy.mockRestore();
    expect(fs.statSync(file).mode & 0o777).toBe(0o664);
  },
);

/** Every call that changes something, or looks whether it may: whichever fails, and at which time. */
const FAILING = [
  "openSync",
  "fstatSync",
  "readFileSync",
  "writeFileSync",
  "fsyncSync",
  "renameSync",
] as const;

describe.each(FAILING)("%s fails", (name) => {
  test.each([1, 2, 3])("the %d. time: the file is as it was, and nothing else is there", async (time) => {
    const dir = tempDir();
    const file = join(dir, "settings.json");
    writeFileSync(file, "before");
    let calls = 0;
    const real = Reflect.get(fs, name);
    Reflect.set(fs, name, (...words: unknown[]) => {
      if (++calls === time) throw Object.assign(new Error("EDQUOT: unknown error, x"), { code: "EDQUOT" });
      return Reflect.apply(real, fs, words);
    });
    const done = await writeWithCopy(file, () => "after").catch(reasonOf);
    Reflect.set(fs, name, real);
    const found = fs.readdirSync(dir).map((one) => `${one}: ${readFileSync(join(dir, one), "utf8")}`);
    const failed = { done: `cannot write ${file}: disk quota exceeded`, found: ["settings.json: before"] };
    // Where the directory itself cannot be opened, it is written without a lock.
    const unaffected = time > calls || (name === "openSync" && time === 1);
    const whole = {
      done: { written: true, copy: `${file}.before-runspec` },
      found: ["settings.json.before-runspec: before", "settings.json: after"],
    };
    expect({ done, found: found.sort() }).toEqual(unaffected ? whole : failed);
  });
});

test.skipIf(process.platform === "win32").each<[what: string, make: (path: string) => void, why: string]>([
  ["a pipe", (path) => void Bun.spawnSync(["mkfifo", path]), "is not a regular file"],
  ["a directory", (path) => fs.mkdirSync(path), "is not a regular file"],
  ["read-only", (path) => writeFileSync(path, "", { mode: 0o444 }), "is read-only"],
  [
    "called something else as well",
    (path) => {
      writeFileSync(path, "");
      fs.linkSync(path, `${path}-2`);
    },
    "has another name (a hard link), which would keep the old text",
  ],
  ["no text", (path) => writeFileSync(path, Buffer.of(0xff)), "is not UTF-8"],
  [
    "a link to nowhere",
    (path) => fs.symlinkSync("nowhere", path),
    "is a link, and what it leads to is not there",
  ],
])("%s is left as it is", async (_what, make, why) => {
  const dir = tempDir();
  const path = join(dir, "settings.json");
  make(path);
  const there = fs.readdirSync(dir);
  const { ino } = fs.lstatSync(path);
  await expect(writeWithCopy(path, () => "after")).rejects.toThrow(`nothing was written: ${path} ${why}`);
  expect([fs.readdirSync(dir), fs.lstatSync(path).ino]).toEqual([there, ino]);
});

test("a directory that is a link to nowhere is named", async () => {
  const dir = tempDir();
  fs.symlinkSync("nowhere", join(dir, "link"));
  const why = `nothing was written: ${join(dir, "link")} is a link, and what it leads to is not there`;
  for (const name of ["link/settings.json", "link/below/settings.json"])
    await expect(writeWithCopy(join(dir, name), () => "after")).rejects.toThrow(why);
  expect(fs.readdirSync(dir)).toEqual(["link"]);
});

test.skipIf(process.getuid?.() !== 0)("root makes nothing in another user's directory", async () => {
  const dir = tempDir();
  fs.chownSync(dir, 65534, 65534);
  for (const name of ["settings.json", "new/settings.json"]) {
    const why = `nothing was written: ${join(dir, name)} would be root's, and ${dir} is not; run this as its owner`;
    await expect(writeWithCopy(join(dir, name), () => "after")).rejects.toThrow(why);
  }
  expect(fs.readdirSync(dir)).toEqual([]);
});

describe.skipIf(process.getuid?.() !== 0)("by a link of another user's, root", () => {
  /** `home`, which is a user's, and `other`, with a file each; `link` in the home leads to `to`. */
  async function written(link: string, to: string, owner: number) {
    const dir = tempDir();
    for (const [name, uid] of [
      ["home", 65534],
      ["other", owner],
    ] as const) {
      fs.mkdirSync(join(dir, name));
      writeFileSync(join(dir, name, "there.json"), "before");
      for (const path of [join(dir, name), join(dir, name, "there.json")]) fs.chownSync(path, uid, uid);
    }
    fs.symlinkSync(to, join(dir, link));
    fs.lchownSync(join(dir, link), 65534, 65534);
    const file = link === "home/a" ? join(dir, "home/a/there.json") : join(dir, link);
    const why = await writeWithCopy(file, (text) => `${text} and after`).then(() => "written", reasonOf);
    return [why.replaceAll(`${dir}/`, ""), fs.readdirSync(join(dir, "other")).sort()];
  }

  test.each([
    ["home/a.json", "../other/there.json"],
    ["home/a", "../other"],
  ])("writes nothing that is not theirs: %s → %s", async (link, to) => {
    const refused = `${link}${link === "home/a" ? "/there.json" : ""} is reached by ${link}, another user's link to what is not theirs`;
    expect(await written(link, to, 0)).toEqual([`nothing was written: ${refused}`, ["there.json"]]);
    expect(await written(link, to, 65533)).toEqual([`nothing was written: ${refused}`, ["there.json"]]);
  });

  test("writes what is theirs", async () => {
    expect(await written("home/a.json", "../other/there.json", 65534)).toEqual([
      "written",
      ["there.json", "there.json.before-runspec"],
    ]);
  });
});

describe.skipIf(process.getuid?.() !== 0)(
  "what root changes for somebody who exchanges it for a link",
  () => {
    /** Everything in the directory, with its owner, when the owner has exchanged all of theirs for links to root's file at one moment. */
    async function changed(moment: (exchange: () => void) => { mockRestore(): void }[]) {
      const dir = tempDir();
      writeFileSync(join(dir, "roots"), "root's", { mode: 0o600 });
      const file = join(dir, "settings.json");
      writeFileSync(file, "before");
      fs.chownSync(file, 65534, 65534);
      fs.chmodSync(file, 0o644);
      const spies = moment(() => {
        for (const name of fs.readdirSync(dir).filter((name) => !/^(?:roots$|theirs-)/.test(name))) {
          fs.renameSync(join(dir, name), join(dir, `theirs-${name}`));
          fs.symlinkSync("roots", join(dir, name));
        }
      });
      await writeWithCopy(file, (text) => `${text} and after`).catch(() => {});
      for (const spy of spies) spy.mockRestore();
      const plain = fs.readdirSync(dir).filter((name) => !fs.lstatSync(join(dir, name)).isSymbolicLink());
      return plain.map((name) => {
        const { uid, mode } = fs.statSync(join(dir, name));
        return [readFileSync(join(dir, name), "utf8"), uid, mode & 0o777];
      });
    }
    const ROOTS = ["root's", 0, 0o600];

    test("before a new file is given away does not give that away", async () => {
      const found = await changed((exchange) => {
        const { chownSync, fchownSync } = fs;
        return [
          spyOn(fs, "chownSync").mockImplementation((...words) => {
            exchange();
            chownSync(...words);
          }),
          spyOn(fs, "fchownSync").mockImplementation((...words) => {
            exchange();
            fchownSync(...words);
          }),
        ];
      });
      expect(found).toContainEqual(ROOTS);
    });

    test("on the way there gets nothing changed", async () => {
      const dir = tempDir();
      for (const name of ["home", "roots"]) fs.mkdirSync(join(dir, name));
      writeFileSync(join(dir, "roots/settings.json"), "root's");
      fs.chownSync(join(dir, "home"), 65534, 65534);
      const [at, file] = [join(dir, "home/a"), join(dir, "home/a/settings.json")];
      const { lstatSync } = fs;
      // Opened as a link to what is root's, and their own when it is looked at.
      fs.symlinkSync("../roots", at);
      const { openSync } = fs;
      const opened = spyOn(fs, "openSync").mockImplementationOnce((path, flags) => {
        const fd = openSync(path, flags);
        fs.unlinkSync(at);
        fs.mkdirSync(at);
        return fd;
      });
      const why = await writeWithCopy(file, () => "after").then(() => "written", reasonOf);
      opened.mockRestore();
      expect([why, lstatSync(at).isDirectory(), fs.readdirSync(join(dir, "roots"))]).toEqual([
        `nothing was written: ${file} was changed by another program meanwhile; try again`,
        true,
        ["settings.json"],
      ]);
    });

    test("before it is read gets no copy of that", async () => {
      const found = await changed((exchange) => [spyOn(fs, "accessSync").mockImplementation(exchange)]);
      expect(found.filter(([text]) => text === "root's")).toEqual([ROOTS]);
    });
  },
);

test.skipIf(process.platform !== "linux")(
  "the directory that was found is the one that is written to, though another is put in its place",
  async () => {
    const dir = tempDir();
    const [home, kept, roots] = ["home", "kept", "roots"].map((name) => join(dir, name));
    if (home === undefined || kept === undefined || roots === undefined) throw new Error("no names");
    for (const made of [home, roots]) fs.mkdirSync(made);
    writeFileSync(join(home, "settings.json"), "before");
    const spy = spyOn(fs, "accessSync").mockImplementation(() => {
      fs.renameSync(home, kept);
      fs.symlinkSync("roots", home);
    });
    await writeWithCopy(join(home, "settings.json"), (text) => `${text} and after`);
    spy.mockRestore();
    expect(fs.readdirSync(roots)).toEqual([]);
    expect(fs.readdirSync(kept)).toEqual(["settings.json", "settings.json.before-runspec"]);
    expect(readFileSync(join(kept, "settings.json"), "utf8")).toBe("before and after");
  },
);
