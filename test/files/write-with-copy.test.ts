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
  const { ino } = fs.lstatSync(path);
  await expect(writeWithCopy(path, () => "after")).rejects.toThrow(`nothing was written: ${path} ${why}`);
  expect([fs.readdirSync(dir), fs.lstatSync(path).ino]).toEqual([["settings.json"], ino]);
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
    const file = link === "home/a" ? join(dir, "home/a/new.json") : join(dir, link);
    const why = await writeWithCopy(file, (text) => `${text} and after`).then(() => "written", reasonOf);
    return [why.replaceAll(`${dir}/`, ""), fs.readdirSync(join(dir, "other")).sort()];
  }

  test.each([
    ["home/a.json", "../other/there.json"],
    ["home/a", "../other"],
  ])("writes nothing that is not theirs: %s → %s", async (link, to) => {
    const refused = `${link}${link === "home/a" ? "/new.json" : ""} is reached by ${link}, another user's link to what is not theirs`;
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
        [],
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
