/** Which version a runspec says that it is. */

import { expect, test } from "bun:test";
import { versionIn } from "../../src/doctor/remote-program.ts";

test.each([
  ["runspec 0.2.0\n", "0.2.0"],
  ["Welcome!\r\n  runspec, version v1.2.3-rc.1+abc \r\n", "1.2.3-rc.1+abc"],
  ["runspec version 2", "2"],
  ["runspec 1.2 beta\n", undefined],
  ["my runspec 1.2\n", undefined],
  // It stands in a remedy, and blanks that are none to a pattern would make it a line of its own.
  ["runspec 9\u2800\u2800web-2\u2800ok\n", undefined],
  ["\n".repeat(1_000_000), undefined],
  [`runspec ${"1".repeat(1_000_000)} x`, undefined],
])("what %.50j says of its version", (said, version) => expect(versionIn(said)).toBe(version));
