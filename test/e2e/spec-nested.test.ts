/** A tool that runs runspec again: what the outer call was given is not the inner one's input; what the user has set is. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { BIN, run } from "../harness/binary.ts";
import { quote, writeExecutable } from "../harness/ssh-host.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";

setDefaultTimeout(60_000);

test("a tool that starts itself and others", async () => {
  const cwd = tempDir();
  writeSpec(
    cwd,
    [
      "[outer.args]",
      'depth = { type = "str", default = "none" }',
      'place = { type = "str", default = "nowhere" }',
      "loud = true",
      "[other.args]",
      'place = { type = "str", default = "nowhere" }',
      "[pair.commands.one]",
      'args.place = { type = "str", default = "nowhere" }',
    ].join("\n"),
  );
  const tell = (name: string) => `echo "${name} $RUNSPEC_ARG_DEPTH $RUNSPEC_ARG_PLACE $RUNSPEC_ARG_LOUD"`;
  const again = (words: string) => `${quote(BIN)} run ${words}`;
  writeExecutable(
    join(cwd, "outer"),
    [
      tell("outer"),
      `[ "$RUNSPEC_ARG_DEPTH" = one ] || exit 0`,
      again("outer"),
      again("other"),
      `RUNSPEC_OTHER_ARG_PLACE=here ${again("other")}`,
      again("pair_one -- --place given"),
    ].join("\n"),
  );
  writeExecutable(join(cwd, "other"), tell("other"));
  writeExecutable(join(cwd, "pair"), `echo "pair $RUNSPEC_PAIR_ARG_PLACE $RUNSPEC_PAIR_ONE_ARG_PLACE"`);
  const env = { RUNSPEC_OUTER_ARG_PLACE: "set", RUNSPEC_OTHER_ARG_PLACE: "one" };
  const { code, out } = await run(["run", "outer", "--", "--depth", "one", "--no-loud"], { cwd, env });
  expect([code, out.split("\n")]).toEqual([
    0,
    ["outer one set 0", "outer none set 1", "other  one ", "other  here ", "pair given given", ""],
  ]);
});
