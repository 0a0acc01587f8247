/** `local --format …`: one JSON document on stdout, in the shape that each reader takes. */

import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { lines, run, start } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { specDir, tempDir, writeSpec } from "../harness/temp.ts";

setDefaultTimeout(60_000);

const DEPLOY = `
[deploy]
description = "Deploy a version"
autonomy = "confirm"
autonomy-reason = "Customers see it"
output = "json"
command = "/bin/echo"
examples = ["runspec run deploy -- prod", {cmd = "runspec run deploy -- dev", description = "a rehearsal"}]
[deploy.args]
env      = {options = ["prod", "dev"], position = 1, description = "Where to"}
version  = {default = "latest", short = "-v", env = ["VERSION", "TAG"]}
count    = {default = 3, range = [1, 10], multiple = true}
ratio    = {type = "float", range = [0.5, 1.5], required = false, deprecated = "use count"}
dry-run  = {type = "flag", autonomy = "manual"}
sure     = {type = "bool", required = false}
log      = {type = "path", required = false}
tags     = {delimiter = ",", required = false}
10       = {default = "a key that looks like a number"}
note     = {type = "rest", description = "Words for the log"}
[deploy.groups]
one = {exclusive = true, args = ["dry-run", "log"]}
`;

const REST = `
[silent]
autonomy = "manual"
command = "/bin/echo"

[hidden]
serve = false
command = "/bin/echo"

[missing]
description = """
First line.

More of "it": \\u0000-free, é, 日本 🙂, \\\\ and \\t."""
`;

/** The bytes of the `tools` array of every page that a real session lists. */
async function listedPages(cwd: string): Promise<string[]> {
  const server = start(["serve"], { cwd });
  const answers = lines(server.stdout);
  const ask = async (id: number, method: string, params: object): Promise<string> => {
    await server.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    return (await answers.next()).value ?? "";
  };
  const clientInfo = { name: "test", version: "1" };
  await ask(1, "initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo });
  const pages: string[] = [];
  for (let cursor: string | undefined, id = 2; ; id++) {
    const line = await ask(id, "tools/list", cursor === undefined ? {} : { cursor });
    cursor = JSON.parse(line).result.nextCursor;
    const [, tools = ""] =
      /^.*?"result":\{"tools":(\[.*\])(?:,"nextCursor":"[^"]*")?(?:,"_meta":\{[^{}]*\})?\}\}$/.exec(line) ??
      [];
    pages.push(tools);
    if (cursor === undefined) break;
  }
  server.closeStdin();
  await server.exited;
  return pages;
}

describe("--format mcp", () => {
  test("is to the byte what tools/list answers", async () => {
    const cwd = specDir(DEPLOY + REST);
    const { code, out, stderr } = await run(["local", "--format", "mcp"], { cwd });
    const [page] = await listedPages(cwd);
    expect([code, stderr]).toEqual([0, expect.stringContaining('argument name "10"')]);
    expect(out).toBe(`{"tools":${page}}\n`);
    expect(JSON.parse(out).tools.map(({ name }: { name: string }) => name)).toEqual([
      "deploy",
      "silent",
      "missing",
    ]);
  });

  test("is the same where tools/list has pages", async () => {
    const cwd = tempDir();
    const tools = Array.from(
      { length: 1001 },
      (_, i) => `[tool-${i}]\ncommand = "/bin/echo"\nargs.x = ${i}\n`,
    );
    writeSpec(cwd, tools.join(""));
    const { out } = await runHere(["local", "-f", "mcp"], { cwd });
    const pages = await listedPages(cwd);
    expect(pages.length).toBe(2);
    expect(out).toBe(`{"tools":[${pages.map((page) => page.slice(1, -1)).join(",")}]}\n`);
  });

  test("is the same text every time", async () => {
    const cwd = specDir(DEPLOY + REST);
    const [first, second] = await Promise.all([1, 2].map(() => runHere(["local", "-f", "mcp"], { cwd })));
    expect(first?.out).toBe(second?.out ?? "");
  });
});

/** What an API's model is told of the arguments: plain JSON Schema. */
const PARAMETERS = {
  type: "object",
  description: "At most one of dry-run or log may be given.",
  properties: {
    env: { type: "string", enum: ["prod", "dev"], description: "Where to" },
    version: { type: "string", default: "latest" },
    count: { type: "array", items: { type: "integer", minimum: 1, maximum: 10 }, default: [3] },
    ratio: { type: "number", minimum: 0.5, maximum: 1.5, description: "Deprecated: use count" },
    "dry-run": { type: "boolean", description: "Only a person may give it." },
    sure: { type: "boolean" },
    log: { type: "string" },
    tags: { type: "array", items: { type: "string" } },
    "10": { type: "string", default: "a key that looks like a number" },
    note: { type: "array", items: { type: "string" }, description: "Words for the log" },
  },
  required: ["env"],
  additionalProperties: false,
};
const EMPTY = { type: "object", properties: {}, additionalProperties: false };
const MANUAL = "Silent\n\nManual: only a person may run this tool.";

describe("an agent's API", () => {
  let cwd = "";
  beforeAll(() => {
    cwd = tempDir();
    writeSpec(cwd, DEPLOY + REST);
  });

  test("openai: functions", async () => {
    const { code, out } = await runHere(["local", "--format", "openai"], { cwd });
    expect(code).toBe(0);
    const [deploy, silent, ...others] = JSON.parse(out);
    expect(deploy).toEqual({
      type: "function",
      function: { name: "deploy", description: "Deploy a version", parameters: PARAMETERS },
    });
    expect(silent).toEqual({
      type: "function",
      function: { name: "silent", description: MANUAL, parameters: EMPTY },
    });
    expect(others.length).toBe(1);
  });

  test("anthropic: input_schema", async () => {
    const { code, out } = await runHere(["local", "--format", "anthropic"], { cwd });
    expect(code).toBe(0);
    const [deploy, silent, ...others] = JSON.parse(out);
    expect(deploy).toEqual({ name: "deploy", description: "Deploy a version", input_schema: PARAMETERS });
    expect(silent).toEqual({ name: "silent", description: MANUAL, input_schema: EMPTY });
    expect(others.length).toBe(1);
  });

  test("--runnable shows one tool alone", async () => {
    const { out } = await runHere(["local", "--format", "anthropic", "--runnable", "silent"], { cwd });
    expect(JSON.parse(out)).toEqual([{ name: "silent", description: MANUAL, input_schema: EMPTY }]);
  });
});

test("--format json tells everything there is of a tool", async () => {
  const cwd = tempDir();
  const file = writeSpec(cwd, REST);
  const { code, out, stderr } = await run(["local", "--format", "json", "--runnable", "silent"], {
    cwd,
    env: { RUNSPEC_SERVE_CONTEXT: "remote" },
  });
  const unseen =
    "holds characters that are not seen (\\x00): a person misses what they say, an agent does not";
  const nameless = "no description: silent; agents choose tools by their descriptions, and see only the name";
  expect([code, stderr]).toEqual([
    0,
    `warning: ${file}:11: [missing] description: ${unseen}\nwarning: ${file}: ${nameless}\n`,
  ]);
  expect(JSON.parse(out)).toEqual({
    hostname: expect.any(String),
    context: "remote",
    files: [file],
    tools: [
      {
        name: "silent",
        file,
        autonomy: "manual",
        output: "text",
        offered: true,
        callable: true,
        status: "callable",
        executable: { kind: "found", argv: ["/bin/echo"] },
        runAs: { kind: "none", why: "no run_as" },
        inputSchema: EMPTY,
        plan: { argv: ["/bin/echo"], line: "/bin/echo", placeholders: [], variables: [] },
      },
    ],
    issues: [
      {
        severity: "warning",
        file,
        line: 11,
        key: "[missing] description",
        message: expect.stringContaining("not seen"),
      },
      { severity: "warning", file, message: nameless },
    ],
  });
  expect(Object.keys(JSON.parse(out).issues[0])).toEqual(["severity", "file", "line", "key", "message"]);
});

test.concurrent.each(["json", "mcp", "openai", "anthropic"])(
  "--sudoers is no list, and has no format %s",
  async (format) => {
    const { code, out, stderr } = await runHere(["local", "--sudoers", "--format", format], {
      cwd: tempDir(),
    });
    expect([code, out, stderr]).toEqual([
      2,
      "",
      "runspec: --format is not for --sudoers\n  see runspec local --help\n",
    ]);
  },
);

test.concurrent("--sudoers tells the errors as well, and ends with 1", async () => {
  const cwd = specDir('[t]\ncommand = ["true"]\n[u]\ncommand = 3\n');
  const { code, out, stderr } = await runHere(["local", "--sudoers"], { cwd });
  expect([code, out.startsWith("# ")]).toEqual([1, true]);
  expect(stderr).toStartWith(`error: ${cwd}/runspec.toml:4: [u] command: found 3, expected `);
});
