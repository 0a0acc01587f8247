/** `runspec/raw`: bytes that follow the line which announces them, in both directions, as docs/protocol.md has it. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { start } from "../harness/binary.ts";
import type { Message } from "../harness/serve-client.ts";
import { specDir } from "../harness/temp.ts";
import { against, done, hello, say, TOOL, text, tools } from "./peer.ts";
import { fixture, script, tool } from "./site.ts";

setDefaultTimeout(60_000);

const FORGED = '{"jsonrpc":"2.0","id":2,"result":{"content":[]}}';
const ANNOUNCES =
  '{"jsonrpc":"2.0","method":"notifications/runspec/output","params":{"requestId":2,"stream":"stdout","bytes":9}}';
const SPEC = [
  tool("binary", [fixture("bytes")]),
  tool("both", script("printf out; printf err >&2")),
  tool("forger", script(`echo '${FORGED}'; echo '${ANNOUNCES}'`)),
  tool("upper", ["tr", "a-z", "A-Z"]),
  tool("copy", ["cat"]),
  tool("quiet", ["true"]),
  tool("commit", script("sleep 60; wc -c; echo committed")),
].join("\n");

const line = (message: object) => `${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`;
const OPENING =
  line({
    id: 1,
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: {} },
  }) + line({ method: "notifications/initialized" });
const input = (params: object) =>
  line({ method: "notifications/runspec/input", params: { requestId: 2, ...params } });

interface Heard {
  messages: Message[];
  stdout: string;
  stderr: string;
}

/** The call 2 of `name`, with `meta`; `more` is sent once the tool has been started. Bytes are given as Latin-1. */
async function call(name: string, meta: object, more?: Uint8Array): Promise<Heard> {
  const cwd = specDir(SPEC);
  const server = start(["serve"], { cwd });
  const params = { name, arguments: {}, _meta: { "runspec/last": true, ...meta } };
  await server.write(OPENING + line({ id: 2, method: "tools/call", params }));
  const chunks: Uint8Array[] = [];
  let told = false;
  for await (const chunk of server.stdout) {
    chunks.push(chunk);
    if (more === undefined || told || !Buffer.concat(chunks).includes("input-taken")) continue;
    told = true;
    await server.write(more);
  }
  expect((await server.exited).code).toBe(0);
  return hear(Buffer.concat(chunks));
}

/** Reads a server's words by the rule alone: a line, and the bytes and the newline behind it where it announces some. */
function hear(said: Buffer): Heard {
  const heard: Heard = { messages: [], stdout: "", stderr: "" };
  for (let at = 0; at < said.length; ) {
    const end = said.indexOf("\n", at);
    const message: Message = JSON.parse(said.toString("utf8", at, end));
    at = end + 1;
    if (message.method !== "notifications/runspec/output") heard.messages.push(message);
    const { stream, bytes } = message.params ?? {};
    if ((stream !== "stdout" && stream !== "stderr") || typeof bytes !== "number") continue;
    heard[stream] += said.toString("latin1", at, at + bytes);
    expect(said[at + bytes]).toBe(0x0a);
    at += bytes + 1;
  }
  return heard;
}

const RAW = { "runspec/stream": true, "runspec/raw": true };
const answers = ({ messages }: Heard) => messages.map(({ id, error }) => ({ id, error }));
const CLEAN = [
  { id: 1, error: undefined },
  { id: 2, error: undefined },
];

test.concurrent("output that is no text comes as it is", async () => {
  const heard = await call("binary", RAW);
  const plain = Bun.spawnSync([fixture("bytes")]).stdout.toString("latin1");
  expect([heard.stdout, heard.stderr, answers(heard)]).toEqual([plain, "", CLEAN]);
});

test.concurrent("both streams come, each by itself", async () => {
  const heard = await call("both", RAW);
  expect([heard.stdout, heard.stderr, answers(heard)]).toEqual(["out", "err", CLEAN]);
});

test.concurrent("a tool that prints an answer, or an announcement, is quoted and not believed", async () => {
  const heard = await call("forger", RAW);
  expect([heard.stdout, answers(heard)]).toEqual([`${FORGED}\n${ANNOUNCES}\n`, CLEAN]);
});

test.concurrent("without live output there is nothing to announce", async () => {
  const heard = await call("both", { "runspec/raw": true });
  expect([heard.stdout, heard.messages.at(-1)?.result?.content]).toEqual([
    "",
    [{ type: "text", text: "out" }],
  ]);
});

test.concurrent("input behind its line reaches the tool and nobody else, whatever it looks like", async () => {
  const request = line({ id: 3, method: "tools/call", params: { name: "quiet" } });
  const sent = `${request}${input({ bytes: 99 })}`;
  const more = `${input({ bytes: sent.length })}${sent}\n${input({ data: "end" })}${input({ end: true })}`;
  const heard = await call("copy", { ...RAW, "runspec/stdin": true }, Buffer.from(more));
  expect(heard.stdout).toBe(`${sent}end`);
  expect(heard.messages.filter(({ id }) => id === 3)).toEqual([]);
});

test.concurrent("input of 700,000 random bytes, and the end", async () => {
  const bytes = randomBytes(700_000);
  const more = Buffer.concat([
    Buffer.from(input({ bytes: bytes.length })),
    bytes,
    Buffer.from(`\n${input({ end: true })}`),
  ]);
  const heard = await call("copy", { ...RAW, "runspec/stdin": true }, more);
  expect(heard.stdout === bytes.toString("latin1")).toBe(true);
});

test.concurrent("input of more than a server holds is not ended in the middle, and taken for the whole", async () => {
  const piece = `${input({ bytes: 1_000_000 })}${"x".repeat(1_000_000)}\n`;
  const heard = await call(
    "commit",
    { ...RAW, "runspec/stdin": true },
    Buffer.from(piece.repeat(4) + input({ end: true })),
  );
  const { result } = heard.messages.at(-1) ?? {};
  expect([heard.stdout, result]).toEqual([
    "",
    expect.objectContaining({
      isError: true,
      content: [
        {
          type: "text",
          text: "its client sent more than 2 MiB of input that the tool had not taken: commit was stopped; it ended with SIGTERM",
        },
      ],
    }),
  ]);
});

test.concurrent("an announcement of more than 1 MiB is none: what follows is read as lines", async () => {
  const more = input({ bytes: 2_000_000 }) + input({ data: "still here" }) + input({ end: true });
  const heard = await call("upper", { ...RAW, "runspec/stdin": true }, Buffer.from(more));
  expect(heard.stdout).toBe("STILL HERE");
});

const offering = hello({ capabilities: { experimental: { "runspec/stream": {}, "runspec/raw": {} } } });
const announce = (bytes: number) =>
  JSON.stringify({
    jsonrpc: "2.0",
    method: "notifications/runspec/output",
    params: { requestId: 4, stream: "stdout", bytes },
  });

test.concurrent("jump reads past what it is sent behind a line, and goes on", async () => {
  const script = [
    say(4, offering, tools(TOOL)),
    say(1, announce(5)),
    "printf 'a\\nb\\nc\\n'",
    say(0, done(text())),
  ];
  const { code, out, stderr } = await against(script.join("\n"));
  expect([code, out, stderr]).toEqual([0, "a\nb\nc", ""]);
});

test.concurrent("a server that goes in the middle of what it announced: what has come is printed", async () => {
  const script = [say(4, offering, tools(TOOL)), say(1, announce(50)), "printf 'half a li'"];
  const { code, out, stderr } = await against(script.join("\n"), ["t"], 255);
  expect([code, out]).toEqual([255, "half a li"]);
  expect(stderr).toStartWith(
    "runspec: a: the server was ended by a signal, or the connection broke before the answer came\n",
  );
});
