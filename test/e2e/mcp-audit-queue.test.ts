import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { linesOf } from "../harness/processes.ts";
import { tempDir } from "../harness/temp.ts";
import { connect } from "./mcp-site.ts";
import { script, tool } from "./site.ts";

setDefaultTimeout(60_000);

/** As many as serve runs at once. */
const PLACES = 64;

test("a call that is cancelled while it waits for a place is in the trail, and is never started", async () => {
  const cwd = tempDir();
  const toml = `[config.logging]\ndir = "trail"\n${tool("busy", ["sleep", "60"])}\n${tool("queued", script("touch started"))}`;
  const client = await connect(toml, "2025-11-25", { cwd });
  for (let n = 0; n < PLACES; n++)
    await client.send(client.draft(`busy-${n}`, "tools/call", { name: "busy" }));
  await client.send(client.draft("waiting", "tools/call", { name: "queued" }));
  await client.notify("notifications/cancelled", { requestId: "waiting" });

  const file = join(cwd, "trail", "audit.jsonl");
  const [line, ...more] = await linesOf(file, 20_000);
  expect(more).toEqual([]);
  expect(JSON.parse(line ?? "")).toMatchObject({
    tool: "queued",
    outcome: "cancelled",
    exit_code: null,
    duration_ms: 0,
  });
  expect(existsSync(join(cwd, "started"))).toBe(false);
  expect(await client.close()).toEqual({ code: 0, signal: null });
});
