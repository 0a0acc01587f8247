import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { hostname } from "node:os";
import type { Message } from "../harness/serve-client.ts";
import { CALLED, runConversation, type Sent } from "./mcp-conversation.ts";
import { assertOfficial, assertShape, officialSchema, type Schema } from "./mcp-schemas.ts";
import { connect, opening, REVISIONS, type RevisionName, STATELESS, texts } from "./mcp-site.ts";

setDefaultTimeout(120_000);

/** Lines that get an answer without an id. */
const NAMELESS = ["5", "{", '{"jsonrpc":"2.0","id":null,"method":"ping"}'];

const authority = (schema: Schema | undefined) =>
  schema === undefined ? "JSON-RPC and MCP say" : `the official schema of ${schema.revision} says`;

/** One of each kind of answer; the others have a schema of their own to be held to, where it is given. */
const KINDS: readonly RevisionName[] = ["2024-11-05", "2025-11-25", STATELESS];

describe.each(REVISIONS)("every message of %s", (revision) => {
  if (KINDS.includes(revision) || officialSchema(revision) !== undefined)
    test.concurrent(`is what ${authority(officialSchema(revision))}`, async () => {
      const schema = officialSchema(revision);
      const { said, client } = await runConversation(revision);
      const notifications = [...client.notifications];
      expect(notifications.map(({ method }) => method)).toContain("notifications/progress");
      expect(notifications.map(({ method }) => method)).toContain("notifications/runspec/output");
      for (const { method, message } of [
        ...said,
        ...notifications.map((message) => ({ message, method: undefined })),
      ]) {
        assertShape(revision, message, method);
        if (schema !== undefined) assertOfficial(schema, message, method);
      }
      expect(await client.close()).toEqual({ code: 0, signal: null });
      expect(client.noise).toEqual([]);
      expect(outcomes(said)).toEqual(expectedOutcomes(revision));
    });

  test.concurrent("answers what has no id in the shape that it has for that", async () => {
    const client = await connect(CALLED, revision);
    await client.ask("tools/call", { name: "greet" });
    const late = revision === "2025-11-25" || revision === STATELESS;
    const schema = late ? officialSchema(revision) : undefined;
    for (const line of NAMELESS) {
      await client.send(line);
      const message = await client.next();
      expect({ ...message, error: message.error?.code }).toEqual({
        jsonrpc: "2.0",
        ...(late ? {} : { id: null }),
        error: line === "{" ? -32700 : -32600,
      });
      assertShape(revision, message, undefined);
      if (schema !== undefined) assertOfficial(schema, message, undefined);
    }
    expect((await client.close()).code).toBe(0);
  });
});

/** A short word for each answer: how a call ended, or the code of an error. */
function outcomes(said: readonly Sent[]): unknown[] {
  return said.map(({ method, message }) => {
    if (message.error !== undefined) return message.error.code;
    if (method !== "tools/call") return method;
    const { isError, structuredContent } = message.result ?? {};
    const [first] = texts(message);
    return [
      isError === true ? "failed" : "ok",
      first ?? null,
      ...(structuredContent === undefined ? [] : [structuredContent]),
    ];
  });
}

function expectedOutcomes(revision: RevisionName): unknown[] {
  const stateless = revision === STATELESS;
  const object = ["2025-06-18", "2025-11-25", STATELESS].includes(revision);
  return [
    ...(stateless ? [] : ["initialize"]),
    stateless ? "server/discover" : -32602,
    "tools/list",
    "tools/list",
    ["ok", "hello you\n"],
    ["failed", "exit_code: 3\nstdout:\nout\nstderr:\nerr"],
    [
      "failed",
      `wipe is manual (it deletes): only a person may do this: runspec jump <alias> wipe (on ${hostname()} itself: runspec run wipe)`,
    ],
    ["ok", '{"ok":true}\n', ...(object ? [{ ok: true }] : [])],
    ["ok", "[1,2]\n", ...(stateless ? [[1, 2]] : [])],
    ["failed", "exit_code: 124\nlate was ended: it ran longer than its timeout of 1s"],
    ["ok", "\ufeffcaf� \0 ��\r\n�(\n�"],
    ["failed", "missing: there is no file /nowhere/at/all; correct command in [missing]"],
    ["failed", "nobody: there is no such argument; this tool takes who"],
    ["ok", null],
    ["ok", null],
    ["ok", "working\n"],
    stateless ? -32601 : "ping",
    -32601,
    -32602,
    -32602,
    -32602,
    -32602,
    -32022,
    -32602,
  ];
}

describe("a batch of 2025-03-26", () => {
  test.concurrent("is answered with one array of messages, each as the revision has them", async () => {
    const client = await connect(CALLED, "2025-03-26");
    const schema = officialSchema("2025-03-26");
    const batches = schema?.revision === "2025-03-26" ? schema : undefined;
    await client.send([
      client.draft(1, "ping"),
      client.draft("two", "tools/call", { name: "greet" }),
      { jsonrpc: "2.0", method: "notifications/whatever" },
      client.draft(3, "no/such/method"),
      client.draft(4, "initialize", opening("2025-03-26")),
    ]);
    const answer = await client.next();
    const messages: Message[] = Array.isArray(answer) ? answer : [];
    expect(messages.map(({ id, error }) => [id, error?.code])).toEqual([
      [1, undefined],
      ["two", undefined],
      [3, -32601],
      [4, -32600],
    ]);
    const methods = ["ping", "tools/call", "no/such/method", "initialize"];
    for (const [index, message] of messages.entries()) {
      assertShape("2025-03-26", message, methods[index]);
      if (schema !== undefined) assertOfficial(schema, message, methods[index]);
    }
    batches?.check(answer, "JSONRPCBatchResponse");
    expect((await client.close()).code).toBe(0);
  });

  // All others with a handshake have this of one entry.
  test.concurrent.each(["2025-11-25", STATELESS] as const)("is refused in %s", async (revision) => {
    const client = await connect(CALLED, revision);
    await client.ask("tools/call", { name: "greet" });
    await client.send([client.draft(1, "ping")]);
    expect((await client.next()).error?.code).toBe(-32600);
    expect((await client.close()).code).toBe(0);
  });
});
