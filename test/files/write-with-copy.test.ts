import { describe, expect, spyOn, test } from "bun:test";
import fs, { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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
