import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { BASE_ENV, BIN } from "../harness/binary.ts";
import { waitUntil } from "../harness/processes.ts";
import type { PlainObject } from "../harness/serve-client.ts";
import { specDir, tempDir } from "../harness/temp.ts";
import { BOTH_KINDS, connect } from "./mcp-site.ts";
import { gone } from "./processes.ts";
import { fixture, pidsIn, tool } from "./site.ts";

setDefaultTimeout(60_000);

const TOOLS = `
${tool("ok", ["true"])}
${tool("fails", [fixture("exit-with"), "7"])}
${tool("dies", [fixture("die-of"), "SEGV"])}
${tool("late", ["sleep", "60"], 'timeout = "200ms"')}
${tool("waits", [fixture("sleeper"), "pids"])}
${tool("gone", ["/nowhere/gone"])}
${tool("wipe", ["true"], 'autonomy = "manual"')}
${tool(
  "login",
  ["true"],
  `[login.args]
user = { type = "str" }
password = { type = "str", required = false }
pin = { type = "int", ui = "password", required = false }
api-key = { type = "str", env = "LOGIN_KEY", autonomy = "manual" }
tags = { type = "str", multiple = true, required = false }`,
)}
`;

const withTrail = (more = "") => `[config.logging]\ndir = "trail"\n${more}\n${TOOLS}`;

/** Who we are; not whom the environment names. */
const ME = Bun.spawnSync(["id", "-un"]).stdout.toString().trim();

const ENV = {
  USER: "alice",
  SUDO_USER: "bob",
  SSH_CONNECTION: "192.0.2.1 5000 192.0.2.2 22",
  LOGIN_KEY: "k",
};

/** The lines of the trail in the project `cwd`. */
function trail(cwd: string, name = "audit.jsonl"): PlainObject[] {
  const lines = readFileSync(join(cwd, "trail", name), "utf8").split(/[\n\u2028\u2029\u0085]/);
  expect(lines.pop()).toBe("");
  return lines.map((line) => JSON.parse(line));
}

const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) });

const brief = (line: PlainObject) => [line.tool, line.outcome, line.exit_code];

describe("the audit trail", () => {
  test.concurrent("has a line for every call, true to how it ended", async () => {
    const cwd = tempDir();
    const client = await connect(withTrail(), "2025-11-25", { cwd, env: ENV });
    const from = Date.now();
    for (const name of ["ok", "fails", "dies", "late", "gone", "wipe"]) await client.call(name);
    await client.call("ok", { extra: 1 });
    for (const given of [["ok"], "x", nested(40)])
      expect(await client.request("tools/call", { name: "ok", arguments: given })).toMatchObject({
        error: { code: -32602 },
      });
    await client.send(client.draft("w", "tools/call", { name: "waits" }));
    await waitUntil(() => existsSync(join(cwd, "pids")), 20_000, "the tool's start");
    await client.notify("notifications/cancelled", { requestId: "w" });
    await waitUntil(() => trail(cwd).length === 11, 20_000, "the line of the cancelled call");
    await client.close();

    const lines = trail(cwd);
    expect(lines.map(brief)).toEqual([
      ["ok", "succeeded", 0],
      ["fails", "failed", 7],
      ["dies", "failed", 139],
      ["late", "timed out", 124],
      ["gone", "refused", 127],
      ["wipe", "refused", 125],
      ["ok", "refused", 125],
      ...Array(3).fill(["ok", "refused", 125]),
      ["waits", "cancelled", 143],
    ]);
    const why = lines.map(({ refused_for }) => refused_for).filter((kinds) => kinds !== undefined);
    expect(why).toEqual([["executable"], ["autonomy"], ...Array(4).fill(["words"])]);
    expect(Number(lines[3]?.duration_ms)).toBeGreaterThanOrEqual(200);
    expect(lines.every((line) => typeof line.duration_ms === "number")).toBe(true);
    expect(new Set(lines.map(({ run_id }) => run_id)).size).toBe(lines.length);
    for (const line of lines) {
      const time = Date.parse(String(line.time));
      expect(time).toBeGreaterThanOrEqual(from - 1000);
      expect(time).toBeLessThanOrEqual(Date.now());
      expect(line).toMatchObject({
        file: join(cwd, "runspec.toml"),
        run_as: ME,
        asked_by: {
          user: ME,
          sudo_user: "bob",
          ssh_connection: ENV.SSH_CONNECTION,
          client: { name: "test", version: "1" },
          human: false,
        },
      });
    }
  });

  test.concurrent("a server that ends says of its calls that they were cancelled", async () => {
    const cwd = tempDir();
    const client = await connect(withTrail(), "2025-11-25", { cwd });
    await client.send(client.draft("w", "tools/call", { name: "waits" }));
    await waitUntil(() => existsSync(join(cwd, "pids")), 20_000, "the tool's start");
    await client.close();
    expect(trail(cwd).map(brief)).toEqual([["waits", "cancelled", 143]]);
  });

  test.concurrent.each(BOTH_KINDS)("%s: the client's name, and that a person asked", async (revision) => {
    const cwd = tempDir();
    const client = await connect(withTrail(), revision, { cwd });
    await client.call("wipe", {}, { "runspec/caller": "human" });
    await client.close();
    expect(trail(cwd)).toMatchObject([
      {
        tool: "wipe",
        outcome: "succeeded",
        asked_by: { client: { name: "test", version: "1" }, human: true },
      },
    ]);
  });

  test.concurrent("has what was given as words, too", async () => {
    const cwd = tempDir();
    const client = await connect(withTrail(), "2025-11-25", { cwd, env: ENV });
    const words = ["--user", "carol", "--password", "s3cret-1", "--tags", "a", "--tags", "b\u2028\u0085"];
    await client.request("runspec/run", { name: "login", words, _meta: { "runspec/caller": "human" } });
    await client.close();
    const [line, ...more] = trail(cwd);
    expect(line?.arguments).toEqual({ user: "carol", password: "***", tags: ["a", "b\u2028\u0085"] });
    expect([line?.outcome, more]).toEqual(["succeeded", []]);
  });

  test.concurrent("knows no secret: neither those that ran, nor those that were refused, nor what is no argument at all", async () => {
    const cwd = tempDir();
    const client = await connect(withTrail(), "2025-11-25", { cwd, env: ENV });
    const secrets = {
      user: "carol",
      password: "s3cret-1",
      pin: 47114711,
      "api-key": "s3cret-2",
      tags: ["a", "b"],
    };
    const masked = { user: "carol", password: "***", pin: "***", "api-key": "***", tags: ["a", "b"] };
    await client.call("login", secrets, { "runspec/caller": "human" });
    await client.call("login", secrets);
    await client.call("login", { user: "carol", api_key: "s3cret-2", passwort: "s3cret-3" });
    await client.close();
    expect(
      trail(cwd).map(({ outcome, arguments: given, undeclared_arguments: others }) => [
        outcome,
        given,
        others,
      ]),
    ).toEqual([
      ["succeeded", masked, undefined],
      ["refused", masked, undefined],
      ["refused", { user: "carol", "api-key": "***" }, 1],
    ]);
    expect(readFileSync(join(cwd, "trail/audit.jsonl"), "utf8")).not.toMatch(/s3cret|47114711/);
  });

  test.concurrent("has the value that the tool was given, and no null that stands beside it under another spelling", async () => {
    const cwd = tempDir();
    const args = '[deploy.args]\ntarget-host = { type = "str" }';
    const client = await connect(withTrail(tool("deploy", ["true"], args)), "2025-11-25", { cwd });
    await client.call("deploy", { "target-host": "production", target_host: null, other: null });
    await client.close();
    expect(trail(cwd)).toMatchObject([{ outcome: "succeeded", arguments: { "target-host": "production" } }]);
  });

  test.concurrent("is readable by its owner alone", async () => {
    const cwd = tempDir();
    const client = await connect(withTrail(), "2025-11-25", { cwd });
    await client.call("ok");
    await client.close();
    expect(statSync(join(cwd, "trail")).mode & 0o777).toBe(0o700);
    expect(statSync(join(cwd, "trail/audit.jsonl")).mode & 0o777).toBe(0o600);
  });

  test.concurrent("is there only where the file asks for it", async () => {
    const cwd = tempDir();
    const client = await connect(TOOLS, "2025-11-25", { cwd, env: { HOME: cwd } });
    await client.call("ok");
    await client.close();
    expect(readdirSync(cwd)).toEqual(["runspec.toml"]);
  });

  test.concurrent("without a dir lies where a user's state does", async () => {
    const cwd = tempDir();
    const client = await connect(`[config.logging]\n${TOOLS}`, "2025-11-25", { cwd, env: { HOME: cwd } });
    await client.call("ok");
    await client.close();
    expect(readdirSync(join(cwd, ".local/state/runspec"))).toEqual(["audit.jsonl"]);
  });

  test.concurrent("is not written there where the directory is not the user's alone; the command that is printed helps", async () => {
    const cwd = tempDir();
    const place = join(cwd, "runspec");
    mkdirSync(place, { mode: 0o755 });
    const env = { XDG_STATE_HOME: cwd };
    const call = async () => {
      const client = await connect(`[config.logging]\n${TOOLS}`, "2025-11-25", { cwd, env });
      await client.call("ok");
      await client.close();
      return client.stderr();
    };
    const remedy = `mv ${place} ${place}.old`;
    expect(await call()).toBe(
      `runspec: the audit trail cannot be written: ${place} is not a directory for you alone; run: ${remedy}\n`,
    );
    expect(readdirSync(place)).toEqual([]);
    Bun.spawnSync(["/bin/sh", "-c", remedy]);
    expect(await call()).toBe("");
    expect([readdirSync(place), statSync(place).mode & 0o777]).toEqual([["audit.jsonl"], 0o700]);
  });
});

// Both streams of the server are one socket, as where systemd or inetd starts it; one that is closed with an answer still in it is reset.
test.concurrent.skipIf(process.platform !== "linux")(
  "a client whose connection is reset has its call ended, and a line is left of it",
  async () => {
    const cwd = specDir(withTrail());
    const argv = ["/bin/sh", "-c", 'exec "$0" serve >&0', BIN];
    const server = Bun.spawn(argv, { cwd, env: BASE_ENV, stdin: "pipe", stdout: "ignore", stderr: "pipe" });
    const clientInfo = { name: "test", version: "1" };
    for (const message of [
      {
        id: 1,
        method: "initialize",
        params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo },
      },
      { id: 2, method: "tools/call", params: { name: "waits", arguments: {} } },
    ])
      server.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
    await server.stdin.flush();
    const pids = await pidsIn(join(cwd, "pids"));
    await server.stdin.end();
    const stderr = await new Response(server.stderr).text();
    expect(stderr).toBe("runspec: stdin cannot be read: connection reset by peer\n");
    expect(await server.exited).toBe(125);
    expect(trail(cwd)).toMatchObject([{ tool: "waits", outcome: "cancelled" }]);
    await gone(pids);
  },
);
