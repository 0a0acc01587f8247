/** One MCP server over many hosts: what it lists, where a call runs, and what comes back of each host. */

import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { unlinkSync } from "node:fs";
import { join } from "node:path";
import { waitUntil } from "../harness/processes.ts";
import type { PlainObject } from "../harness/serve-client.ts";
import { type ServeClient, serveClient } from "../harness/serve-client.ts";
import { writeExecutable } from "../harness/ssh-host.ts";
import { writeSpec } from "../harness/temp.ts";
import { alike, available, type Fleet, fleet } from "./fleet-site.ts";
import { envelope } from "./mcp-site.ts";

setDefaultTimeout(90_000);

const TOOLS = `
[config.logging]
dir = "."
[where]
description = "Say the name"
autonomy = "autonomous"
command = ["/bin/sh", "-c", "echo $NAME; echo ran >>ran", "sh"]
[same]
autonomy = "autonomous"
read-only = true
output = "json"
command = ["/bin/sh", "-c", "echo '{}'; echo warned >&2", "sh"]
[fail]
autonomy = "autonomous"
command = ["/bin/sh", "-c", "echo out; echo oh >&2; exit 3", "sh"]
[wait]
autonomy = "autonomous"
command = ["/bin/sh", "-c", "echo begun; echo begun >>begun; trap 'echo stopped >>stopped; exit 1' TERM; sleep 60 & wait", "sh"]
[env]
description = "Pick one"
autonomy = "confirm"
command = ["/bin/sh", "-c", "echo ran >>env; echo $RUNSPEC_ARG_ENV", "sh"]
args.env = {type = "choice", options = ["staging", "production"]}
args.hosts = {}
`;
const OTHER = TOOLS.replace('"staging", "production"', '"lab"')
  .replace("[same]", "[extra]")
  .replace('"confirm"', '"manual"');
const WEB = ["web-01", "web-02"];

function gatewayTo(site: Fleet, list: string): ServeClient {
  return serveClient({ args: ["jump", list, "--mcp"], cwd: site.cwd, env: site.env, timeoutMs: 60_000 });
}

async function call(client: ServeClient, name: string, given: object): Promise<PlainObject> {
  const { result, error } = await client.request("tools/call", { name, arguments: given });
  return result ?? { error };
}

const row = (host: string, more: object = {}) => ({
  host,
  exit_code: 0,
  signal: null,
  duration_ms: expect.any(Number),
  stdout: "",
  stderr: "",
  error: null,
  ...more,
});
const text = (result: PlainObject) => (result.content as { text: string }[])[0]?.text;

describe.skipIf(!available())("a gateway", () => {
  const site = fleet({
    hosts: { ...alike(WEB, TOOLS), old: OTHER },
    toml: '[config.jump-groups]\nall = ["web-{01..02}", "old", "down"]\n',
    down: ["down"],
  });
  const client = gatewayTo(site, "@all");
  const hello = client.open();
  afterAll(async () => void (await client.close()));

  test("says which hosts it stands for, and how one is chosen", async () => {
    const { serverInfo, instructions, capabilities } = (await hello).result ?? {};
    expect(serverInfo).toMatchObject({
      name: "all",
      title: "runspec on web-01, web-02, old, down (4 hosts)",
    });
    expect(instructions).toStartWith(
      "These tools run on web-01, web-02, old, down (4 hosts). Every call says where",
    );
    expect(capabilities).toEqual({ tools: { listChanged: true } });
  });

  test("lists each tool once, with the hosts to choose from, and says where it is not the same", async () => {
    await hello;
    let tools: PlainObject[] = [];
    const list = async () => {
      const { result = {} } = await client.request("tools/list");
      tools = result.tools as PlainObject[];
      return tools.length === 7 && JSON.stringify(tools).includes("not on old");
    };
    // The first one gives what came in time.
    await waitUntil(list, 60_000, "the tools of all hosts");
    const find = (name: string) => tools.find((tool) => tool.name === name);
    expect(tools.map(({ name }) => name)).toEqual([
      "where",
      "same",
      "fail",
      "wait",
      "env",
      "extra",
      "list_hosts",
    ]);
    const hosts = {
      type: "array",
      items: { type: "string", enum: ["web-01", "web-02", "old", "down"] },
      minItems: 1,
      description: "Where to run it",
    };
    expect(find("where")).toMatchObject({
      description: "Say the name",
      inputSchema: {
        type: "object",
        properties: { hosts },
        required: ["hosts"],
        additionalProperties: false,
      },
      annotations: { readOnlyHint: false, destructiveHint: false },
      "x-autonomy": "autonomous",
    });
    expect(find("same")).toMatchObject({ description: "Same\nNot the same on all hosts:\n- not on old" });
    expect(find("env")).toMatchObject({
      description: [
        "Pick one",
        "Not the same on all hosts:",
        "- level: confirm on web-{01..02}; manual on old",
        '- env: one of "staging", "production" on web-{01..02}; one of "lab" on old',
      ].join("\n"),
      inputSchema: {
        properties: { runspec_hosts: hosts, env: { type: "string", enum: ["staging", "production", "lab"] } },
        required: ["runspec_hosts", "env", "hosts"],
      },
      "x-autonomy": "manual",
    });
    // What it says of itself later has their levels, too.
    const { result } = await client.request("server/discover", { _meta: envelope() });
    expect(result?.instructions).toContain("- autonomous (run these unasked): where, ");
  });

  test("runs a call on one host as that host's own server does", async () => {
    await hello;
    expect(await call(client, "where", { hosts: ["web-01"] })).toEqual({
      content: [{ type: "text", text: "web-01\n" }],
      structuredContent: { hosts: [row("web-01", { stdout: "web-01\n" })] },
      isError: false,
      _meta: { runspec: { tool: "where", exit_code: 0, duration_ms: expect.any(Number) } },
    });
    expect(text(await call(client, "fail", { hosts: "web-02" }))).toBe(
      "exit_code: 3\nstdout:\nout\nstderr:\noh\n",
    );
    expect(await call(client, "same", { hosts: ["web-01"] })).toMatchObject({
      structuredContent: { hosts: [row("web-01", { stdout: "{}\n", stderr: "warned\n", value: {} })] },
    });
  });

  test("folds what several hosts answer, with a row for each", async () => {
    await hello;
    const result = await call(client, "fail", { hosts: ["web-01", "down", "web-02"] });
    expect(text(result)).toBe(
      [
        "fail succeeded on 0 of 3 hosts",
        "  failed with 3: web-{01..02} (2 hosts)",
        "  out of reach (255): down (1 host)",
        "web-{01..02} (2 hosts)",
        "  exit_code: 3",
        "  stdout:",
        "  out",
        "  stderr:",
        "  oh",
        "down (1 host)",
        "  ssh could not connect; it says: ssh: connect to host 127.0.0.1 port 1: Connection refused",
        "  try it by hand: ssh -o BatchMode=yes down true",
        "  runspec doctor down",
        "",
      ].join("\n"),
    );
    const failed = { exit_code: 3, stdout: "out\n", stderr: "oh\n" };
    const down = {
      exit_code: 255,
      duration_ms: null,
      error: expect.stringMatching(/^down: ssh could not connect/),
      hint: expect.any(String),
    };
    expect(result).toMatchObject({
      isError: true,
      structuredContent: { hosts: [row("web-01", failed), row("down", down), row("web-02", failed)] },
    });
  });

  test("leaves it to each host what it takes, and says by host what it refused", async () => {
    await hello;
    const refused = await call(client, "env", { runspec_hosts: WEB, env: "lab", hosts: "x" });
    expect(text(refused)).toBe(
      [
        "env succeeded on 0 of 2 hosts",
        "  refused (125): web-{01..02} (2 hosts)",
        "web-{01..02} (2 hosts)",
        '  env: found "lab", expected one of "staging", "production"',
        "",
      ].join("\n"),
    );
    expect(text(await call(client, "same", { hosts: ["old", "web-01"] }))).toBe(
      'same succeeded on 1 of 2 hosts\n  no such tool (127): old (1 host)\nold (1 host)\n  it offers no tool "same"; runspec local, run there, says why one is missing\nweb-01 (1 host)\n  {}\n',
    );
    expect(site.lines("web-01", "env")).toEqual([]);
  });

  test("runs nothing anywhere where the call is a person's on one of its hosts", async () => {
    await hello;
    const result = await call(client, "env", {
      runspec_hosts: ["web-01", "old"],
      env: "staging",
      hosts: "x",
    });
    expect(text(result)).toStartWith("env is manual on old: only a person may run it there");
    expect(result).toMatchObject({ isError: true, _meta: { runspec: { refused: true, manual: true } } });
    expect(site.lines("web-01", "env")).toEqual([]);
    // The remedy, to the letter.
    expect(text(result)).toContain("call it without that host (1 is left)");
    const without = await call(client, "env", { runspec_hosts: ["web-01"], env: "staging", hosts: "x" });
    expect(text(without)).toBe("staging\n");
    expect(site.lines("web-01", "env")).toHaveLength(1);
  });

  test("asks which hosts, and takes no others", async () => {
    await hello;
    const before = site.lines("web-01", "ran").length;
    for (const [given, said] of [
      [{}, 'hosts is missing: it says where the tool runs; the hosts are "web-01", "web-02", "old", "down"'],
      [{ hosts: ["web-01", "web-1"] }, 'hosts: "web-1": is none of the hosts; did you mean "web-01"?'],
      [{ hosts: ["@all"] }, 'hosts: "@all": is none of the hosts; nothing is expanded here'],
    ] as const)
      expect(text(await call(client, "where", given))).toStartWith(said);
    for (const [name, said] of [
      ["nope", ""],
      ["wher", `; did you mean "where"?`],
    ] as const)
      expect(await call(client, name, { hosts: ["web-01"] })).toEqual({
        error: {
          code: -32602,
          message: `unknown tool: ${name}${said}; what some hosts offer is not known: list_hosts tells why`,
        },
      });
    expect(site.lines("web-01", "ran")).toHaveLength(before);
  });

  test("tells what is known of the hosts", async () => {
    await hello;
    const { structuredContent } = await call(client, "list_hosts", {});
    const known = (host: string, lacks: string[]) => ({
      host,
      reachable: true,
      since: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      lacks,
      error: null,
    });
    expect(structuredContent).toEqual({
      hosts: [
        known("web-01", ["extra"]),
        known("web-02", ["extra"]),
        known("old", ["same"]),
        {
          ...known("down", []),
          reachable: false,
          lacks: null,
          error: expect.stringContaining("could not connect"),
        },
      ],
    });
  });

  test("passes progress on, and ends the tools of a call that is cancelled", async () => {
    await hello;
    await client.send({
      jsonrpc: "2.0",
      id: "w",
      method: "tools/call",
      params: { name: "wait", arguments: { hosts: WEB }, _meta: { progressToken: "p" } },
    });
    const told = () => client.notifications.filter(({ method }) => method === "notifications/progress");
    while (told().length === 0) await Bun.sleep(20);
    expect(told()[0]?.params).toMatchObject({
      progressToken: "p",
      message: expect.stringMatching(/^0 of 2 done, running on web-\{01\.\.02\}; web-0[12]: begun$/),
    });
    await client.notify("notifications/cancelled", { requestId: "w" });
    while (WEB.some((name) => site.lines(name, "stopped").length === 0)) await Bun.sleep(20);
    expect(text(await call(client, "where", { hosts: ["web-01"] }))).toBe("web-01\n");
  });

  test("tells of a host whose tools have changed, and lists them", async () => {
    await hello;
    await call(client, "where", { hosts: ["old"] });
    const told = () =>
      client.notifications.filter(({ method }) => method === "notifications/tools/list_changed").length;
    const before = told();
    writeSpec(join(site.home("old"), ".config/runspec"), OTHER.replace("[extra]", "[fresh]"));
    while (told() === before) await Bun.sleep(20);
    const { result = {} } = await client.request("tools/list");
    expect((result.tools as PlainObject[]).map(({ name }) => name)).toContain("fresh");
    expect(text(await call(client, "fresh", { hosts: ["old"] }))).toBe("{}\n");
  });

  test("leaves in each host's audit trail for whom it called", async () => {
    await hello;
    await call(client, "where", { hosts: ["web-02"] });
    const [line = ""] = site.lines("web-02", ".config/runspec/audit.jsonl").slice(-1);
    expect(JSON.parse(line).asked_by).toMatchObject({
      client: { name: "runspec" },
      behalf: { client: { name: "test", version: "1" }, user: expect.any(String) },
    });
  });
});

/** A server that has its tools only when it has been asked for them, and says so in the same breath. */
const LATE = `answer() { printf '{"jsonrpc":"2.0","id":%s,"result":%s}\\n' "$id" "$1"; }
n=0
while read -r line; do
  id=$(printf %s "$line" | sed 's/.*"id":\\([0-9]*\\).*/\\1/')
  case $line in
    *'"initialize"'*) answer '{"protocolVersion":"2025-11-25","capabilities":{"tools":{"listChanged":true}},"serverInfo":{"name":"late","version":"1"}}';;
    *tools/list*) n=$((n + 1)); if [ $n = 1 ]; then printf '%s\\n{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}\\n' "$(answer '{"tools":[]}')"
      else answer '{"tools":[{"name":"t","inputSchema":{"type":"object"}}]}'; fi;;
  esac
done`;

test("hears of tools that come with the first list", async () => {
  const site = fleet({ hosts: { late: "" }, withoutSsh: true });
  const program = join(site.home("late"), "bin/runspec");
  unlinkSync(program);
  writeExecutable(program, LATE);
  await using client = gatewayTo(site, "late,");
  await client.open();
  const list = async () => JSON.stringify((await client.request("tools/list")).result).includes('"t"');
  await waitUntil(list, 20_000, "the tool");
});
