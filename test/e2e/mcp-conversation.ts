/** One conversation in each revision, with everything that a server can be made to say. */

import { waitUntil } from "../harness/processes.ts";
import type { Message, PlainObject } from "../harness/serve-client.ts";
import { connect, envelope, type McpClient, opening, type RevisionName, STATELESS } from "./mcp-site.ts";
import { fixture, script, tool } from "./site.ts";

/** Those that are called. */
export const CALLED = [
  tool("greet", script('echo "hello $RUNSPEC_ARG_WHO"; echo "to you" >&2'), '[greet.args]\nwho = "you"'),
  tool("fail", [fixture("exit-with"), "3", "out", "err"]),
  tool("wipe", ["true"], 'autonomy = "manual"\nautonomy-reason = "it deletes"'),
  tool("report", ["echo", '{"ok":true}'], 'output = "json"'),
  tool("numbers", ["echo", "[1,2]"], 'output = "json"'),
  tool("slow", script("echo working; sleep 1")),
  tool("endless", script("echo on; sleep 600")),
  tool("late", ["sleep", "60"], 'timeout = "1s"'),
  tool("binary", [fixture("bytes")]),
  tool("missing", ["/nowhere/at/all"]),
  tool(
    "rich",
    ["true"],
    `description = "every kind of argument"
examples = ["rich --level high", { cmd = "rich", description = "as it is" }]
[rich.args]
level = { options = ["low", "high"], default = "low", short = "l", description = "how much" }
count = { type = "int", range = [1, 9], default = 3 }
share = { type = "float", required = false }
dry-run = { type = "flag", short = "n" }
on = { type = "bool", default = true }
file = { type = "path", position = 1, required = false }
tags = { type = "str", multiple = true, required = false }
secret = { type = "str", env = "RICH_SECRET", autonomy = "manual" }
words = { type = "rest" }
[rich.groups.either]
exclusive = true
args = ["share", "tags"]`,
  ),
].join("\n");
/** More than a page of a list has; to read so many takes a server most of its time. */
const MANY = Array.from({ length: 1100 }, (_, index) => tool(`tool-${index}`, ["true"])).join("\n");

export interface Sent {
  method: string | undefined;
  message: Message;
}

/** Everything serve says in one conversation, each message with the method of the request that it answers. */
export async function runConversation(revision: RevisionName): Promise<{ said: Sent[]; client: McpClient }> {
  const client = await connect(`${CALLED}\n${MANY}`, revision);
  const said: Sent[] = [];
  const hear = async (method: string, params?: PlainObject, meta?: PlainObject) => {
    const message = await client.ask(method, params, meta);
    said.push({ method, message });
    return message;
  };
  if (revision !== STATELESS)
    said.push({ method: "initialize", message: await client.request("initialize", opening(revision)) });
  await hear("server/discover");
  for (let cursor: unknown = ""; cursor !== undefined; ) {
    const page = await hear("tools/list", cursor === "" ? {} : { cursor });
    cursor = page.result?.nextCursor;
  }
  for (const name of ["greet", "fail", "wipe", "report", "numbers", "late", "binary", "missing"]) {
    await hear("tools/call", { name });
  }
  await hear("tools/call", { name: "greet", arguments: { nobody: 1 } });
  await hear("tools/call", { name: "greet" }, { "runspec/stream": true });
  await hear("tools/call", { name: "binary" }, { "runspec/stream": true });
  await hear("tools/call", { name: "slow" }, { progressToken: "p" });
  await cancelOne(client);
  for (const [method, params] of [
    ["ping", {}],
    ["no/such/method", {}],
    ["tools/call", { name: "no-such-tool" }],
    ["tools/call", { name: 7 }],
    ["tools/call", { name: "greet", arguments: [] }],
    ["tools/list", { cursor: "nonsense" }],
  ] as const) {
    await hear(method, params);
  }
  await client
    .request("tools/list", { _meta: envelope({}, "1900-01-01") })
    .then((message) => said.push({ method: "tools/list", message }));
  await client
    .request("tools/list", { _meta: { "io.modelcontextprotocol/protocolVersion": STATELESS } })
    .then((message) => said.push({ method: "tools/list", message }));
  return { said, client };
}

async function cancelOne(client: McpClient): Promise<void> {
  await client.send(
    client.draft(
      "cancelled",
      "tools/call",
      { name: "endless" },
      { progressToken: 9, "runspec/stream": true },
    ),
  );
  await waitUntil(
    () => client.notifications.some(({ params }) => params?.requestId === "cancelled"),
    20_000,
    "output",
  );
  await client.notify("notifications/cancelled", { requestId: "cancelled", reason: "enough" });
}
