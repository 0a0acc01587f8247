/**
 * What every MCP client must be able to do with `runspec jump LIST --mcp`: eight hosts, two of them dead, one with another schema. Runs
 * like checks.mjs, where LIST names the hosts.
 */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { check, until } from "./checks.mjs";

export const LIST = process.env.LIST;
/** What stands behind the binary. */
export const WORDS = LIST === undefined ? ["serve"] : ["jump", LIST, "--mcp"];
const DEAD = ["dead-1", "dead-2"];
const ALL = ["web-1", "web-2", "web-3", "web-4", "web-5", "old", ...DEAD];

/**
 * `adapter.list` gives names and input schemas, `adapter.call` the text of an answer; `options.signal` cancels it where the client can.
 * `structured` gives the rows, and `progress` what was told, where a client shows them.
 */
export async function runGatewayChecks(adapter) {
  await check("connect", () => adapter.connect());
  await check("list", async () => {
    const tools = await adapter.list();
    const names = tools.map(({ name }) => name.replaceAll("_", "-"));
    assert.deepEqual(names, ["where", "fail", "env", "mixed", "wait", "list-hosts"]);
    const { properties } = tools[0].inputSchema;
    assert.deepEqual(properties.hosts.items.enum, ALL);
  });
  await check("call one", async () =>
    assert.equal(await adapter.call("where", { hosts: ["web-1"] }), "web-1\n"),
  );
  await check("call four, one of them dead", async () => {
    const text = await adapter.call("where", { hosts: ["web-1", "web-2", "old", "dead-1"] });
    assert.match(text, /^where succeeded on 3 of 4 hosts\n {2}out of reach \(255\): dead-1 \(1 host\)\n/);
    assert.match(text, /\nold \(1 host\)\n {2}old\n/);
  });
  await check("a failing one", async () =>
    assert.match(
      await adapter.call("fail", { hosts: ["web-3"] }),
      /^exit_code: 3\nstdout:\nout\nstderr:\noh/,
    ),
  );
  await check("what one host takes and another refuses", async () => {
    const text = await adapter.call("env", { hosts: ["web-1", "old"], env: "lab" });
    assert.match(text, /^env succeeded on 1 of 2 hosts\n {2}refused \(125\): web-1 \(1 host\)\n/);
    assert.match(text, /\nold \(1 host\)\n {2}lab\n/);
  });
  await check("an argument of two types", async () => {
    assert.equal(await adapter.call("mixed", { hosts: ["web-1"], count: 3 }), "3\n");
    assert.equal(await adapter.call("mixed", { hosts: ["old"], count: "many" }), "many\n");
  });
  await check("the hosts", async () =>
    assert.match(
      await adapter.call("list_hosts", {}),
      /^web-1: reachable since .*\n(.*\n)*dead-2: out of reach since /,
    ),
  );
  if (adapter.rows !== undefined)
    await check("a row for each host", async () => {
      const rows = await adapter.rows("where", { hosts: ["web-1", "dead-1"] });
      assert.deepEqual(
        rows.map(({ host, exit_code, stdout }) => [host, exit_code, stdout]),
        [
          ["web-1", 0, "web-1\n"],
          ["dead-1", 255, ""],
        ],
      );
    });
  await check("cancel", async () => {
    const controller = new AbortController();
    const told = [];
    const hosts = ["web-4", "web-5"];
    const cancelled = adapter.call(
      "wait",
      { hosts },
      { signal: controller.signal, onprogress: (one) => told.push(one) },
    );
    cancelled.catch(() => {});
    const file = (host, name) => process.env.HOMES.replaceAll("HOST", host) + name;
    await until(() => hosts.every((host) => existsSync(file(host, "begun"))), "the tools' start");
    if (adapter.tellsProgress) {
      await until(() => told.length > 0, "progress");
      assert.match(told[0].message, /^0 of 2 done, running on web-\{4\.\.5\}/);
    }
    controller.abort();
    await cancelled.catch(() => {});
    if (adapter.cancelsByClosing) await adapter.close();
    await until(() => hosts.every((host) => existsSync(file(host, "stopped"))), "the tools' end", 12_000);
  });
  await check("close", () => adapter.close());
}
