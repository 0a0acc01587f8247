import { expect, test } from "bun:test";
import { failure } from "../../../src/session/install/failures.ts";
import { SCRIPT_EXIT } from "../../../src/session/install/scripts.ts";
import { plainHost } from "../../../src/spec/config.ts";

const BOX = plainHost("box");

test.each([
  ["/home/me/.local/bin/runspec", "~/bin/runspec"],
  ["/opt/bin/runspec", "~/.local/bin/runspec"],
])("where %s cannot be written, another path is named", (target, path) => {
  const destination = { ...BOX, bin: { path: "runspec", source: "path" as const } };
  const attempt = { destination, outcome: "nothing was installed" };
  expect(failure(attempt, SCRIPT_EXIT.NOT_WRITABLE, target).hint).toBe(
    `name a place of your own, as --bin '${path}', or use a user who may write there`,
  );
  expect(failure({ ...attempt, outcome: "nothing was removed" }, SCRIPT_EXIT.NOT_WRITABLE, target).hint).toBe(
    "use a user who may write there",
  );
});

test.each([
  [SCRIPT_EXIT.DIRECTORY, "mv ~/.local/bin/runspec ~/.local/bin/runspec.old"],
  [SCRIPT_EXIT.NOT_RUNSPEC, "rm ~/.local/bin/runspec"],
  [SCRIPT_EXIT.NOT_UNPACKED, "df -h ~/.local/bin/"],
])(
  "after %d no path that the host says is in what is to be pasted, which is not broken at a terminal",
  (code, words) => {
    const destination = { ...BOX, bin: { path: "runspec", source: "path" as const } };
    const said = "/x  web-2: installed /usr/bin/runspec";
    const { hint = "" } = failure({ destination, outcome: "nothing was installed" }, code, said);
    expect([hint, hint.includes("web-2")]).toEqual([expect.stringContaining(words), false]);
  },
);
