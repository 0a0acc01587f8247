/** The other implementation at the other end: what its jump sends, and what its serve answers, as recorded from its Python pack. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { BASE_ENV, run } from "../harness/binary.ts";
import { recordingSsh } from "../harness/recording-ssh.ts";
import { quote } from "../harness/ssh-host.ts";
import { specDir, tempDir, writeSpec } from "../harness/temp.ts";
import { REPORT, readReport } from "./spec-site.ts";

setDefaultTimeout(60_000);

/** Its server: three methods, nothing but text, and `x-…` keys at the top of a tool. */
const TOOLS = [
  {
    name: "deploy",
    description: "Deploy",
    "x-autonomy": "confirm",
    "x-output": "text",
    inputSchema: {
      type: "object",
      properties: {
        "dry-run": { type: "boolean", default: false },
        verbose: { type: "boolean", default: true },
        alpha: { type: "string" },
        tags: { type: "array", items: { type: "string", default: ["a", "b"] } },
        n: { type: "integer", default: 3 },
      },
      required: ["alpha"],
    },
  },
  {
    name: "build",
    description: "",
    "x-autonomy": "",
    "x-output": "text",
    inputSchema: { type: "object", properties: {} },
  },
  {
    name: "wipe",
    description: "Wipe",
    "x-autonomy": "manual",
    "x-output": "text",
    inputSchema: { type: "object", properties: {} },
  },
];

async function itsServer() {
  const dir = tempDir();
  const calls = join(dir, "calls");
  writeFileSync(calls, "");
  const answer = (result: string) => `printf '{"jsonrpc": "2.0", "id": %s, %s}\\n' "$id" ${quote(result)}`;
  const script = [
    "while IFS= read -r line; do",
    `  id=$(printf %s "$line" | sed -n 's/.*"id":\\("[^"]*"\\|[0-9]*\\).*/\\1/p')`,
    '  [ -n "$id" ] || continue',
    '  case "$line" in',
    `  *'"method":"initialize"'*) ${answer('"result": {"protocolVersion": "2024-11-05", "capabilities": {"tools": {}}, "serverInfo": {"name": "tools-prod", "version": "0.29.0"}}')};;`,
    `  *'"method":"tools/list"'*) ${answer(`"result": ${JSON.stringify({ tools: TOOLS })}`)};;`,
    `  *'"method":"tools/call"'*) printf '%s\\n' "$line" >>${quote(calls)}; ${answer('"result": {"content": [{"type": "text", "text": "done\\n"}], "isError": false, "_meta": {"runspec": {"tool": "deploy", "duration_ms": 12, "exit_code": 0}}}')};;`,
    `  *) ${answer('"error": {"code": -32601, "message": "Method not found"}')};;`,
    "  esac",
    "done",
  ].join("\n");
  const ssh = await recordingSsh(tempDir(), { script });
  const cwd = specDir("[config.jump-hosts.far]\n");
  const env = { PATH: [ssh.binDir, BASE_ENV.PATH].join(delimiter), XDG_CACHE_HOME: tempDir() };
  return {
    jump: (...words: string[]) => run(["jump", "far", ...words], { cwd, env }),
    jumpList: (...words: string[]) => run(["jump", "far,", ...words], { cwd, env }),
    called: () =>
      readFileSync(calls, "utf8")
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line).params),
  };
}

test("our jump lists and calls the tools of its serve", async () => {
  const { jump, jumpList, called } = await itsServer();
  const list = await jump();
  expect([list.code, list.stderr]).toEqual([0, ""]);
  expect(list.out).toMatch(/deploy +confirm +Deploy\n +build/);
  const words = ["--alpha", "-5", "--tags", "a", "--tags=-b", "--n", "7", "--dry-run"];
  expect(await jump("deploy", "--", ...words)).toMatchObject({ code: 0, out: "done\n", stderr: "" });
  expect(await jumpList("deploy", "--", "--alpha", "x")).toMatchObject({
    ...{ code: 0, out: "far │ done\n", stderr: "runspec: deploy succeeded on 1 host\n" },
  });
  expect(called()).toMatchObject([
    { name: "deploy", arguments: { alpha: "-5", tags: ["a", "-b"], n: 7, "dry-run": true } },
    { name: "deploy", arguments: { alpha: "x" } },
  ]);
});

test("its serve runs what is for a person, so our jump refuses that itself", async () => {
  const { jump, jumpList, called } = await itsServer();
  const byPerson = "  from here, a person calls it at a terminal, or with --human\n";
  expect(await jump("wipe")).toMatchObject({
    ...{ code: 125, out: "" },
    stderr: `runspec: wipe is manual: only a person may do this\n${byPerson}`,
  });
  expect(await jumpList("wipe")).toMatchObject({
    ...{ code: 125, out: "" },
    stderr: `runspec: wipe was started nowhere: 1 of 1 host refused the call\n  far (1 host)\n    wipe is manual: only a person may do this\n${byPerson}`,
  });
  expect(called()).toEqual([]);
  expect(await jump("wipe", "--human")).toMatchObject({ code: 0, out: "done\n" });
  expect(await jumpList("wipe", "--human")).toMatchObject({ code: 0, out: "far │ done\n" });
});

test("our jump sends its serve no flag as false, which would turn it on", async () => {
  const { jump, called } = await itsServer();
  expect(await jump("deploy", "--", "--alpha", "x", "--no-dry-run")).toMatchObject({
    code: 0,
    out: "done\n",
  });
  expect(called().map(({ arguments: given }) => given)).toEqual([{ alpha: "x" }]);
  const refused = await jump("deploy", "--", "--alpha", "x", "--no-verbose");
  expect([refused.code, refused.out]).toEqual([125, ""]);
  expect(refused.stderr).toContain("deploy: --verbose: found false");
  expect(called().length).toBe(1);
});

test("its jump calls a tool behind our serve", async () => {
  const cwd = tempDir();
  writeSpec(
    cwd,
    `[deploy]\n${REPORT}\nargs.n = 3\nargs.alpha = {type = "str", required = false}\nargs.dry-run = false\n`,
  );
  // Everything is text to it but flags; the spaces are Python's.
  const sent = [
    '{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": {"name": "runspec-jump", "version": "1.0"}}}',
    '{"jsonrpc": "2.0", "method": "notifications/initialized", "params": {}}',
    '{"jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": {}}',
    '{"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": "deploy", "arguments": {"n": "7", "alpha": "-h", "dry-run": true}}}',
  ];
  const { code, out, stderr } = await run(["serve"], {
    cwd,
    stdin: sent.map((line) => `${line}\n`).join(""),
  });
  expect([code, stderr]).toEqual([0, ""]);
  const [hello, list, call] = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(hello).toMatchObject({ id: 1, result: { protocolVersion: "2024-11-05" } });
  expect(list.result.tools.map(({ name }: { name: string }) => name)).toEqual(["deploy"]);
  expect(call).toMatchObject({ id: 3, result: { isError: false, _meta: { runspec: { exit_code: 0 } } } });
  const { argv, values } = readReport(call.result.content[0].text);
  expect([argv, values]).toEqual([
    ["--n", "7", "--alpha=-h", "--dry-run"],
    { N: "7", ALPHA: "-h", DRY_RUN: "1" },
  ]);
});
