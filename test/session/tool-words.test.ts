import { describe, expect, test } from "bun:test";
import { type RemoteTool, readTool } from "../../src/mcp/client/tool-list.ts";
import { mustWait, readToolWords, usageOf } from "../../src/session/tool-words.ts";

const inputSchema = {
  type: "object",
  properties: {
    force: { type: "boolean", default: false },
    quiet: { type: "boolean" },
    verbose: { type: "boolean", default: true },
    sure: { type: "boolean" },
  },
  required: ["sure"],
};

/** A tool as a server of another implementation lists it, and as ours does. */
const THEIRS: RemoteTool = {
  name: "deploy",
  inputSchema,
  meta: { "x-autonomy": "confirm" },
  raw: { name: "deploy", inputSchema, "x-autonomy": "confirm", "x-output": "text" },
};
const OURS: RemoteTool = { ...THEIRS, raw: { ...THEIRS.raw, _meta: { "runspec/autonomy": "confirm" } } };
const ANY: RemoteTool = { ...THEIRS, meta: {}, raw: { name: "deploy", inputSchema } };

function read(tool: RemoteTool, words: string[]): unknown {
  const call = { name: tool.name, words: ["--sure=false", ...words], human: false };
  const result = readToolWords([tool], call);
  if (result.kind === "call") return result.request.arguments;
  return result.kind === "refused" ? [result.exitCode, result.objections, ...result.reasons] : result.kind;
}

describe("a flag that is given as false", () => {
  test.each([
    ["ours", OURS],
    ["a server that knows nothing of the format", ANY],
  ])("is sent to %s", (_, tool) => {
    expect(read(tool, ["--no-force", "--quiet=false", "--no-verbose"])).toEqual({
      sure: false,
      force: false,
      quiet: false,
      verbose: false,
    });
  });

  test("is left out for a server of another implementation, which would turn it on", () => {
    expect(read(THEIRS, ["--no-force", "--quiet=false", "--verbose"])).toEqual({
      sure: false,
      verbose: true,
    });
  });

  test("is refused where leaving it out would turn it on as well", () => {
    expect(read(THEIRS, ["--no-verbose"])).toEqual([
      125,
      ["words"],
      "deploy: --verbose: found false, but the runspec of that host is an older one, which would turn it on",
    ]);
  });
});

test("a call is a person's by its tool's level, and by that of an argument that it gives", () => {
  const guarded = { type: "boolean", "x-autonomy": "manual" };
  const properties = { sure: {}, force: guarded, verify: { ...guarded, default: true } };
  const tool = { ...ANY, inputSchema: { type: "object", properties } };
  const refused = [125, ["autonomy"], "deploy is manual: only a person may do this"];
  expect(read({ ...ANY, autonomy: "manual" }, [])).toEqual(refused);
  expect(read(tool, [])).toEqual({ sure: "false" });
  expect(read(tool, ["--no-force", "--verify"])).toEqual(refused);
  expect(read(tool, ["--no-force"])).toEqual({ sure: "false", force: false });
  expect(read(tool, ["--no-verify"])).toEqual(refused);
  expect(read(tool, ["--force"])).toEqual(refused);
});

test("help among the words runs nothing", () => expect(read(OURS, ["--help"])).toBe("usage"));

test("what is no JSON is not sent for a value of another shape", () => {
  const tool = { ...ANY, inputSchema: { properties: { ...inputSchema.properties, at: { type: "object" } } } };
  expect(read(tool, ["--at", '{"x":1}'])).toEqual({ sure: false, at: { x: 1 } });
  expect(read(tool, ["--at", "{x"])).toEqual([
    125,
    ["words"],
    expect.stringContaining('deploy: --at: found "{x", expected JSON'),
  ]);
});

const [KEPT = THEIRS] = readTool({
  name: "t",
  inputSchema: {
    properties: {
      user: { type: "string", "x-position": 1 },
      pin: { type: "integer", "x-position": 2, "x-secret": true },
      code: { type: "string", "x-short": "c", "x-secret": true },
      key: { type: "string", "x-autonomy": "manual", "x-env": ["KEY"] },
      "db-token": { type: "string", "x-short": "t" },
      more: { type: "array", items: { type: "string" }, "x-rest": true, "x-secret": true },
    },
  },
});

test.each<[string[], boolean, boolean]>([
  // Words, whether they wait where nothing is kept, and where the tool is.
  [[], false, false],
  [["--user", "ada"], false, false],
  [["--password", "x"], true, true],
  [["--password=x"], true, true],
  [["--db_password=x"], true, true],
  [["--API-KEY", "x"], true, true],
  [["-token=x"], true, true],
  [["--no-token"], true, true],
  [["--", "--secret", "x"], true, true],
  [["password"], false, false],
  [["--passage", "x"], false, false],
  [["--user", "--code"], false, false],
  [["ada"], false, false],
  [["ada", "1234"], false, true],
  [["ada", "not a number"], false, true],
  [["--code", "x"], false, true],
  [["-cx"], false, true],
  [["-t", "x"], false, true],
  [["--key", "x"], false, true],
  [["--", "x"], false, true],
])("%j", (words, unknown, known) => {
  const lists = [[], [{ ...KEPT, name: "u" }], [KEPT], [{ ...KEPT, inputSchema: {} }, KEPT]];
  const waits = (tools: (typeof lists)[0], takesWords = true) =>
    mustWait({ name: "t", words, human: true }, { tools, age: 0, takesWords });
  expect(lists.map((list) => waits(list))).toEqual([unknown, unknown, known, known]);
  // The server took none.
  expect(waits([KEPT], false)).toBe(true);
});

test("what a server shows of a tool is its usage: a secret's default is not, nor an example that is none", () => {
  const inputSchema = {
    properties: { n: { type: "integer", default: 1 }, token: { type: "string", default: "hunter2" } },
  };
  const examples = [{ cmd: "t 1", description: "one" }, { cmd: "t 2", description: 2 }, { cmd: 3 }, "t 4"];
  const [remote = THEIRS] = readTool({
    name: "t",
    description: "d",
    inputSchema,
    _meta: { "runspec/examples": examples },
  });
  const { args, ...usage } = usageOf(remote);
  expect(args.map((argument) => [argument.name, argument.default])).toEqual([
    ["n", 1],
    ["token", undefined],
  ]);
  expect(usage).toEqual({
    name: "t",
    description: "d",
    groups: [],
    examples: [{ cmd: "t 1", description: "one" }, { cmd: "t 2" }],
  });
  const [bare = THEIRS] = readTool({ name: "t", _meta: { "runspec/examples": "t 1" } });
  expect(usageOf(bare)).toEqual({ name: "t", args: [], groups: [], examples: [] });
});
