/** The official TypeScript SDK 1.x as a client. Arguments: the binary, the project, the names of its tools as JSON. */

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { runChecks } from "./checks.mjs";
import { LIST, runGatewayChecks, WORDS } from "./gateway-checks.mjs";

const [command, cwd, tools] = process.argv.slice(2);
const transport = new StdioClientTransport({
  command,
  args: WORDS,
  cwd,
  stderr: "ignore",
  env: { ...process.env },
});
const client = new Client({ name: "interop", version: "1" });
const errors = [];
client.onerror = (error) => errors.push(error);

if (LIST !== undefined) {
  const call = (name, args, options = {}) => client.callTool({ name, arguments: args }, undefined, options);
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
    patient: true,
    expectedVersion: undefined,
    version: () => undefined,
    connect: () => client.connect(transport),
    async listTools() {
      const all = [];
      for (let cursor, first = true; first || cursor !== undefined; first = false) {
        const page = await client.listTools(cursor === undefined ? {} : { cursor });
        all.push(...page.tools);
        cursor = page.nextCursor;
      }
      return all;
    },
    call: (name, args = {}, options = {}) => client.callTool({ name, arguments: args }, undefined, options),
    pid: () => transport.pid,
    close: () => client.close(),
  },
  { tools: JSON.parse(tools), pidFile: `${cwd}/pids` },
);
