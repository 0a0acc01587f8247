import { expect, spyOn, test } from "bun:test";
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

test.skipIf(process.getuid?.() !== 0)(
  "what root writes for somebody stays theirs, though they exchange it for a link while it is made",
  async () => {
    const dir = tempDir();
    const victim = join(dir, "roots");
    writeFileSync(victim, "root's", { mode: 0o600 });
    const file = join(dir, "settings.json");
    writeFileSync(file, "before");
    fs.chownSync(file, 65534, 65534);
    fs.chmodSync(file, 0o644);
    const exchange = () => {
      for (const name of fs.readdirSync(dir)) {
        if (fs.lstatSync(join(dir, name)).uid !== 0 || name === "roots") continue;
        fs.renameSync(join(dir, name), join(dir, `theirs-${name}`));
        fs.symlinkSync("roots", join(dir, name));
      }
    };
    // The moment between a file's being made and its being given away, by whichever call.
    const { chownSync, fchownSync } = fs;
    const calls = [
      spyOn(fs, "chownSync").mockImplementation((...words) => {
        exchange();
        chownSync(...words);
      }),
      spyOn(fs, "fchownSync").mockImplementation((...words) => {
        exchange();
        fchownSync(...words);
      }),
    ];
    await writeWithCopy(file, (text) => `${text} and after`).catch(() => {});
    expect(calls.some(({ mock }) => mock.calls.length > 0)).toBe(true);
    for (const call of calls) call.mockRestore();
    expect(fs.statSync(victim)).toMatchObject({ uid: 0, mode: 0o100600 });
  },
);
