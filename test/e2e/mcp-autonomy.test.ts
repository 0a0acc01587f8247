import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { BIN, run } from "../harness/binary.ts";
import { type PlainObject, serveClient } from "../harness/serve-client.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";
import { BOTH_KINDS, connect, facts, type McpClient, opening, serve, texts } from "./mcp-site.ts";
import { tool } from "./site.ts";

setDefaultTimeout(60_000);

const TOOLS = [
  tool("free", ["echo", "ran"]),
  tool("asking", ["echo", "ran"], 'autonomy = "confirm"'),
  tool("watched", ["echo", "ran"], 'autonomy = "supervised"'),
  tool(
    "wipe",
    ["echo", "ran"],
    'autonomy = "manual"\nautonomy-reason = "it deletes"\ndescription = "Wipes."\n[wipe.args]\nwhere = { type = "str", required = false }\nforce = { type = "flag" }',
  ),
  tool(
    "deploy",
    ["echo", "ran"],
    `[deploy.args]
env = { options = ["stage", "prod"], default = "stage" }
skip-tests = { type = "flag", autonomy = "manual" }
key = { type = "str", autonomy = "manual", env = "DEPLOY_KEY" }
note = { type = "str", required = false, autonomy = "confirm" }`,
  ),
].join("\n");

const HUMAN = { "runspec/caller": "human" };
const RAN = ["ran"];

describe.each(BOTH_KINDS)("in %s", (revision) => {
  // One server for all rows: each call is decided by itself.
  let client: McpClient;
  beforeAll(async () => {
    client = await connect(TOOLS, revision, { env: { DEPLOY_KEY: "from the environment" } });
  });
  afterAll(() => client.close());

  test.concurrent.each<[string, string, PlainObject, PlainObject, string[] | string | RegExp]>([
    ["a free tool runs", "free", {}, {}, RAN],
    ["one that the client asks about runs", "asking", {}, {}, RAN],
    ["a supervised one runs", "watched", {}, {}, RAN],
    [
      "a manual one does not, and says what a person would type",
      "wipe",
      { where: "old logs", force: true },
      {},
      `wipe is manual (it deletes): only a person may do this: runspec jump <alias> wipe -- --where 'old logs' --force (on ${hostname()} itself: runspec run wipe -- --where 'old logs' --force)`,
    ],
    ["a manual one runs for a person", "wipe", {}, HUMAN, [...RAN]],
    [
      "nobody else is a person",
      "wipe",
      {},
      { "runspec/caller": true },
      `wipe is manual (it deletes): only a person may do this: runspec jump <alias> wipe (on ${hostname()} itself: runspec run wipe)`,
    ],
    [
      "a manual argument that is not given changes nothing",
      "deploy",
      { env: "prod" },
      {},
      ["ran --env prod"],
    ],
    [
      "one whose caller is stricter than the tool, but not manual, neither",
      "deploy",
      { note: "n" },
      {},
      ["ran --note n"],
    ],
    [
      "a manual argument that is given makes the call manual",
      "deploy",
      { env: "prod", "skip-tests": true },
      {},
      /^deploy with skip-tests is manual: only a person may do this: runspec jump <alias> deploy -- --env prod/,
    ],
    [
      "a manual flag that is given as false is not given",
      "deploy",
      { env: "prod", "skip-tests": false },
      {},
      ["ran --env prod"],
    ],
    [
      "its value is not repeated",
      "deploy",
      { key: "hunter2" },
      {},
      `deploy with key is manual: only a person may do this: runspec jump <alias> deploy -- --key '…' (on ${hostname()} itself: runspec run deploy -- --key '…')`,
    ],
    [
      "a person may give it",
      "deploy",
      { key: "hunter2", "skip-tests": true },
      HUMAN,
      ["ran --skip-tests --key hunter2"],
    ],
  ])("%s", async (_what, name, args, meta, expected) => {
    const call = await client.call(name, args, meta);
    if (!Array.isArray(expected)) {
      expect([texts(call), call.result?.isError, facts(call)]).toEqual([
        [typeof expected === "string" ? expected : expect.stringMatching(expected)],
        true,
        { tool: name, exit_code: 125, refused: true, refused_for: ["autonomy"], manual: true },
      ]);
    } else {
      expect([texts(call), call.result?.isError]).toEqual([expected.map((line) => `${line}\n`), false]);
    }
  });

  test("the list tells", async () => {
    const { result } = await client.ask("tools/list");
    const tools = Array.from(Object(result).tools, (one) => Object(one));
    expect(tools.map((one) => [one.name, one["x-autonomy"], one._meta["runspec/autonomy"]])).toEqual([
      ["free", "autonomous", "autonomous"],
      ["asking", "confirm", "confirm"],
      ["watched", "supervised", "supervised"],
      ["wipe", "manual", "manual"],
      ["deploy", "autonomous", "autonomous"],
    ]);
    expect(tools[3].description).toBe("Wipes.\n\nManual: only a person may run this tool.");
    expect(tools[3]).toMatchObject({
      "x-autonomy-reason": "it deletes",
      _meta: { "runspec/autonomy-reason": "it deletes" },
    });
    expect(tools[4].inputSchema.required ?? []).not.toContain("key");
  });
});

test("where the server is told its file, what a person would type names that, and works", async () => {
  const dir = join(tempDir(), "my tools");
  mkdirSync(dir);
  const file = writeSpec(dir, '[wipe]\nautonomy = "manual"\ncommand = ["echo", "wiped"]\n');
  for (const [words, env] of [
    [["serve", "--config", file], {}],
    [["serve"], { RUNSPEC_CONFIG: file }],
  ] as const) {
    await using client = serveClient({ args: words, env, cwd: tempDir() });
    await client.open();
    const { result } = await client.request("tools/call", { name: "wipe" });
    const typed = /itself: (runspec run .*)\)$/.exec(Object(result).content[0].text)?.[1] ?? "";
    expect(typed).toBe(`runspec run wipe --config '${file}'`);
    const person = { cwd: tempDir(), env: { PATH: `${dirname(BIN)}:/usr/bin:/bin` }, program: "/bin/sh" };
    expect((await run(["-c", typed], person)).out).toBe("wiped\n");
  }
});

test("a secret that only the environment has is not asked for even where the server lacks it", async () => {
  await using client = await connect(TOOLS);
  const { result } = await client.ask("tools/list");
  const deploy = Object(
    Array.from(Object(result).tools, (one) => Object(one)).find(({ name }) => name === "deploy"),
  );
  expect(deploy.inputSchema.required ?? []).not.toContain("key");
  expect(texts(await client.call("deploy"))).toEqual([
    "key is required (or set DEPLOY_KEY in the tool's environment)",
  ]);
});

test("a model is told in words what a program of ours is told by keys that some models' APIs refuse", async () => {
  const propertyFor = async (capabilities: object) => {
    const client = serve(
      `[t]\ncommand = "true"\nargs.force = {type = "flag", short = "-f", autonomy = "manual"}\n`,
    );
    await client.request("initialize", { ...opening("2025-11-25"), capabilities });
    const { result } = await client.request("tools/list");
    await client.close();
    return Object(result).tools[0].inputSchema.properties.force;
  };
  expect(await propertyFor({})).toEqual({ type: "boolean", description: "Only a person may give it." });
  expect(await propertyFor({ experimental: { "runspec/lease": {} } })).toEqual({
    ...{ type: "boolean", "x-type": "flag", "x-short": "f", "x-autonomy": "manual" },
  });
});
