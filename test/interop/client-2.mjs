/**
 * The official TypeScript client 2.x. Arguments: the binary, the project, the names of its tools as JSON, and the mode: `legacy`
 * (initialize), `auto` (probes with a process it throws away), `in-place` (probes on the process it then uses) or a revision.
 */

import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { runChecks } from "./checks.mjs";
import { LIST, runGatewayChecks, WORDS } from "./gateway-checks.mjs";

/** The client spawns a second process to probe with only for its own class of transport. */
class InPlaceTransport extends StdioClientTransport {}

const [command, cwd, tools, mode] = process.argv.slice(2);
const Transport = mode === "in-place" ? InPlaceTransport : StdioClientTransport;
const transport = new Transport({ command, args: WORDS, cwd, stderr: "ignore", env: { ...process.env } });
const modes = { legacy: "legacy", auto: "auto", "in-place": "auto" };
const client = new Client(
  { name: "interop", version: "2" },
  { versionNegotiation: { mode: modes[mode] ?? { pin: mode } } },
);
const errors = [];
client.onerror = (error) => errors.push(error);

if (LIST !== undefined) {
  const call = (name, args, options = {}) => client.callTool({ name, arguments: args }, options);
  await runGatewayChecks({
    connect: () => client.connect(transport),
    list: async () => (await client.listTools()).tools,
    call: async (...words) => (await call(...words)).content[0].text,
    rows: async (...words) => (await call(...words)).structuredContent.hosts,
    tellsProgress: true,
    close: () => client.close(),
  });
  process.exit(0);
}

await runChecks(
  {
    errors,
    expectedVersion: mode === "legacy" ? "2025-11-25" : "2026-07-28",
    version: () => client.getNegotiatedProtocolVersion(),
    connect: () => client.connect(transport),
    listTools: async () => (await client.listTools()).tools,
    call: (name, args = {}, options = {}) => client.callTool({ name, arguments: args }, options),
    pid: () => transport.pid,
    close: () => client.close(),
  },
  { tools: JSON.parse(tools), pidFile: `${cwd}/pids` },
);
