/** serve gets KILL from the tool's very start, before it can know the tool's pid: nothing of the tool is left. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { killProgram } from "../../src/become/kill.ts";
import { alive, waitUntil } from "../harness/processes.ts";
import { type ServeClient, serveClient } from "../harness/serve-client.ts";
import { writeExecutable } from "../harness/ssh-host.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";
import { becomeSite } from "./become-site.ts";
import { canMakeUsers, users } from "./users.ts";

setDefaultTimeout(60_000);

const { invoker, target } = users;
/** More often than not it would be lost, so a few times are enough. */
const TIMES = 5;

/** Calls `die`, whose start is the end of serve, and waits for that of the process whose pid is then in `file`. */
async function outlived(client: ServeClient, file: string): Promise<void> {
  const params = { name: "die", arguments: {} };
  await client.send({ jsonrpc: "2.0", id: 1, method: "tools/call", params });
  const { signal } = await client.close();
  expect(signal).toBe("SIGKILL");
  const pid = Number(readFileSync(file, "utf8"));
  expect(pid).toBeGreaterThan(1);
  await waitUntil(() => !alive(pid), 20_000, `the end of ${pid}`);
}

// The shell becomes another program, which nothing of its command line tells.
test("a tool of the same user is ended", async () => {
  const cwd = tempDir();
  const file = join(cwd, "pid");
  writeExecutable(join(cwd, "die"), `echo $$ >${file}; kill -9 $PPID; exec sleep 600`);
  writeSpec(cwd, `[die]\nautonomy = "autonomous"\ncommand = "${cwd}/die"\nstop-timeout = "100ms"\n`);
  for (let time = 0; time < TIMES; time++) {
    const client = serveClient({ cwd });
    await client.open();
    await outlived(client, file);
  }
});

// It cannot look into what sudo has open.
describe.skipIf(!canMakeUsers)("a tool of another user is ended", () => {
  const site = becomeSite((script, dir) => {
    const waits = script("waits", "sleep 600");
    // Turns into the real one, which then is as if serve had started it.
    script(
      "sudo",
      `case "$*" in *waits) echo $$ >${dir}/${invoker}/pid; kill -9 $PPID ;; esac\nexec bash -c 'exec -a sudo /usr/bin/sudo "$@"' sudo "$@"`,
    );
    return `[die]\nautonomy = "autonomous"\ncommand = "${waits}"\nrun_as = "${target}"\nstop-timeout = "100ms"\n`;
  });

  const rules = [`${invoker} ALL=(${target}) NOPASSWD: ${site.dir}/waits, ${killProgram()}`];
  const killed = async () => outlived(await site.serve(invoker), join(site.dir, invoker, "pid"));

  test("by sudo, from a user without rights", async () => {
    Bun.spawnSync(["chown", invoker, join(site.dir, invoker)]);
    users.allow(...rules);
    for (let time = 0; time < TIMES; time++) await killed();
  });

  test("which sudo starts seconds later, as behind a slow directory service", async () => {
    Bun.spawnSync(["chown", invoker, join(site.dir, invoker)]);
    const started = join(site.dir, invoker, "started");
    const slow = site.script("slow", `[ -e ${started} ] || { echo >${started}; sleep 3; }`);
    users.allow(`Defaults:${invoker} pam_service=${users.pamService(slow)}`, ...rules);
    await killed();
  });
});
