/** `runspec/run` as anybody may send it: what it answers, and that a check runs nothing and says everything. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { serveClient } from "../harness/serve-client.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";

setDefaultTimeout(60_000);

const TOUCH = 'command = ["/bin/sh", "-c", "echo ran >>ran; echo $*", "sh"]';
const TOOLS = `
[config.logging]
dir = "AUDIT"

[open]
autonomy = "autonomous"
${TOUCH}
args.n = {type = "int", range = [1, 5], required = false, deprecated = "use m"}
args.token = {type = "str", required = false}

[secret]
autonomy = "autonomous"
${TOUCH}
args.token = {type = "str"}
args.env = {type = "str"}

[mine]
autonomy = "manual"
${TOUCH}
args.n = {type = "int", required = false}

[elsewhere]
autonomy = "manual"
hosts = ["nowhere"]
command = "/nowhere/at-all"
run_as = "$NOT_SET"
args.n = {type = "int"}

[gone]
autonomy = "autonomous"
command = "/nowhere/at-all"

[flat]
autonomy = "autonomous"

[become]
autonomy = "autonomous"
run_as = "$NOT_SET"
${TOUCH}

[lacking]
autonomy = "autonomous"
run_as = "oracle"
become_method = "pbrun"
${TOUCH}
`;

const HOST = { refused: true, duration_ms: 0 };
const fine = { exit_code: 0, duration_ms: 0, checked: true };

/** The call, what `_meta.runspec` says of its check beside the tool, and its sentences. */
const CHECKS: [name: string, words: string[], human: boolean, facts: object, said: RegExp[]][] = [
  ["open", [], false, fine, []],
  ["open", ["--token", "x"], false, fine, []],
  ["open", ["--n", "3"], false, { ...fine, notes: ["--n is deprecated: use m"] }, []],
  [
    "open",
    ["--n", "9", "--m"],
    false,
    { ...HOST, exit_code: 125, refused_for: ["words"] },
    [/^open: --m: there is no such flag/, /^open: --n: found 9, expected an integer from 1 to 5$/],
  ],
  [
    "secret",
    [],
    false,
    { ...HOST, exit_code: 125, refused_for: ["words"], missing_secrets: ["token"] },
    [/^secret: --token is required$/, /^secret: --env is required$/],
  ],
  [
    "mine",
    ["--n", "x"],
    false,
    { ...HOST, exit_code: 125, refused_for: ["words", "autonomy"], manual: true },
    [/^mine: --n: found "x", expected an integer$/, /^mine is manual: only a person may do this: /],
  ],
  ["mine", [], true, fine, []],
  [
    "elsewhere",
    [],
    false,
    {
      ...HOST,
      exit_code: 125,
      refused_for: ["words", "hosts", "autonomy", "become", "executable"],
      manual: true,
    },
    [
      /^elsewhere: --n is required$/,
      /^elsewhere may not run on .*; its hosts are nowhere$/,
      /^elsewhere is manual/,
      /^elsewhere: .*NOT_SET/,
      /^elsewhere: there is no file \/nowhere\/at-all/,
    ],
  ],
  [
    "elsewhere",
    ["--n", "1"],
    true,
    { ...HOST, exit_code: 127, refused_for: ["hosts", "become", "executable"] },
    [/^elsewhere may not run on/, /NOT_SET/, /^elsewhere: there is no file/],
  ],
  ["gone", [], false, { ...HOST, exit_code: 127, refused_for: ["executable"] }, [/^gone: there is no file/]],
  ["flat", [], false, { ...HOST, exit_code: 126, refused_for: ["executable"] }, [/is not executable/]],
  ["become", [], false, { ...HOST, exit_code: 125, refused_for: ["become"] }, [/^become: .*NOT_SET/]],
  [
    "open",
    ["--token", "x".repeat(131_072)],
    false,
    { ...HOST, exit_code: 125, refused_for: ["executable"] },
    [/: the arguments are too long for this system$/, /^pass it a file instead$/],
  ],
  [
    "lacking",
    [],
    false,
    { ...HOST, exit_code: 127, refused_for: ["become"] },
    [/^lacking: there is no pbrun on PATH$/, /^install pbrun, or name another become_method$/],
  ],
  [
    "opne",
    [],
    false,
    { ...HOST, exit_code: 127, refused_for: ["tool"] },
    [/^there is no tool "opne" here$/, /open/],
  ],
];

async function serving() {
  const cwd = tempDir();
  writeSpec(cwd, TOOLS.replace("AUDIT", cwd));
  writeFileSync(join(cwd, "flat"), "");
  const client = serveClient({ cwd });
  await client.open();
  return { cwd, client };
}

test("a check says all that a call would be refused for, and runs nothing", async () => {
  const { cwd, client } = await serving();
  for (const [name, words, human, facts, said] of CHECKS) {
    const params = { name, words, check: true, _meta: human ? { "runspec/caller": "human" } : {} };
    const { result } = await client.request("runspec/run", params);
    expect(result?._meta).toEqual({ runspec: { tool: name, ...facts } });
    const lines = textOf(result?.content).split("\n").filter(Boolean);
    expect([name, lines.length]).toEqual([name, said.length]);
    for (const [index, pattern] of said.entries()) expect(lines[index]).toMatch(pattern);
    expect(result?.isError).toBe(said.length > 0);
  }
  await client.close();
  expect([existsSync(join(cwd, "ran")), existsSync(join(cwd, "audit.jsonl"))]).toEqual([false, false]);
});

test("a call is refused for the first of it, and otherwise runs; with or without the handshake", async () => {
  const { cwd, client } = await serving();
  const meta = { "io.modelcontextprotocol/protocolVersion": "2026-07-28" };
  const envelope = {
    ...meta,
    "io.modelcontextprotocol/clientInfo": { name: "x", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  for (const _meta of [{}, envelope]) {
    const refused = await client.request("runspec/run", { name: "mine", words: ["--n", "x"], _meta });
    expect(textOf(refused.result?.content)).toBe('mine: --n: found "x", expected an integer');
    const ran = await client.request("runspec/run", { name: "open", words: ["--token", "a b"], _meta });
    expect(textOf(ran.result?.content)).toBe("--token a b\n");
  }
  expect(existsSync(join(cwd, "ran"))).toBe(true);
  await client.close();
});

test.each([
  [{}],
  [{ name: 7 }],
  [{ name: "open", words: "--n" }],
  [{ name: "open", words: ["--n", 3] }],
  [{ name: "open", words: { 0: "--n" } }],
  [{ name: "open", words: [], check: "yes" }],
])("%j is malformed, and nothing is run", async (params) => {
  const { cwd, client } = await serving();
  const { error } = await client.request("runspec/run", params);
  expect(error?.code).toBe(-32602);
  await client.close();
  expect(existsSync(join(cwd, "ran"))).toBe(false);
});

test("before initialize it is refused, and who asks for the list behind a last call is answered", async () => {
  const { cwd, client } = await serving();
  const early = serveClient({ cwd });
  expect((await early.request("runspec/run", { name: "open" })).error?.code).toBe(-32602);
  await early.close();
  const asked = client.request("runspec/run", { name: "open", _meta: { "runspec/last": true } });
  const listed = client.request("tools/list", {});
  expect((await listed).result?.tools).toBeArray();
  expect((await asked).error).toBeUndefined();
  expect((await client.close()).code).toBe(0);
});

function textOf(content: unknown): string {
  if (!Array.isArray(content)) return "";
  return content.map(({ text }) => text).join("");
}
