/**
 * The core of gemini-cli: its own discovery, its own tools, and the argument that it adds to each of them. Arguments: the binary,
 * the project, the names of its tools as JSON.
 */

import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { connectToMcpServer, discoverTools } from "@google/gemini-cli-core";
import { alive, check, everyType, until } from "./checks.mjs";
import { LIST, runGatewayChecks, WORDS } from "./gateway-checks.mjs";

const [command, cwd, names] = process.argv.slice(2);
const config = { command, args: WORDS, cwd, timeout: 60_000, env: { RUNSPEC_HEARTBEAT_MS: "1000" } };
/** As much of its configuration as these two functions look at. */
const cli = {
  isTrustedFolder: () => true,
  sanitizationConfig: {},
  emitMcpDiagnostic: (_level, message) => complaints.push(message),
};
const bus = { publish: async () => {}, subscribe() {}, unsubscribe() {}, on() {}, off() {} };
const workspace = { getDirectories: () => [cwd], onDirectoriesChanged: () => () => {} };
const complaints = [];
let client;
let tools = [];
const invoke = (name, params, signal = new AbortController().signal) =>
  tools
    .find((tool) => tool.serverToolName === name)
    .build(params)
    .execute({ abortSignal: signal, signal });
const textIn = (result) => result.llmContent.map((part) => part.text ?? "").join("");
const unwrapped = (text) => text.replace(/^<untrusted_context>\n|\n?<\/untrusted_context>$/g, "");

if (LIST !== undefined) {
  const { PATH, HOME, XDG_RUNTIME_DIR } = process.env;
  Object.assign(config.env, { PATH, HOME, XDG_RUNTIME_DIR });
  await runGatewayChecks({
    async connect() {
      client = await connectToMcpServer("0.0.0", "runspec", config, false, workspace, cli);
    },
    async list() {
      tools = await discoverTools("runspec", config, client, cli, bus, { timeout: 60_000 });
      return tools.map(({ serverToolName, schema }) => ({
        name: serverToolName,
        inputSchema: schema.parametersJsonSchema,
      }));
    },
    async call(name, args, { signal } = {}) {
      const result = await invoke(name, args, signal);
      if (typeof result.llmContent !== "string") return unwrapped(textIn(result));
      // An error is told as one text, with the whole answer in it.
      const [, answer] = /with response: (.*)$/s.exec(result.llmContent);
      return JSON.parse(answer)[0].functionResponse.response.content[0].text;
    },
    cancelsByClosing: true,
    close: () => client.close(),
  });
  process.exit(0);
}

await check("connect and list", async () => {
  client = await connectToMcpServer("0.0.0", "runspec", config, false, workspace, cli);
  tools = await discoverTools("runspec", config, client, cli, bus, { timeout: 60_000 });
  assert.deepEqual(
    tools.map(({ serverToolName }) => serverToolName),
    JSON.parse(names).slice(0, tools.length),
  );
  const { parametersJsonSchema } = tools.find(({ serverToolName }) => serverToolName === "greet").schema;
  assert.ok("wait_for_previous" in parametersJsonSchema.properties, "the argument that it adds");
});
await check("call, and what it adds arrives nowhere", async () => {
  const result = await invoke("greet", { who: "you", wait_for_previous: true });
  assert.equal(unwrapped(textIn(result)), "hello you\n");
});
// It puts any text that is JSON into structuredContent, and refuses all but objects there.
await check("an output that is a number", async () =>
  assert.equal(unwrapped(textIn(await invoke("number", {}))), "42\n"),
);
// It checks by the schema itself, before it calls.
await check("every type of argument", () =>
  everyType(
    async (given) => unwrapped(textIn(await invoke("types", { ...given, wait_for_previous: false }))),
    {
      declared: true,
    },
  ),
);
await check("a failing call", async () => {
  const result = await invoke("fail", {});
  assert.ok(result.error, "told as an error");
  assert.match(JSON.stringify(result), /exit_code: 3\\\\?n.*out.*err/s);
});
await check("cancel", async () => {
  const pidFile = `${cwd}/pids`;
  rmSync(pidFile, { force: true });
  const controller = new AbortController();
  const cancelled = invoke("sleeper", {}, controller.signal);
  cancelled.catch(() => {});
  await until(() => existsSync(pidFile), "the tool's start");
  const pids = readFileSync(pidFile, "utf8").trim().split(/\s+/).map(Number);
  controller.abort();
  // It gives up waiting and tells the server nothing: its end is that of the connection.
  await assert.rejects(cancelled);
  await client.close();
  await until(() => !pids.some(alive), "the end of the tool's processes", 12_000);
});
await check("close", async () => assert.deepEqual(complaints, []));
process.exit(0);
