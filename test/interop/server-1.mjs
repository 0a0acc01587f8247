/**
 * `runspec jump` against a server of the official TypeScript SDK 1.x. Arguments: the binary. With `serve` instead, it is that server, whose
 * tool notes each run in the file `runs`.
 */

import { spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";

const [program] = process.argv.slice(2);
if (program === "serve") {
  const server = new McpServer({ name: "official", version: "1" });
  server.registerTool("t", { inputSchema: { n: z.number().int().optional() } }, async ({ n }) => {
    appendFileSync("runs", "t\n");
    return { content: [{ type: "text", text: `n=${n}\n` }] };
  });
  await server.connect(new StdioServerTransport());
} else {
  const dir = mkdtempSync(join(tmpdir(), "runspec-official-"));
  writeFileSync(join(dir, "runspec.toml"), "[config.jump-hosts.a]\n");
  const ssh = `#!/bin/sh\ncd '${dir}' && exec '${process.execPath}' '${import.meta.filename}' serve\n`;
  writeFileSync(join(dir, "ssh"), ssh, { mode: 0o755 });
  const env = { ...process.env, PATH: `${dir}:${process.env.PATH}`, XDG_CACHE_HOME: dir };
  for (const times of [1, 2]) {
    const { status, stdout, stderr } = spawnSync(program, ["jump", "a", "t", "--", "--n", "3"], {
      cwd: dir,
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    const runs = readFileSync(join(dir, "runs"), "utf8").length / 2;
    const ok = status === 0 && stdout === "n=3\n" && stderr === "" && runs === times;
    const detail = ok ? "" : JSON.stringify({ status, stdout, stderr, runs });
    console.log(JSON.stringify({ check: `call ${times}, run once`, ok, detail }));
  }
  console.log(JSON.stringify({ check: "close", ok: true, detail: "" }));
}
