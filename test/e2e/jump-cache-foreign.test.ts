/** A remote that was runspec and is another MCP server now: what is remembered of the first is nothing to the second. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BIN, run } from "../harness/binary.ts";
import { recordingSsh } from "../harness/recording-ssh.ts";
import { quote } from "../harness/ssh-host.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";
import { project, script, tool } from "./site.ts";

setDefaultTimeout(60_000);

/** An MCP server in sh that has the tool `t`, knows nothing of runspec, and notes what it is asked for. */
function foreignServer(code: number, schema: object): string {
  const hello = {
    protocolVersion: "2025-06-18",
    capabilities: { tools: {} },
    serverInfo: { name: "other", version: "1" },
  };
  const list = { tools: [{ name: "t", inputSchema: schema }] };
  const reply = (result: object) => `answer '"result"' ${quote(JSON.stringify(result))}`;
  return `answer() { printf '{"jsonrpc":"2.0","id":%s,%s:%s}\\n' "$id" "$1" "$2"; }
while read -r line; do
  printf '%s\\n' "$line" >>asked
  id=$(printf %s "$line" | sed -n 's/.*"id":\\([0-9]*\\).*/\\1/p')
  case $line in
  *'"method":"initialize"'*) ${reply(hello)} ;;
  *'"method":"tools/list"'*) ${reply(list)} ;;
  *'"method":"tools/call"'*) ${reply({ content: [{ type: "text", text: "foreign\n" }] })} ;;
  *'"method":"notifications/'*) ;;
  *) answer '"error"' '{"code":${code},"message":"what?"}' ;;
  esac
done`;
}

async function replaced(code: number, schema: object) {
  const remote = tempDir();
  writeSpec(remote, tool("t", script('echo "own $*"'), 'args.n = { type = "int" }'));
  const ssh = await recordingSsh(tempDir(), {
    script: `cd ${quote(remote)}\n[ -e foreign ] || exec ${quote(BIN)} serve\n${foreignServer(code, schema)}`,
  });
  const { cwd, env } = project("[config.jump-hosts.a]\n", ssh.binDir);
  const home = tempDir();
  const jump = (...words: string[]) =>
    run(["jump", "a", "t", "--", ...words], { cwd, env: { ...env, HOME: home }, timeoutMs: 20_000 });
  const asked = () =>
    existsSync(join(remote, "asked"))
      ? readFileSync(join(remote, "asked"), "utf8")
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line))
          .filter(({ id }: { id?: number }) => id !== undefined)
      : [];
  expect(await jump("--n", "3")).toMatchObject({ code: 0, out: "own --n 3\n", stderr: "" });
  expect(readdirSync(join(home, ".cache", "runspec"))).toHaveLength(1);
  writeFileSync(join(remote, "foreign"), "");
  return { jump, asked };
}

test.concurrent.each([
  ["as an unknown method", -32601],
  ["as parameters that make no sense", -32602],
])("a server that refuses a checked call %s is asked as any server is", async (_how, code) => {
  const { jump, asked } = await replaced(code, { type: "object", properties: { n: { type: "string" } } });
  expect(await jump("--n", "3")).toMatchObject({ code: 0, out: "foreign\n", stderr: "" });
  expect(asked().map(({ method }: { method: string }) => method)).toEqual([
    "initialize",
    "runspec/call",
    "tools/list",
    "tools/call",
  ]);
  // By its own schema, not by the one that is remembered.
  expect(asked().at(-1).params.arguments).toEqual({ n: "3" });
});

test.concurrent("arguments that it does not take are refused, and nothing is called", async () => {
  const { jump, asked } = await replaced(-32601, {
    type: "object",
    properties: { m: { type: "string" } },
    additionalProperties: false,
  });
  const { code, out, stderr } = await jump("--n", "3");
  expect([code, out]).toEqual([125, ""]);
  expect(stderr).toContain("--n");
  expect(asked().map(({ method }: { method: string }) => method)).not.toContain("tools/call");
});

test.concurrent("where nothing can be kept, every call is as the first", async () => {
  const remote = tempDir();
  writeSpec(remote, tool("t", script("echo ran")));
  const ssh = await recordingSsh(tempDir(), { script: `cd ${quote(remote)} && exec ${quote(BIN)} serve` });
  const { cwd, env } = project("[config.jump-hosts.a]\n", ssh.binDir);
  for (const XDG_CACHE_HOME of ["/dev/null", "/proc", "relative", ""]) {
    const result = await run(["jump", "a", "t"], { cwd, env: { ...env, XDG_CACHE_HOME } });
    expect(result).toMatchObject({ code: 0, out: "ran\n", stderr: "" });
  }
  expect(readdirSync(cwd).sort()).toEqual(["runspec.toml"]);
});
