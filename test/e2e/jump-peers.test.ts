/** Servers that are not ours, or not well: everything a peer can say, through an ssh that says it. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { type RunResult, run } from "../harness/binary.ts";
import { alive, waitUntil } from "../harness/processes.ts";
import { recordingSsh } from "../harness/recording-ssh.ts";
import { tempDir } from "../harness/temp.ts";
import { pidsIn, project, quote } from "./site.ts";

setDefaultTimeout(60_000);

const answer = (id: number, result: unknown): string => JSON.stringify({ jsonrpc: "2.0", id, result });
const failure = (id: number, code: number, message: string): string =>
  JSON.stringify({ jsonrpc: "2.0", id, error: { code, message } });

const hello = (more: object = {}): string =>
  answer(1, {
    protocolVersion: "2025-06-18",
    capabilities: { tools: {} },
    serverInfo: { name: "other", version: "1" },
    ...more,
  });
const TOOL = { name: "t", inputSchema: { type: "object", properties: { n: { type: "integer" } } } };
const tools = (...list: unknown[]): string => answer(2, { tools: list });
const done = (result: object): string => answer(3, result);
const text = (...texts: string[]): object => ({ content: texts.map((one) => ({ type: "text", text: one })) });

/** sh for: once `requests` lines have come, say `lines`. The client's lines are initialize, initialized, tools/list, tools/call. */
const say = (requests: number, ...lines: string[]): string =>
  [
    ...Array.from({ length: requests }, () => "read -r line"),
    ...lines.map((line) => `printf '%s\\n' ${quote(line)}`),
  ].join("\n");

const STAY = "cat >/dev/null";
const OPEN = say(3, hello(), tools(TOOL));

/** `jump a WORDS` against an ssh that runs `script` and exits with `exitCode`. */
async function against(scriptText: string, words: string[] = ["t"], exitCode = 0): Promise<RunResult> {
  const ssh = await recordingSsh(tempDir(), { script: scriptText, exitCode });
  const { cwd, env } = project("[config.jump-hosts.a]\n", ssh.binDir);
  const result = await run(["jump", "a", ...words], {
    cwd,
    env: { ...env, RUNSPEC_HANDSHAKE_TIMEOUT: "2" },
    timeoutMs: 20_000,
  });
  // Whatever happens: no stack trace, nothing but whole lines.
  expect(result.stderr).not.toMatch(/\n\s+at .*[:(]/);
  return result;
}

const outcome = ({ code, out, stderr }: RunResult): unknown[] => [code, out, stderr];

test.concurrent.each([
  ["its text is the output", done(text("hello\n")), [0, "hello\n", ""]],
  ["text without a newline", done(text("hello")), [0, "hello", ""]],
  ["several texts", done(text("a", "b")), [0, "a\nb", ""]],
  ["nothing", done({ content: [] }), [0, "", ""]],
  ["no content at all", done({}), [0, "", ""]],
  ["other content", done({ content: [{ type: "image", data: "AA==", mimeType: "image/png" }] }), [0, "", ""]],
  ["an error: 1, on stderr", done({ ...text("went wrong"), isError: true }), [1, "", "went wrong\n"]],
  [
    "a code of its own",
    done({ ...text("x"), isError: true, _meta: { runspec: { exit_code: 9 } } }),
    [9, "", "x\n"],
  ],
  ["a code that is none", done({ ...text("x"), _meta: { runspec: { exit_code: 300 } } }), [0, "x", ""]],
  [
    "a code that is none, and an error",
    done({ ...text("x"), isError: true, _meta: { runspec: { exit_code: -1 } } }),
    [1, "", "x\n"],
  ],
  [
    "an error answer",
    failure(3, -32000, "no such luck"),
    [125, "", "runspec: the server refused: no such luck\n"],
  ],
  [
    "an error answer with control characters",
    failure(3, -32000, "a\u001b[2Jb\nc"),
    [125, "", "runspec: the server refused: a\\x1b[2Jb\\nc\n"],
  ],
  [
    "a result that is no object",
    answer(3, 0).replace(":0}", ":null}"),
    [125, "", "runspec: the server's answer to tools/call makes no sense as MCP\n"],
  ],
])("a server without live output answers: %s", async (_what, line, expected) => {
  expect(outcome(await against(`${OPEN}\n${say(1, line)}\n${STAY}`))).toEqual(expected);
});

test.concurrent("requests and notifications of the server do no harm", async () => {
  const lines = [
    '{"jsonrpc":"2.0","id":1,"method":"ping"}',
    '{"jsonrpc":"2.0","id":"x","method":"roots/list"}',
    '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"hi"}}',
    '{"jsonrpc":"2.0","method":"notifications/progress","params":{}}',
    '{"jsonrpc":"2.0","id":77,"result":{}}',
    '{"jsonrpc":"2.0","id":null,"error":{"code":-1,"message":"x"}}',
  ];
  const result = await against(`${OPEN}\n${say(1, ...lines, done(text("fine\n")))}\n${STAY}`);
  expect(outcome(result)).toEqual([0, "fine\n", ""]);
});

test.concurrent("live output with odd params does no harm", async () => {
  const output = (params: object): string =>
    JSON.stringify({ jsonrpc: "2.0", method: "notifications/runspec/output", params });
  const lines = [
    output({ requestId: 3, stream: "stdout", data: "one\n" }),
    output({ requestId: 3, stream: "stderr", base64: "dHdvCg==" }),
    output({ requestId: 3, stream: "stdin", data: "no\n" }),
    output({ requestId: 3, stream: "stdout" }),
    output({ requestId: 3, stream: "stdout", data: 7 }),
    '{"jsonrpc":"2.0","method":"notifications/runspec/output"}',
    output({ requestId: 3, stream: "stdout", data: "\u00e9 \u{1f642} \ud83d" }).replace("\u00e9", "\\u00e9"),
    done({ content: [], _meta: { runspec: { exit_code: 4 } } }),
  ];
  const opened = say(3, hello({ capabilities: { experimental: { "runspec/stream": {} } } }), tools(TOOL));
  const { code, out, stderr } = await against(`${opened}\n${say(1, ...lines)}\n${STAY}`);
  expect([code, out, stderr]).toEqual([4, "one\n\u00e9 \u{1f642} \ufffd", "two\n"]);
});

test.concurrent("a list of tools in pages, and one that never ends", async () => {
  const page = answer(2, { tools: [{ name: "first" }], nextCursor: "2" });
  const pages = await against(
    `${say(3, hello(), page)}\n${say(1, answer(3, { tools: [{ name: "second" }] }))}\n${STAY}`,
    ["-f", "json"],
  );
  expect([pages.code, JSON.parse(pages.out)]).toEqual([
    0,
    { tools: [{ name: "first" }, { name: "second" }] },
  ]);
  const endless = `${say(3, hello())}
n=2
while :; do
  printf '{"jsonrpc":"2.0","id":%s,"result":{"tools":[],"nextCursor":"x"}}\\n' $n
  n=$((n + 1))
  read -r line || exit
done`;
  expect(outcome(await against(endless, []))).toEqual([
    125,
    "",
    "runspec: the server's list of tools did not end after 1000 pages\n",
  ]);
});

test.concurrent.each([
  [
    "refuses the handshake",
    say(1, failure(1, -32600, "not today")),
    "runspec: the server refused: not today\n",
  ],
  [
    "speaks a revision that we do not",
    say(1, hello({ protocolVersion: "1999-01-01" })),
    'runspec: the server speaks MCP "1999-01-01", which runspec does not\n',
  ],
  [
    "answers nonsense",
    say(1, answer(1, "hello")),
    "runspec: the server's answer to initialize makes no sense as MCP\n",
  ],
  [
    "lists nonsense",
    say(3, hello(), answer(2, { tools: "t" })),
    "runspec: the server's answer to tools/list makes no sense as MCP\n",
  ],
])("a server that %s: 125", async (_what, scriptText, said) => {
  expect(outcome(await against(`${scriptText}\n${STAY}`))).toEqual([125, "", said]);
});

const CLOSED = "its last words, if any, are above";

test.concurrent.each([
  [
    "during the list",
    say(3, hello()),
    0,
    "the runspec server on a closed the connection before it answered (it ended with 0)",
  ],
  [
    "during the call",
    `${OPEN}\n${say(1)}`,
    0,
    "the runspec server on a closed the connection before it answered (it ended with 0)",
  ],
  [
    "during the call, with a code",
    `${OPEN}\n${say(1)}`,
    3,
    "the runspec server on a closed the connection before it answered (it ended with 3)",
  ],
  [
    "in the middle of its answer",
    `${OPEN}\n${say(1)}\nprintf '%s' '{"jsonrpc":"2.0","id":3,"res'`,
    0,
    "the runspec server on a closed the connection before it answered (it ended with 0)",
  ],
])("a server that goes %s", async (_when, scriptText, exitCode, said) => {
  expect(outcome(await against(scriptText, ["t"], exitCode))).toEqual([
    125,
    "",
    `runspec: ${said}\n  ${CLOSED}\n`,
  ]);
});

test.concurrent("a connection that is lost during the call: 255", async () => {
  const { code, stderr } = await against(`${OPEN}\n${say(1)}`, ["t"], 255);
  expect([code, stderr]).toEqual([
    255,
    "runspec: the connection to a was lost before the answer came\n  the remote stops a tool whose connection is lost; look there before running it again\n",
  ]);
});

test.concurrent("a server that completes the handshake and never lists its tools is given up", async () => {
  const { code, out, stderr } = await against(`${say(3, hello())}\n${STAY}`);
  expect([code, out, stderr.split("\n").length]).toEqual([125, "", 3]);
  expect(stderr).toMatch(/^runspec: a .*2 s/);
});

test.concurrent("start-up noise of half a megabyte is read past; without an end it is given up", async () => {
  const noise = "yes 'hello from .bashrc' | head -n 25000";
  const noisy = await against(`${noise}\n${OPEN}\n${say(1, done(text("fine\n")))}\n${STAY}`);
  expect([noisy.code, noisy.out, noisy.stderr.length]).toEqual([0, "fine\n", 475_000]);
  const endless = await against("head -c 20000000 /dev/zero");
  expect([endless.code, endless.out]).toEqual([125, ""]);
  expect(endless.stderr).toContain("runspec on a ran but did not speak MCP: it said ");
});

test.concurrent("noise that acts on a terminal is shown as it is written, as ssh shows it, but not in a sentence", async () => {
  const { code, stderr } = await against(`printf 'a\\033[2Jb\\n'`);
  expect([code, stderr]).toEqual([
    125,
    'a\u001b[2Jb\nrunspec: runspec on a ran but did not speak MCP: it said "a\\\\x1b[2Jb" and ended with 0\n  what is it? Try: ssh -o BatchMode=yes a runspec --version\n',
  ]);
});

test.concurrent("an answer that is one line of 70 MiB does not bring us down", async () => {
  const huge = `printf '{"jsonrpc":"2.0","id":3,"result":{"content":[{"type":"text","text":"'; head -c 73400320 /dev/zero | tr '\\0' x; printf '"}]}}\\n'`;
  const { code, out, stderr } = await against(`${OPEN}\n${say(1)}\n${huge}`);
  expect([code, out]).toEqual([125, ""]);
  expect(stderr.length).toBeLessThan(200_000);
});

test.concurrent("an ssh that stays after the answer does not keep us", async () => {
  const dir = tempDir();
  const pid = join(dir, "pid");
  const { code, out } = await against(
    `${OPEN}\n${say(1, done(text("fine\n")))}\necho $$ >${pid}.new; mv ${pid}.new ${pid}; exec sleep 600`,
  );
  expect([code, out]).toEqual([0, "fine\n"]);
  for (const one of await pidsIn(pid)) await waitUntil(() => !alive(one), 20_000, "the end of ssh");
});

test.concurrent("a schema that makes no sense takes no arguments away", async () => {
  const odd = { name: "t", inputSchema: { properties: { n: 7, __proto__: {}, "a b": { type: "string" } } } };
  const opened = say(3, hello(), tools(odd, "not a tool", { no: "name" }, null));
  const { code, out } = await against(`${opened}\n${say(1, done(text("fine\n")))}\n${STAY}`, [
    "t",
    "--",
    "--n=x",
  ]);
  expect([code, out]).toEqual([0, "fine\n"]);
});
