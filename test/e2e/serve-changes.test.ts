/** A runspec.toml that changes under a server that runs. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { waitUntil } from "../harness/processes.ts";
import { serveClient } from "../harness/serve-client.ts";
import { specDir, tempDir, writeSpec } from "../harness/temp.ts";
import { envelope } from "./mcp-site.ts";

setDefaultTimeout(60_000);

const spec = (name: string) => `[${name}]\ncommand = ["/bin/echo", "${name}"]\n`;

function site() {
  const cwd = specDir(spec("one"));
  const client = serveClient({ cwd, env: { HOME: tempDir(), RUNSPEC_WATCH_MS: "20" } });
  const told = () =>
    client.notifications.filter(({ method }) => method === "notifications/tools/list_changed");
  const until = async (condition: () => boolean) => {
    while (!condition()) await Bun.sleep(5);
  };
  const names = async () => {
    const { result = {} } = await client.request("tools/list");
    return (result.tools as { name: string }[]).map(({ name }) => name);
  };
  return { cwd, client, told, until, names };
}

test("is read again, and its list and its calls are the new ones", async () => {
  const { cwd, client, told, until, names } = site();
  await client.open();
  expect(await names()).toEqual(["one"]);
  writeSpec(cwd, spec("two"));
  await until(() => told().length === 1);
  expect(await names()).toEqual(["two"]);
  const { result } = await client.request("tools/call", { name: "two", arguments: {} });
  expect(result?.content).toEqual([{ type: "text", text: "two\n" }]);
  expect((await client.request("tools/call", { name: "one", arguments: {} })).error?.code).toBe(-32602);
  expect((await client.close()).code).toBe(0);
});

test("that is broken changes nothing but a warning", async () => {
  const { cwd, client, told, until, names } = site();
  await client.open();
  writeSpec(cwd, "[one]\ncommand = 7\n");
  await until(() => client.stderr().includes("the change is not used, and the tools stay as they were"));
  expect(client.stderr()).toContain(join(cwd, "runspec.toml"));
  expect([told().length, await names()]).toEqual([0, ["one"]]);
  writeSpec(cwd, spec("three"));
  await until(() => told().length === 1);
  expect(await names()).toEqual(["three"]);
  await client.close();
});

test("is what the server says of itself: the levels, and that there is a file", async () => {
  const cwd = tempDir();
  await using client = serveClient({ cwd, env: { HOME: tempDir(), RUNSPEC_WATCH_MS: "20" } });
  const instructions = async () => {
    const { result } = await client.request("server/discover", { _meta: envelope() });
    const { experimental } = Object(result?.capabilities);
    const levels = String(result?.instructions).split("\n").slice(1);
    return { levels, looked: Object(experimental)["runspec/no-file"] !== undefined };
  };
  expect(await instructions()).toEqual({ levels: ["- there are none here"], looked: true });
  writeSpec(cwd, `${spec("one")}autonomy = "autonomous"\n`);
  const first = { levels: ["- autonomous (run these unasked): one"], looked: false };
  await waitUntil(async () => Bun.deepEquals(await instructions(), first), 10_000, "the first file");
  writeSpec(cwd, `${spec("one")}autonomy = "manual"\n`);
  const refused = "a call is refused with the command to type";
  const second = { levels: [`- manual (only a person may run these; ${refused}): one`], looked: false };
  await waitUntil(async () => Bun.deepEquals(await instructions(), second), 10_000, "the second file");
});

test("tells a stream of 2026-07-28 that listens", async () => {
  const { cwd, client, told, until } = site();
  const meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  await client.send({
    jsonrpc: "2.0",
    id: "s",
    method: "subscriptions/listen",
    params: { notifications: { toolsListChanged: true }, _meta: meta },
  });
  await until(() => client.notifications.length === 1);
  writeSpec(cwd, spec("two"));
  await until(() => told().length === 1);
  expect(told()[0]?.params).toEqual({ _meta: { "io.modelcontextprotocol/subscriptionId": "s" } });
  await client.close();
});
