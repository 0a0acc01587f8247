import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { alive, waitUntil } from "../harness/processes.ts";
import { tempDir } from "../harness/temp.ts";
import { BOTH_KINDS, connect, type McpClient, type RevisionName, STATELESS, texts } from "./mcp-site.ts";
import { fixture, script, tool } from "./site.ts";

setDefaultTimeout(60_000);

/** TERM, 1 s, KILL, and time for the rest. */
const GONE_WITHIN_MS = 6500;

const TOOLS = [
  tool("greet", ["echo", "hello"]),
  ...["die", "ignore", "handle"].map((how) =>
    tool(how, [fixture("sleeper"), "pids", how], 'stop-timeout = "1s"'),
  ),
  tool(
    "chatter",
    script("echo $$ >pids.new; mv pids.new pids; while :; do echo on; echo and on >&2; sleep 0.05; done"),
  ),
].join("\n");

/** Starts `name` under the id "c" and gives its processes. */
async function begin(
  revision: RevisionName,
  name: string,
  meta = {},
): Promise<{ client: McpClient; pids: number[] }> {
  const cwd = tempDir();
  const client = await connect(TOOLS, revision, { cwd });
  await client.send(client.draft("c", "tools/call", { name }, meta));
  const file = join(cwd, "pids");
  await waitUntil(() => Bun.file(file).exists(), 20_000, file);
  return { client, pids: readFileSync(file, "utf8").trim().split(" ").map(Number) };
}

const cancel = (client: McpClient, requestId: unknown = "c") =>
  client.notify("notifications/cancelled", { requestId, reason: "enough" });

describe.each(["die", "ignore", "handle"])("a cancelled tool that would %s on TERM", (name) => {
  test.concurrent.each(BOTH_KINDS)(
    "%s: its processes go, no answer comes, the server goes on",
    async (revision) => {
      const { client, pids } = await begin(revision, name);
      await cancel(client);
      await waitUntil(() => !pids.some(alive), GONE_WITHIN_MS, `the end of ${pids}`);
      expect(texts(await client.call("greet"))).toEqual(["hello\n"]);
      await Bun.sleep(200);
      await client.send(client.draft("end", "tools/list"));
      expect((await client.next()).id).toBe("end");
      expect(await client.close()).toEqual({ code: 0, signal: null });
    },
  );
});

describe("messages for a cancelled call", () => {
  const LOUD = { progressToken: "p", "runspec/stream": true };

  test.concurrent(`${STATELESS}: not one comes after the cancellation has been read`, async () => {
    const { client, pids } = await begin(STATELESS, "chatter", LOUD);
    await waitUntil(() => client.notifications.length > 10, 20_000, "output");
    await cancel(client);
    // Answers come in order, so whatever was sent before the cancellation is here when this one is.
    await client.call("greet");
    const before = client.notifications.length;
    await waitUntil(() => !pids.some(alive), GONE_WITHIN_MS, `the end of ${pids}`);
    await client.call("greet");
    expect(client.notifications.slice(before)).toEqual([]);
    expect((await client.close()).code).toBe(0);
  });

  test.concurrent.each(["2024-11-05", "2025-11-25"] as const)(
    "%s: the output goes on to its end, so that one sees the tool clean up",
    async (revision) => {
      const { client, pids } = await begin(revision, "handle", { "runspec/stream": true });
      const said = () => client.notifications.map(({ params }) => params?.data).join("");
      // Its pids are there before it says anything.
      await waitUntil(() => said() === "ready\n", 20_000, "the tool's first word");
      await cancel(client);
      await waitUntil(() => !pids.some(alive), GONE_WITHIN_MS, `the end of ${pids}`);
      await waitUntil(() => said().length >= "ready\ncleaned up\n".length, 20_000, "the tool's last words");
      expect(said()).toBe("ready\ncleaned up\n");
      expect((await client.close()).code).toBe(0);
    },
  );

  test.concurrent("progress ends with the cancellation", async () => {
    const { client } = await begin("2025-11-25", "chatter", { progressToken: 1 });
    await waitUntil(() => client.notifications.length > 0, 20_000, "progress");
    await cancel(client);
    await client.ask("ping");
    const before = client.notifications.length;
    await Bun.sleep(1000);
    expect(client.notifications.slice(before)).toEqual([]);
    await client.close();
  });
});

describe("a cancellation that makes no sense is ignored", () => {
  test.concurrent("of nobody's id, of a wrong type, without one, or without params", async () => {
    const { client, pids } = await begin("2025-11-25", "die");
    for (const params of [{ requestId: "nobody" }, { requestId: { c: 1 } }, {}, undefined]) {
      await client.notify("notifications/cancelled", params);
      await client.ask("ping");
    }
    await Bun.sleep(300);
    expect(pids.every(alive)).toBe(true);
    expect((await client.close()).code).toBe(0);
  });

  test.concurrent("of a call that has been answered", async () => {
    await using client = await connect(TOOLS);
    await client.send(client.draft("c", "tools/call", { name: "greet" }));
    await client.next();
    await cancel(client);
    expect(texts(await client.call("greet"))).toEqual(["hello\n"]);
  });
});

test.concurrent("the vanished client: a server that gets TERM ends its tools and exits", async () => {
  const { client, pids } = await begin("2025-11-25", "die");
  client.kill("SIGTERM");
  expect(await client.close()).toEqual({ code: 0, signal: null });
  expect(pids.filter(alive)).toEqual([]);
});

test.concurrent("a client that gives up on closing (end of stdin, TERM, KILL) leaves no tool behind, however deaf it is", async () => {
  const { client, pids } = await begin("2025-11-25", "ignore");
  const closing = client.close();
  await Bun.sleep(300);
  client.kill("SIGTERM");
  await Bun.sleep(300);
  client.kill("SIGKILL");
  expect(await closing).toEqual({ code: null, signal: "SIGKILL" });
  await waitUntil(() => !pids.some(alive), 8000, `the end of ${pids}`);
});
