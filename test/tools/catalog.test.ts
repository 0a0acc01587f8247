/** What a tool is on this host, for this user. */

import { expect, test } from "bun:test";
import { parseScript } from "../../src/spec/script.ts";
import { createCatalog } from "../../src/tools/catalog.ts";
import { toolOf } from "../spec/declared.ts";

test.each([
  ["a fixed user's is started by its own path, which a rule of sudo can name", "oracle", ["/s/deploy"], true],
  ["that of a variable's user by its interpreter", "$WHO", ["sh", "/s/deploy"], undefined],
])("a script with a first line: %s", (_what, user, command, rereadsArgv) => {
  const text = `#!/usr/bin/env -S runspec script sh\n# /// runspec\n# run_as = "${user}"\n# ///\n`;
  const { runnables } = parseScript(text, "/s/deploy");
  const here = { hostname: () => "here", env: { WHO: "oracle" }, cwd: "/", uid: 12345, found: [] };
  const [tool] = createCatalog(runnables, here).tools;
  expect<unknown>([tool?.becomes, tool?.command, tool?.rereadsArgv]).toEqual([
    "oracle",
    command,
    rereadsArgv,
  ]);
});

test.each([
  ["", false, undefined],
  ["-n", false, "root"],
  // Else it would start itself again and again.
  ["-n", true, undefined],
])(
  "by root, a tool of root's with become_flags %j, a script that was started by itself: %j",
  (flags, isScript, becomes) => {
    const tool = toolOf(`run_as = "root"\nbecome_flags = "${flags}"`);
    const here = { hostname: () => "here", env: {}, cwd: "/", uid: 0, found: [], isScript };
    expect(createCatalog([tool], here).tools[0]?.becomes).toBe(becomes);
  },
);
