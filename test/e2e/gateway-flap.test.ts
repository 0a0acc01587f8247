/** A gateway over hosts whose connections break all the time: every call is answered, none is run twice, and nothing is left behind. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { serveClient } from "../harness/serve-client.ts";
import { alike, available, fleet } from "./fleet-site.ts";

setDefaultTimeout(120_000);

const TOOLS = `
[mark]
autonomy = "autonomous"
command = ["/bin/sh", "-c", "echo $RUNSPEC_ARG_ID >>ran; echo did $RUNSPEC_ARG_ID", "sh"]
args.id = {}
`;
const NAMES = ["steady", "flapping"];
const CALLS = 30;

interface Answered {
  id: string;
  host: string;
  exit_code: number;
  stdout: string;
  error: string | null;
}

test.skipIf(!available())("no call is lost or run twice, and no descriptor is kept", async () => {
  const site = fleet({
    hosts: alike(NAMES, TOOLS),
    // A host whose door is closed takes no login; each login tells who serves it.
    login: "echo $PPID >>logins; test -e closed && exit 255",
  });
  const client = serveClient({
    args: ["jump", NAMES.join(), "--mcp"],
    cwd: site.cwd,
    env: { ...site.env, RUNSPEC_GATEWAY_RETRY_MS: "20" },
    timeoutMs: 60_000,
  });
  await client.open();
  await client.request("tools/list");
  const open = () => readdirSync(`/proc/${client.pid}/fd`).length;
  const before = open();

  let done = false;
  const closed = join(site.home("flapping"), "closed");
  async function flap(): Promise<void> {
    for (let turn = 0; !done; turn++) {
      const pid = Number(site.lines("flapping", "logins").at(-1));
      if (turn % 2 === 0) writeFileSync(closed, "");
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
      await Bun.sleep(150);
      rmSync(closed, { force: true });
      await Bun.sleep(150);
    }
  }

  const answered: Answered[] = [];
  let next = 0;
  async function work(): Promise<void> {
    while (next < CALLS) {
      const id = `c${next++}`;
      const { result = {} } = await client.request("tools/call", {
        name: "mark",
        arguments: { hosts: NAMES, id },
      });
      const { hosts } = result.structuredContent as { hosts: Omit<Answered, "id">[] };
      answered.push(...hosts.map((row) => ({ id, ...row })));
    }
  }
  const flapping = flap();
  await Promise.all([work(), work(), work(), work()]);
  done = true;
  await flapping;

  expect(answered.length).toBe(CALLS * NAMES.length);
  for (const host of NAMES) {
    const counts = Map.groupBy(site.lines(host, "ran"), (id) => id);
    for (const { id, exit_code, stdout, error } of answered.filter((one) => one.host === host)) {
      const runs = counts.get(id)?.length ?? 0;
      const unknown = error?.includes("whether the tool has ended there is not known") === true;
      expect([id, exit_code === 0 ? stdout : "", runs]).toEqual([
        id,
        exit_code === 0 ? `did ${id}\n` : "",
        exit_code === 0 ? 1 : unknown ? expect.any(Number) : 0,
      ]);
      expect(runs).toBeLessThan(2);
    }
  }
  // The one that nothing happens to is held up by nothing.
  expect(answered.filter(({ host, exit_code }) => host === "steady" && exit_code !== 0)).toEqual([]);
  expect(answered.some(({ host, exit_code }) => host === "flapping" && exit_code === 0)).toBe(true);

  // Where there is no connection, no call is sent, and that is what is said.
  writeFileSync(closed, "");
  const ask = async (name: string, given: object) => {
    const { result = {} } = await client.request("tools/call", { name, arguments: given });
    return (result.structuredContent as { hosts: { reachable: boolean; hint?: string }[] }).hosts;
  };
  try {
    process.kill(Number(site.lines("flapping", "logins").at(-1)), "SIGKILL");
  } catch {
    // It has ended by itself.
  }
  while ((await ask("list_hosts", {}))[1]?.reachable) await Bun.sleep(20);
  const [shut] = await ask("mark", { hosts: ["flapping"], id: "shut" });
  expect(shut?.hint).toStartWith("nothing was run\n");
  expect(site.lines("flapping", "ran")).not.toContain("shut");
  rmSync(closed);
  await ask("mark", { hosts: NAMES, id: "open" });
  while (open() > before) await Bun.sleep(20);
  expect((await client.close()).code).toBe(0);
});
