import { expect, test } from "bun:test";
import { sudoersFile } from "../../src/tools/sudoers-file.ts";

const site = (invoker: string) => sudoersFile([], { invoker, isRoot: true, hostname: "box" });

test("no comment ends with a backslash, which would make the next line a part of it", () => {
  expect(site("ann\\\nbob\\")).toStartWith("# What ann\n# bob\\ needs on box ");
});
