/** A host that stops answering in the middle of a call holds up nobody else, and is there again for the next call. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { waitUntil } from "../harness/processes.ts";
import { serveClient } from "../harness/serve-client.ts";
import { alike, available, fleet } from "./fleet-site.ts";

setDefaultTimeout(90_000);

const TOOLS = `
[where]
autonomy = "autonomous"
command = ["/bin/sh", "-c", "echo $NAME", "sh"]
[stall]
autonomy = "autonomous"
command = ["/bin/sh", "-c", "test $NAME = web-01 || { echo $PPID >>server; kill -STOP $PPID; sleep 30; }; echo $NAME; echo $PPID >>stalled", "sh"]
`;

test.concurrent.skipIf(!available())("a host that stalls", async () => {
  const names = ["web-01", "web-02"];
  const site = fleet({ hosts: alike(names, TOOLS) });
  const client = serveClient({
    args: ["jump", names.join(), "--mcp"],
    cwd: site.cwd,
    env: { ...site.env, RUNSPEC_SILENCE_MS: "1500" },
    timeoutMs: 60_000,
  });
  await client.open();
  const call = async (name: string, hosts: string[]) => {
    const { result = {} } = await client.request("tools/call", { name, arguments: { hosts } });
    return (result.content as { text: string }[]).map(({ text }) => text).join();
  };
  expect(await call("where", names)).toStartWith("where succeeded on all 2 hosts");
  let over = false;
  const stalled = call("stall", names).finally(() => {
    over = true;
  });
  while (site.lines("web-01", "stalled").length === 0) await Bun.sleep(20);
  expect(await call("where", ["web-01"])).toBe("web-01\n");
  expect(over).toBe(false);
  const said = await stalled;
  expect(said).toStartWith("stall succeeded on 1 of 2 hosts\n  connection lost (255): web-02 (1 host)\n");
  expect(said).toContain("whether the tool has ended there is not known");
  expect(await call("where", ["web-02"])).toBe("web-02\n");
  expect((await client.close()).code).toBe(0);
  // The server that was stopped, for it to see that it has been left.
  for (const pid of site.lines("web-02", "server")) {
    try {
      process.kill(Number(pid), "SIGCONT");
    } catch {
      // It has ended.
    }
  }
});

test.concurrent("a first call does not wait for a host that does not answer", async () => {
  const names = ["mute", "here"];
  const site = fleet({
    hosts: alike(names, TOOLS),
    withoutSsh: true,
    login: "test $NAME = here || exec sleep 3714",
  });
  const args = ["jump", names.join(), "--mcp", "--parallel", "1"];
  // Patience with a silent host is 30 seconds.
  await using client = serveClient({ args, cwd: site.cwd, env: site.env, timeoutMs: 20_000 });
  await client.open();
  const params = { name: "where", arguments: { hosts: ["here"] } };
  const { result } = await client.request("tools/call", params);
  expect(result?.content).toEqual([{ type: "text", text: "here\n" }]);
});

test.concurrent.each(["SIGTERM", "SIGINT", "close"] as const)(
  "one that is being waited for holds up no end: %s",
  async (end) => {
    const site = fleet({
      hosts: alike(["here", "mute"], TOOLS),
      withoutSsh: true,
      login: "test $NAME = here || { echo x >asked; exec sleep 3713; }",
    });
    await using client = serveClient({ args: ["jump", "here,mute", "--mcp"], cwd: site.cwd, env: site.env });
    await client.open();
    const params = { name: "list_hosts", arguments: {} };
    await client.send({ jsonrpc: "2.0", id: 1, method: "tools/call", params });
    await client.send({ jsonrpc: "2.0", id: 2, method: "tools/call", params: { ...params, name: "nope" } });
    await waitUntil(() => site.lines("mute", "asked").length > 0, 20_000, "the mute host to be asked");
    if (end !== "close") client.kill(end);
    // Patience with a silent host is 30 seconds; the client has 10.
  },
);
