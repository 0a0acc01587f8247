/** Clients start their servers with a handful of variables, or with none. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { homedir } from "node:os";
import { BIN } from "../harness/binary.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";

setDefaultTimeout(30_000);

const run = (args: string[], cwd: string) => {
  const { stdout, stderr, exitCode } = Bun.spawnSync(["env", "-i", BIN, ...args], { cwd });
  return { out: stdout.toString(), err: stderr.toString(), code: exitCode };
};

test("without HOME, the home is that of the user database", () => {
  const { out } = run(["local"], tempDir());
  expect(out).toContain(
    `  ${Bun.spawnSync(["sh", "-c", "cd ~; pwd"]).stdout.toString().trim() || homedir()}/.config/runspec/runspec.toml\n`,
  );
});

test("without PATH, that is said of a program that is not found", () => {
  const cwd = tempDir();
  writeSpec(cwd, '[here]\ncommand = "df"\n');
  const why = 'no executable "df"; PATH is empty';
  expect(run(["run", "here"], cwd)).toEqual({
    out: "",
    err: `runspec: here: ${why}; give its path as command in [here]\n`,
    code: 127,
  });
  expect(run(["local"], cwd).out).toContain(why);
});
