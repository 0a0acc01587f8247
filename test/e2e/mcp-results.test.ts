import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { lines, start } from "../harness/binary.ts";
import type { Message } from "../harness/serve-client.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";
import {
  connect,
  envelope,
  facts,
  fixture,
  REVISIONS,
  type RevisionName,
  STATELESS,
  script,
  texts,
  tool,
} from "./mcp-site.ts";

setDefaultTimeout(60_000);

const json = (name: string, text: string) => tool(name, ["printf", "%s", text], 'output = "json"');

describe("the result of a call", () => {
  const TOOLS = [
    tool("ok", script("echo out; echo err >&2")),
    tool("silent", ["true"]),
    tool("fails", [fixture("exit-with"), "7", "out", "err"]),
    tool("fails-silently", ["false"]),
    tool("dies", [fixture("die-of"), "SEGV"]),
    tool("late", script("echo before; sleep 60"), 'timeout = "500ms"'),
    tool("deaf", script("trap '' TERM; echo before; while :; do sleep 0.1; done"), 'timeout = "200ms"'),
    tool("leaver", [fixture("leaver"), "pids"]),
    tool(
      "typed",
      ["true"],
      '[typed.args]\nn = { type = "int", range = [1, 9] }\nkind = { options = ["a", "b"] }',
    ),
  ].join("\n");

  const late = (name: string, timeout: number) =>
    `${name} was ended: it ran longer than its timeout of ${timeout} ms`;

  test.concurrent.each<[string, string[], boolean, object]>([
    ["ok", ["out\n"], false, { exit_code: 0 }],
    ["silent", [""], false, { exit_code: 0 }],
    ["fails", ["exit_code: 7", "out", "err"], true, { exit_code: 7 }],
    ["fails-silently", ["exit_code: 1"], true, { exit_code: 1 }],
    ["dies", ["exit_code: 139", "about to die of SEGV\n"], true, { exit_code: 139, signal: "SIGSEGV" }],
    [
      "late",
      ["exit_code: 124", late("late", 500), "before\n"],
      true,
      { exit_code: 124, signal: "SIGTERM", timed_out: true },
    ],
    [
      "deaf",
      ["exit_code: 124", late("deaf", 200), "before\n"],
      true,
      { exit_code: 124, signal: "SIGKILL", timed_out: true },
    ],
    ["leaver", ["left\n"], false, { exit_code: 0 }],
    [
      "typed",
      ["n: missing, and required\nkind: missing, and required"],
      true,
      { exit_code: 125, refused: true },
    ],
  ])("%s", async (name, content, isError, rest) => {
    const client = await connect(TOOLS);
    const call = await client.call(name);
    expect([texts(call), call.result?.isError, facts(call)]).toEqual([
      content,
      isError,
      { tool: name, ...rest },
    ]);
    expect(Object(Object(call.result?._meta).runspec).duration_ms).toBeNumber();
    expect((await client.close()).code).toBe(0);
  });

  test("a mistake in every argument: all of them told at once, nothing run", async () => {
    const client = await connect(TOOLS);
    const call = await client.call("typed", { n: 10, kind: "c", extra: true });
    const told = String(texts(call)[0]).split("\n");
    expect(told.map((line) => line.split(":")[0])).toEqual(["extra", "n", "kind"]);
    await client.close();
  });

  test.concurrent.each(REVISIONS)(
    "%s: streamed, the content is empty and the output came before it",
    async (revision) => {
      const client = await connect(TOOLS, revision);
      const ok = await client.call("ok", {}, { "runspec/stream": true });
      const of = (stream: string) =>
        client.notifications
          .flatMap(({ params }) => (params?.stream === stream ? [params.data] : []))
          .join("");
      expect([ok.result?.content, of("stdout"), of("stderr")]).toEqual([[], "out\n", "err\n"]);
      const timedOut = await client.call("late", {}, { "runspec/stream": true });
      expect(texts(timedOut)).toEqual([late("late", 500)]);
      expect(client.stderr()).toBe("");
      await client.close();
    },
  );

  test("not streamed, the tool's stderr goes to the server's while it runs", async () => {
    const client = await connect(TOOLS);
    await client.call("ok");
    await client.close();
    expect(client.stderr()).toBe("err\n");
  });
});

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
      const client = await connect(TOOLS, revision);
      for (const [name, text, where] of CASES) {
        const { result } = await client.call(name);
        const expected = where.includes(revision) ? { structuredContent: JSON.parse(text) } : {};
        const { content, structuredContent } = result ?? {};
        expect({ name, content, ...(structuredContent === undefined ? {} : { structuredContent }) }).toEqual({
          name,
          content: [{ type: "text", text }],
          ...expected,
        });
      }
      await client.close();
    },
  );

  test("numbers keep the digits that the tool wrote", async () => {
    const numbers = '{"big":12345678901234567890,"fine":0.12345678901234567890123,"far":1e400,"n":1.5}';
    const raw = await rawAnswer(json("numbers", numbers), "numbers");
    expect(raw).toContain(`"structuredContent":${numbers}`);
  });

  test("a failed call has none, however sound its output", async () => {
    const client = await connect(tool("bad", script("echo '{}'; exit 1"), 'output = "json"'));
    expect((await client.call("bad")).result).not.toHaveProperty("structuredContent");
    await client.close();
  });

  test("a tool of text has none", async () => {
    const client = await connect(tool("text", ["echo", "{}"]));
    expect((await client.call("text")).result).not.toHaveProperty("structuredContent");
    await client.close();
  });
});

/** The answer to the only call of a conversation, as it stood on the wire. */
async function rawAnswer(toml: string, name: string): Promise<string> {
  const cwd = tempDir();
  writeSpec(cwd, toml);
  const server = start(["serve"], { cwd });
  const out = lines(server.stdout);
  const params = { name, _meta: { ...envelope(), "runspec/last": true } };
  await server.write(`${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params })}\n`);
  const { value = "" } = await out.next();
  expect(await server.exited).toEqual({ code: 0, signal: null });
  return value;
}

describe("progress", () => {
  const TOOLS = [
    tool("steps", script("i=0; while [ $i -lt 40 ]; do i=$((i+1)); echo step $i; sleep 0.05; done")),
    tool("quiet", script("sleep 1; echo")),
    tool("colours", script("printf '\\033[32mgreen\\033[0m\\a\\n'; sleep 1")),
    tool("bar", script("printf 'a\\r10%%\\r20%%'; sleep 1")),
    tool("long", script(`yes 𝄞 | tr -d '\\n' | head -c 4000; echo; sleep 1`)),
  ].join("\n");

  const reports = (client: { notifications: Message[] }) =>
    client.notifications.flatMap(({ method, params }) =>
      method === "notifications/progress" ? [params ?? {}] : [],
    );

  test.concurrent.each(REVISIONS)(
    "%s: the token, seconds that only rise, the last line; a few a second",
    async (revision) => {
      const client = await connect(TOOLS, revision);
      await client.call("steps", {}, { progressToken: "token" });
      const said = reports(client);
      const numbers = said.map(({ progress }) => Number(progress));
      expect(said.length).toBeGreaterThanOrEqual(2);
      // At most one in 300 ms of a call of about 2 s, which a busy machine draws out.
      expect(said.length).toBeLessThanOrEqual(Math.ceil((numbers.at(-1) ?? 0) / 0.28));
      expect(numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0))).toBe(true);
      expect(
        said.every(
          ({ progressToken, message }) => progressToken === "token" && /^step \d+$/.test(String(message)),
        ),
      ).toBe(true);
      await Bun.sleep(700);
      expect(reports(client).length).toBe(said.length);
      await client.close();
    },
  );

  test.concurrent.each([
    ["a token that is 0", "steps", { progressToken: 0 }, /^step/],
    ["colours are left out", "colours", { progressToken: 1 }, /^green\\x07$/],
    ["a line that is drawn over and over", "bar", { progressToken: 1 }, /^20%$/],
    ["a long line is cut between characters", "long", { progressToken: 1 }, /^(𝄞){100}$/u],
  ])("%s", async (_what, name, meta, message) => {
    const client = await connect(TOOLS);
    await client.call(name, {}, meta);
    expect(String(reports(client)[0]?.message)).toMatch(message);
    await client.close();
  });

  test.concurrent.each([
    ["nobody asked", "steps", {}],
    ["the token is no token", "steps", { progressToken: { a: 1 } }],
    ["the tool says nothing", "quiet", { progressToken: 1 }],
  ])("none where %s", async (_what, name, meta) => {
    const client = await connect(TOOLS);
    await client.call(name, {}, meta);
    expect(client.notifications).toEqual([]);
    await client.close();
  });

  test("a tool that is silent for long is reported alive", async () => {
    const client = await connect(tool("still", ["sleep", "6"]));
    await client.call("still", {}, { progressToken: 1 });
    expect(reports(client).map(({ message }) => message)).toEqual(["running"]);
    await client.close();
  });
});
