/** Versions: which a runspec says that it is, and which of two is the older. */

import { expect, test } from "bun:test";
import { compareVersions, versionIn } from "../../src/doctor/remote-program.ts";

test.each([
  ["0.1.0", "0.1.0", 0],
  ["0.9", "0.10.0", -1],
  ["2", "0.10.0", 1],
  ["0.9.0.dev1", "0.1.0", undefined],
  ["0.9.0", "0.10.0", -1],
  ["1.0.0", "0.10.9", 1],
  ["0.1.0-rc.1", "0.1.0", -1],
  ["0.1.0", "0.1.0-rc.1", 1],
  ["0.1.0+build.7", "0.1.0", 0],
  ["0.1.0+1a582a578b76-dirty", "0.1.0", 0],
  ["0.1.0-rc.1+1a-dirty", "0.1.0+1a", -1],
])("version %s beside %s: %p", (a, b, sign) => {
  expect(compareVersions(a, b)).toBe(sign);
});

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
