/** Clients start their servers with a handful of variables, or with none. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { BIN } from "../harness/binary.ts";
import { specDir, tempDir, writeSpec } from "../harness/temp.ts";

setDefaultTimeout(30_000);

const run = (args: string[], cwd: string, ...variables: string[]) => {
  const { stdout, stderr, exitCode } = Bun.spawnSync(["env", "-i", ...variables, BIN, ...args], { cwd });
  return { out: stdout.toString(), err: stderr.toString(), code: exitCode };
};

test.each([
  ["without HOME", []],
  ["with an empty HOME", ["HOME="]],
  ["with a HOME that starts from here", ["HOME=home"]],
])("%s, the home is that of the user database", (_what, variables) => {
  const { out } = run(["local"], tempDir(), ...variables);
  // HOME of whoever runs the tests may be another.
  const home = Bun.spawnSync(["sh", "-c", 'eval "echo ~$(id -un)"']).stdout.toString().trim();
  expect(out).toContain(`  ${home}/.config/runspec/runspec.toml\n`);
});

test("without PATH, that is said of a program that is not found", () => {
  const cwd = specDir('[here]\ncommand = "df"\n');
  const why = 'no executable "df"; PATH names no directory';
  expect(run(["run", "here"], cwd)).toEqual({
    out: "",
    err: `runspec: here: ${why}; give its path as command in [here]\n`,
    code: 127,
  });
  expect(run(["local"], cwd).out).toContain(why);
});

test.skipIf(process.platform !== "linux")(
  "in a directory whose name is not UTF-8, the file above is not taken for its own",
  () => {
    const cwd = tempDir();
    const file = writeSpec(cwd, '[here]\ncommand = "/bin/echo"\n');
    // What a program is told of its name is another directory, which is there, too.
    const there = 'mkdir -p "a\ufffdb" "$(printf "a\\377b")" && cd "$(printf "a\\377b")" && exec "$@"';
    const inThere = (...words: string[]) => {
      const { stdout, stderr, exitCode } = Bun.spawnSync(["sh", "-c", there, "sh", BIN, ...words], { cwd });
      return [exitCode, stdout.toString(), stderr.toString().split("\n")[0]];
    };
    const refused =
      "runspec: the name of the working directory is not UTF-8, so no file can be looked for here";
    for (const words of [
      ["run", "here"],
      ["serve"],
      ["local"],
      ["jump", "-l"],
      ["init"],
      ["run", "--config", "x"],
    ])
      expect([words, ...inThere(...words)]).toEqual([words, 125, "", refused]);
    expect(inThere("run", "here", "--config", file)).toEqual([0, "\n", ""]);
  },
);
