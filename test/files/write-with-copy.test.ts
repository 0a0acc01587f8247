import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
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
