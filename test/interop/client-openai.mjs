/**
 * The OpenAI Agents SDK: tools as it makes them for a model, called as a model calls them. Arguments: the binary, the project, the
 * names of its tools as JSON, and `strict` or `open` (whether schemas are turned into strict ones).
 */

import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { getAllMcpTools, MCPServerStdio, RunContext } from "@openai/agents";
import { alive, check, everyType, until } from "./checks.mjs";
import { LIST, runGatewayChecks, WORDS } from "./gateway-checks.mjs";

const [command, cwd, names, mode] = process.argv.slice(2);
const strict = mode === "strict";
const server = new MCPServerStdio({
  name: "runspec",
  command,
  args: WORDS,
  cwd,
  env: { ...process.env },
});
const context = new RunContext({});
/** What its function tools are called. */
const functionName = (name) => name.replaceAll("-", "_");
let tools = [];
const named = (name) => tools.find((tool) => tool.name === name);
const call = async (name, args = {}, details = {}) =>
  Object(await named(name).invoke(context, JSON.stringify(args), details)).text;

if (LIST !== undefined) {
  await runGatewayChecks({
    connect: () => server.connect(),
    async list() {
      tools = await getAllMcpTools({ mcpServers: [server], convertSchemasToStrict: strict });
      return tools.map(({ name, parameters }) => ({ name, inputSchema: parameters }));
    },
    call: (name, args, options) => call(name, args, options),
    close: () => server.close(),
  });
  process.exit(0);
}

await check("connect and list", async () => {
  await server.connect();
  tools = await getAllMcpTools({ mcpServers: [server], convertSchemasToStrict: strict });
  // It reads one page.
  assert.deepEqual(
    tools.map(({ name }) => name),
    JSON.parse(names).map(functionName).slice(0, tools.length),
  );
  assert.ok(tools.every(({ description }) => description !== ""));
  assert.equal(named("types").strict, strict);
});
await check("call", async () => assert.equal(await call("greet", { who: "you" }), "hello you\n"));
await check("every type of argument", () => everyType((given) => call("types", given)));
await check("a failing call", async () =>
  assert.equal(await call("fail"), "exit_code: 3\nstdout:\nout\nstderr:\nerr"),
);
await check("a call with a mistake", async () =>
  assert.match(await call("greet", { whom: "you" }), /did you mean "who"/),
);
await check("cancel", async () => {
  const pidFile = `${cwd}/pids`;
  rmSync(pidFile, { force: true });
  const controller = new AbortController();
  const cancelled = named("sleeper").invoke(context, "{}", { signal: controller.signal });
  cancelled.catch(() => {});
  await until(() => existsSync(pidFile), "the tool's start");
  const pids = readFileSync(pidFile, "utf8").trim().split(/\s+/).map(Number);
  controller.abort();
  await until(() => !pids.some(alive), "the end of the tool's processes", 8000);
});
await check("close", () => server.close());
process.exit(0);
