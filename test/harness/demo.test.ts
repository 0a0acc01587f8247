/** The demo: why there may be none. `--keep`: what it prints can be pasted into another terminal, and nothing of it is left afterwards. */

import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { lines, run } from "./binary.ts";
import { writeExecutable } from "./ssh-host.ts";
import { tempDir } from "./temp.ts";

setDefaultTimeout(60_000);

const GREET = `#!/usr/bin/env -S runspec script sh
# /// runspec
# description = "Greet somebody"
# [args]
# who = {position = 1}
# ///
echo "Hello, $RUNSPEC_ARG_WHO!"
`;

const demos: Bun.Subprocess[] = [];
// One whose test has failed would stay.
afterAll(() => {
  for (const demo of demos) demo.kill("SIGINT");
});

/** Starts it with the first lines that it says, to the one on Ctrl-C. */
async function started(options: { detached?: boolean } = {}) {
  const words = [process.execPath, join(import.meta.dir, "demo.ts"), "--keep"];
  // With the umask that many containers have.
  const demo = Bun.spawn(["/bin/sh", "-c", 'umask 0 && exec "$@"', "sh", ...words], {
    ...options,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  demos.push(demo);
  const said: string[] = [];
  for await (const line of lines(demo.stdout)) {
    said.push(line);
    if (line.includes("Ctrl-C")) break;
  }
  return { demo, said, project: said.find((line) => line.startsWith("  cd "))?.slice(5) ?? "" };
}

test("why there can be none is said before anything is made", async () => {
  const dir = tempDir();
  // What ssh says in a container whose user has no name.
  writeExecutable(join(dir, "ssh"), "echo No user exists for uid 12345 >&2; exit 255");
  const env = { PATH: `${dir}:${process.env.PATH}` };
  const ended = await run([join(import.meta.dir, "demo.ts")], { program: process.execPath, env });
  const said = "demo: ssh does not work here: No user exists for uid 12345\n";
  expect([ended.code, ended.out, ended.stderr]).toEqual([1, "", said]);
});

test("nothing is left where its terminal is closed, which ends all of its processes", async () => {
  const { demo, project } = await started({ detached: true });
  process.kill(-demo.pid, "SIGHUP");
  expect([await demo.exited, existsSync(project)]).toEqual([0, false]);
});

test("the host stays until it is interrupted, and takes a tool of one's own", async () => {
  const { demo, said, project } = await started();
  const pasted = said.filter((line) => /^ {2}(?:cd|export) /.test(line)).join("\n");
  const here = (command: string, stdin = "") =>
    run(["-c", `${pasted}\n${command}`], { program: "/bin/sh", stdin });

  const listed = await here("runspec jump demo-host");
  expect([listed.code, listed.stderr]).toEqual([0, ""]);
  expect(listed.out).toStartWith("Tools on demo-host:\n\n  log-summary ");

  const put = "cd .config/runspec/tools && cat > greet && chmod +x greet";
  expect((await here(`ssh demo-host '${put}'`, GREET)).code).toBe(0);
  const greeted = await here("runspec jump demo-host greet -- Ada");
  expect([greeted.code, greeted.out, greeted.stderr]).toEqual([0, "Hello, Ada!\n", ""]);

  demo.kill("SIGINT");
  expect(await demo.exited).toBe(0);
  expect(existsSync(project)).toBe(false);
});
