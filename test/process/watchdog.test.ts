import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitUntil } from "../harness/processes.ts";
import { tempDir } from "../harness/temp.ts";

/** What the program of a watchdog is started with when whoever had it has been killed; `limit` precedes it in a shell. */
async function toldAfterKill(steps: readonly string[], limit = ""): Promise<string[]> {
  const directory = tempDir();
  const told = join(directory, "told");
  const program = join(directory, "program");
  writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$@" >'${told}.part'; mv '${told}.part' '${told}'\n`);
  chmodSync(program, 0o755);
  const script = join(import.meta.dir, "watched.ts");
  const argv = ["sh", "-c", `${limit} exec "$@"`, "sh", process.execPath, script, program, ...steps];
  await Bun.spawn(argv, { stdio: ["ignore", "inherit", "inherit"] }).exited;
  await waitUntil(() => existsSync(told), 10_000, "the watchdog");
  return readFileSync(told, "utf8").trimEnd().split("\n");
}

describe.skipIf(process.platform === "win32")("a watchdog", () => {
  const rows: [string, string[], string[]][] = [
    [
      "tells what stands",
      ["a=12 7 5000", "b=13 7 1 sudo a bare \"-p 'x y'\""],
      ["12 7 5000", "13 7 1 sudo a bare \"-p 'x y'\""],
    ],
    ["not what was taken back", ["a=first", "b=second", "c=third", "b="], ["first", "third"]],
    ["the shorter list whole, and nothing of the longer one", ["a=a long line", "b=b", "a="], ["b"]],
    ["what is watched again", ["a=1", "a=", "a=1", "b=2"], ["1", "2"]],
    ["the last that was said of each", ["a=before the start", "b=2", "a=started"], ["started", "2"]],
    ["nothing of an entry that was never said", ["a=", "b=2"], ["2"]],
  ];
  test.concurrent.each(rows)("%s", async (_, steps, told) => {
    expect(await toldAfterKill(steps)).toEqual(["--end-targets", ...told]);
  });

  test.skipIf(process.platform !== "linux").concurrent.each([[["-", "a=1"]], [["a=1", "-"]]])(
    "is the program that it was when that has been replaced since: %j",
    async (steps) => {
      expect(await toldAfterKill(steps)).toEqual(["--end-targets", "1"]);
    },
  );

  test.concurrent("keeps the lines that it has where there is no room for another", async () => {
    const long = "x".repeat(300);
    // 512 or 1024 bytes, as the shell counts.
    const told = await toldAfterKill(
      ["0=a", ...[1, 2, 3, 4].map((last) => `${last}=${long}${last}`)],
      "trap '' XFSZ; ulimit -f 1;",
    );
    expect(told.slice(0, 3)).toEqual(["--end-targets", "a", `${long}1`]);
    expect(told).not.toContain(`${long}4`);
  });
});
