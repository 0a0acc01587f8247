import { describe, expect, test } from "bun:test";
import { killCommand, reachesBecome } from "../../src/become/kill.ts";
import { userNameOf } from "../../src/files/accounts.ts";

describe("the command that sends a signal", () => {
  const rows: [Parameters<typeof killCommand>, string[]][] = [
    [
      ["TERM", [11, -12], "/usr/bin/kill"],
      ["/usr/bin/kill", "-TERM", "--", "11", "-12"],
    ],
    [
      ["KILL", [-10], undefined],
      ["sh", "-c", "kill -s KILL -- -10"],
    ],
  ];
  test.each(rows)("%j", (request, command) => {
    expect(killCommand(...request)).toEqual(command);
  });
});

test.skipIf(process.platform === "win32")(
  "root and we ourselves reach the become program, others do not",
  () => {
    expect(
      ["root", userNameOf(process.getuid?.() ?? -1) ?? "", "somebody-else"].map((user) =>
        reachesBecome(user),
      ),
    ).toEqual([true, true, false]);
  },
);
