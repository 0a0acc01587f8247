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
