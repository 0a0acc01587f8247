import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { lines, start } from "../harness/binary.ts";
import { specDir } from "../harness/temp.ts";
import { connect, envelope, opening, REVISIONS, type RevisionName, STATELESS, serve } from "./mcp-site.ts";
import { script, tool } from "./site.ts";

setDefaultTimeout(60_000);

const json = (name: string, text: string) => tool(name, ["printf", "%s", text], 'output = "json"');

describe("structuredContent", () => {
  const OBJECT: readonly RevisionName[] = ["2025-06-18", "2025-11-25", STATELESS];
  const ANY: readonly RevisionName[] = [STATELESS];
  const NOWHERE: readonly RevisionName[] = [];
  const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;

  const CASES: [string, string, readonly RevisionName[]][] = [
    ["object", '{"a":[1,"é"]}', OBJECT],
    ["array", "[1,2]", ANY],
    ["number", "5", ANY],
    ["nothing", "null", ANY],
    ["half", '{"a":', NOWHERE],
    ["words", "all is well", NOWHERE],
    ["empty", "", NOWHERE],
    ["deep", nested(100), OBJECT],
    ["deeper", nested(101), NOWHERE],
    ["half-a-pair", '{"a":"\\ud800"}', NOWHERE],
    ["half-a-pair-key", '{"\\udfff":1}', NOWHERE],
    ["escaped", '{"a":"\\\\ud800 \\u00e9"}', OBJECT],
    ["proto", '{"__proto__":{"a":1}}', OBJECT],
  ];
  const TOOLS = CASES.map(([name, text]) => json(name, text)).join("\n");

  test.concurrent.each(REVISIONS)(
    "%s: where the revision has it and every client can read it, beside the text",
    async (revision) => {
      await using client = await connect(TOOLS, revision);
      for (const [name, text, where] of CASES) {
        const { result } = await client.call(name);
        const expected = where.includes(revision) ? { structuredContent: JSON.parse(text) } : {};
        const { content, structuredContent } = result ?? {};
        expect({ name, content, ...(structuredContent === undefined ? {} : { structuredContent }) }).toEqual({
          name,
          content: [{ type: "text", text: text || "exit_code: 0" }],
          ...expected,
        });
      }
    },
  );

  test("numbers keep the digits that the tool wrote, and those that a double has not are text alone", async () => {
    const numbers = '{"big":9007199254740991,"fine":0.100,"far":1e300,"n":1.5}';
    const raw = await rawAnswer(json("numbers", numbers), "numbers");
    expect(raw).toContain(`"structuredContent":${numbers}`);
    const id = await rawAnswer(json("numbers", '{"id":12345678901234567890}'), "numbers");
    expect(JSON.parse(id).result.content).toEqual([{ type: "text", text: '{"id":12345678901234567890}' }]);
    expect(id).not.toContain("structuredContent");
  });

  test("a failed call has none, however sound its output", async () => {
    await using client = await connect(tool("bad", script("echo '{}'; exit 1"), 'output = "json"'));
    expect((await client.call("bad")).result).not.toHaveProperty("structuredContent");
  });

  test("a tool of text has none", async () => {
    await using client = await connect(tool("text", ["echo", "{}"]));
    expect((await client.call("text")).result).not.toHaveProperty("structuredContent");
  });

  // It takes any text that is JSON for it, and refuses an answer with another value than an object there.
  test("for gemini-cli, what is JSON and no object stands in one", async () => {
    const toml = ["[1,2]", "5", "null", '"x"', "12345678901234567890", "words"].map((text, at) =>
      tool(`t${at}`, ["echo", text]),
    );
    await using client = serve([...toml, json("list", "[3]"), json("object", '{"a":1}')].join("\n"));
    const clientInfo = { name: "gemini-cli-mcp-client", version: "0.61.0" };
    await client.request("initialize", { ...opening("2025-06-18"), clientInfo });
    const given: unknown[] = [];
    for (const name of ["t0", "t1", "t2", "t3", "t4", "t5", "list", "object"]) {
      const { result } = await client.request("tools/call", { name, arguments: {} });
      given.push(result?.structuredContent);
    }
    expect(given).toEqual([
      { result: "[1,2]\n" },
      { result: "5\n" },
      { result: "null\n" },
      { result: '"x"\n' },
      { result: "12345678901234567890\n" },
      undefined,
      { result: "[3]" },
      { a: 1 },
    ]);
  });
});

/** The answer to the only call of a conversation, as it stood on the wire. */
async function rawAnswer(toml: string, name: string): Promise<string> {
  const cwd = specDir(toml);
  const server = start(["serve"], { cwd });
  const out = lines(server.stdout);
  const params = { name, _meta: { ...envelope(), "runspec/last": true } };
  await server.write(`${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params })}\n`);
  const { value = "" } = await out.next();
  expect(await server.exited).toEqual({ code: 0, signal: null });
  return value;
}
