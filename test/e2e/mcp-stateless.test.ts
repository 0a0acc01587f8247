import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { run } from "../harness/binary.ts";
import { specDir } from "../harness/temp.ts";
import { assertOfficial, assertShape, officialSchema } from "./mcp-schemas.ts";
import { connect, envelope, HANDSHAKES, opening, REVISIONS, STATELESS, serve, texts } from "./mcp-site.ts";
import { tool } from "./site.ts";

setDefaultTimeout(60_000);

const TOOLS = tool("greet", ["echo", "hello"]);

const SUPPORTED = [...REVISIONS].reverse();

describe("the stateless revision", () => {
  test("server/discover says which revisions there are, and initialize may follow in the same process", async () => {
    const client = serve(TOOLS);
    const { result } = await client.request("server/discover", { _meta: envelope() });
    expect(result).toEqual({
      resultType: "complete",
      supportedVersions: SUPPORTED,
      capabilities: expect.objectContaining({ tools: { listChanged: true } }),
      ttlMs: expect.any(Number),
      cacheScope: "private",
      instructions: expect.stringContaining("These tools run on the host"),
      _meta: {
        "io.modelcontextprotocol/serverInfo": {
          name: "runspec",
          title: expect.any(String),
          version: expect.any(String),
        },
      },
    });
    const opened = await client.request("initialize", opening("2025-06-18"));
    expect(opened.result?.protocolVersion).toBe("2025-06-18");
    expect((await client.request("tools/list")).result).not.toHaveProperty("resultType");
    expect((await client.request("tools/list", { _meta: envelope() })).result?.resultType).toBe("complete");
    expect((await client.close()).code).toBe(0);
  });

  test.concurrent.each([
    ["no _meta", "server/discover", {}, -32602],
    ["a _meta that is no object", "server/discover", { _meta: 5 }, -32602],
    [
      "no version",
      "tools/list",
      { _meta: envelope({ "io.modelcontextprotocol/protocolVersion": undefined }) },
      -32602,
    ],
    [
      "a version that is no text",
      "tools/list",
      { _meta: envelope({ "io.modelcontextprotocol/protocolVersion": 2026 }) },
      -32602,
    ],
    [
      "no capabilities",
      "tools/list",
      { _meta: envelope({ "io.modelcontextprotocol/clientCapabilities": undefined }) },
      -32602,
    ],
    [
      "capabilities that are no object",
      "tools/list",
      { _meta: envelope({ "io.modelcontextprotocol/clientCapabilities": [] }) },
      -32602,
    ],
    ["ping, which it has no more", "ping", { _meta: envelope() }, -32601],
    ["a method nobody knows", "no/such/method", { _meta: envelope() }, -32601],
  ] as const)("%s: %s", async (_what, method, params, code) => {
    const client = serve(TOOLS);
    expect((await client.request(method, params)).error?.code).toBe(code);
    expect((await client.request("tools/list", { _meta: envelope() })).error).toBeUndefined();
    expect((await client.close()).code).toBe(0);
  });

  test("behind a handshake, a version of null is none", async () => {
    await using client = await connect(TOOLS, "2025-11-25");
    const none = { "io.modelcontextprotocol/protocolVersion": null };
    expect((await client.request("tools/list", { _meta: none })).result?.tools).toBeArrayOfSize(1);
    expect((await client.request("server/discover", { _meta: none })).error?.code).toBe(-32602);
  });

  test("a revision that is not ours: -32022 with all that are, the handshakes' too, newest first", async () => {
    await using client = serve(TOOLS);
    const long = `2099-${"9".repeat(1000)}`;
    for (const requested of ["2099-01-01", long]) {
      const { error } = await client.request("tools/list", { _meta: envelope({}, requested) });
      expect(error).toMatchObject({
        code: -32022,
        data: { supported: SUPPORTED, requested: requested.slice(0, 100) },
      });
    }
  });

  test("each revision with a handshake, chosen from that list, is served in its own shapes", async () => {
    await using client = serve(TOOLS);
    for (const revision of HANDSHAKES) {
      const call = await client.request("tools/call", { name: "greet", _meta: envelope({}, revision) });
      expect([revision, texts(call)]).toEqual([revision, ["hello\n"]]);
      expect(call.result).not.toHaveProperty("resultType");
      const discovered = await client.request("server/discover", { _meta: envelope({}, revision) });
      expect(discovered.result).toMatchObject({ resultType: "complete", supportedVersions: SUPPORTED });
    }
  });
});

describe("subscriptions/listen", () => {
  const listChanges = { notifications: { toolsListChanged: true } };
  const id = (value: unknown) => ({ "io.modelcontextprotocol/subscriptionId": value });

  test(`${STATELESS}: acknowledged with what there is, the list of tools; answered when the server ends`, async () => {
    const cwd = specDir(TOOLS);
    const lines = [7, "s"].map((one) => ({
      jsonrpc: "2.0",
      id: one,
      method: "subscriptions/listen",
      params: { ...listChanges, _meta: envelope() },
    }));
    const { code, out } = await run(["serve"], {
      cwd,
      stdin: lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
    });
    const messages = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const schema = officialSchema(STATELESS);
    for (const message of messages) {
      assertShape(STATELESS, message, "subscriptions/listen");
      if (schema !== undefined) assertOfficial(schema, message, "subscriptions/listen");
    }
    const acknowledged = (one: unknown) => ({
      jsonrpc: "2.0",
      method: "notifications/subscriptions/acknowledged",
      params: { _meta: id(one), notifications: { toolsListChanged: true } },
    });
    const serverInfo = {
      "io.modelcontextprotocol/serverInfo": {
        name: "runspec",
        title: expect.any(String),
        version: expect.any(String),
      },
    };
    const ended = (one: unknown) => ({
      jsonrpc: "2.0",
      id: one,
      result: { resultType: "complete", _meta: { ...id(one), ...serverInfo } },
    });
    expect([code, messages]).toEqual([0, [acknowledged(7), acknowledged("s"), ended(7), ended("s")]]);
  });

  test("a cancelled one gets no answer", async () => {
    const client = await connect(TOOLS, STATELESS);
    await client.send(client.draft("s", "subscriptions/listen", listChanges));
    expect((await client.next()).method).toBe("notifications/subscriptions/acknowledged");
    await client.notify("notifications/cancelled", { requestId: "s" });
    await client.send(client.draft("after", "tools/list"));
    expect((await client.next()).id).toBe("after");
    expect((await client.close()).code).toBe(0);
  });

  test("needs a filter, and is not held a thousand times", async () => {
    const client = await connect(TOOLS, STATELESS);
    expect((await client.ask("subscriptions/listen")).error?.code).toBe(-32602);
    // Each news would repeat it.
    const long = "s".repeat(2000);
    await client.send(client.draft(long, "subscriptions/listen", listChanges));
    expect((await client.next()).error?.code).toBe(-32602);
    for (let n = 0; n < 100; n++) await client.send(client.draft(n, "subscriptions/listen", listChanges));
    expect((await client.ask("subscriptions/listen", listChanges)).error?.code).toBe(-32602);
    expect((await client.close()).code).toBe(0);
  });

  test.concurrent.each(HANDSHAKES)("%s does not have it", async (revision) => {
    await using client = await connect(TOOLS, revision);
    expect((await client.ask("subscriptions/listen", listChanges)).error?.code).toBe(-32601);
  });
});
