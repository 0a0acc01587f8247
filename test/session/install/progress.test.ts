import { expect, test } from "bun:test";
import { openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createFdWriter } from "../../../src/process/fd-writer.ts";
import { showProgress } from "../../../src/session/install/progress.ts";
import { tempDir } from "../../harness/temp.ts";

const ERASE = "\r\x1b[K";

/** What is written to a terminal while so many bytes of `total` have been sent, one after the other, and when that is over. */
async function shown(
  bytes: number[],
  { columns = 80, isTerminal = true, TERM = "xterm", total = 80e6 } = {},
) {
  const file = join(tempDir(), "stderr");
  const writer = createFdWriter(openSync(file, "w"));
  const stderr = { ...writer, isTerminal: () => isTerminal, columns: () => columns };
  const progress = showProgress("copying to box", total, { stderr, env: { TERM } });
  for (const sent of bytes) progress.sent(sent);
  await progress.clear();
  await stderr.flush();
  return readFileSync(file, "utf8");
}

test.each([
  [80, "copying to box  ████████████████████████  100 %  80.0 of 80.0 MB"],
  // No bar that the rate, after a second, would take the place of.
  [70, "copying to box  100 %  80.0 of 80.0 MB"],
  [60, "copying to box  100 %  80.0 of 80.0 MB"],
  [20, "copying to box  100"],
])("in %d columns", async (columns, line) => {
  expect(await shown([80e6], { columns })).toBe(`${ERASE}${line}${ERASE}`);
});

test.each([{ isTerminal: false }, { TERM: "dumb" }, { total: 0 }])("nothing with %j", async (site) => {
  expect(await shown([80e6], site)).toBe("");
});

test("nothing is erased where nothing was shown", async () => expect(await shown([])).toBe(""));
