/** What a server says that is not ours, and what becomes of it. */

import { expect, setDefaultTimeout, test } from "bun:test";

import {
  against,
  answer,
  done,
  failure,
  hello,
  OPEN,
  outcome,
  STAY,
  say,
  TOOL,
  text,
  tools,
} from "./peer.ts";

setDefaultTimeout(60_000);

const MAY_HAVE_RUN = "  the tool may have run: look on a before you run it again\n";
const NO_MCP = `runspec: a: the server's answer to the call is not valid MCP\n${MAY_HAVE_RUN}`;
const NO_CODE = (code: number) =>
  `runspec: a: the server says that the tool ended with ${code}, which is not an exit code\n`;

// What comes of each answer is test/mcp/client/client's, what is printed of it test/session/call's.
test.concurrent.each([
  ["its text is the output", done(text("hello\n")), [0, "hello\n", ""]],
  [
    "other content",
    done({ content: [{ type: "image", data: "AA==", mimeType: "image/png" }] }),
    [0, "", "runspec: a: the server's answer holds what is not shown here: image\n"],
  ],
  [
    "a code that is none, and an error",
    done({ ...text("x"), isError: true, _meta: { runspec: { exit_code: -1 } } }),
    [125, "", `${NO_CODE(-1)}x\n`],
  ],
  [
    "an error answer with control characters",
    failure(4, -32000, "a\u001b[2Jb\nc"),
    [125, "", `runspec: a: the server answered with an error: a\\x1b[2Jb\\nc\n${MAY_HAVE_RUN}`],
  ],
  [
    "a value without a text, with its digits",
    done({ content: [], structuredContent: { id: "ID", part: "PART" } })
      .replace('"ID"', "12345678901234567890")
      .replace('"PART"', "1.10"),
    [0, '{"id":12345678901234567890,"part":1.10}', ""],
  ],
  [
    "a value behind a banner, with its digits",
    `Welcome ${done({ content: [], structuredContent: { part: "PART" } }).replace('"PART"', "1.10")}`,
    [0, '{"part":1.10}', "Welcome \n"],
  ],
  [
    "to the id as text, with a null error",
    done(text("fine\n")).replace('"id":4', '"id":"4","error":null'),
    [0, "fine\n", ""],
  ],
  [
    "a number without a text, with its digits",
    done({ content: [], structuredContent: "ID" }).replace('"ID"', "12345678901234567890"),
    [0, "12345678901234567890", ""],
  ],
  ["what is no list as content", done({ content: "hello" }), [125, "", NO_MCP]],
  ["that a task has begun", done({ task: { taskId: "1", status: "working" } }), [125, "", NO_MCP]],
  ["a value beside a task of its own", done({ content: [], structuredContent: {}, task: {} }), [0, "{}", ""]],
  ["a result that is no object", answer(4, 0).replace(":0}", ":null}"), [125, "", NO_MCP]],
])("a server without live output answers: %s", async (_what, line, expected) => {
  expect(outcome(await against(`${OPEN}\n${say(1, line)}\n${STAY}`))).toEqual(expected);
});

test.concurrent.each([
  ["a text", text("cafE")],
  ["a value that has a method", { content: [], structuredContent: { method: "GET", path: "cafE" } }],
])("an answer that cannot be read is not waited for: %s", async (_what, result) => {
  const line = done(result).replace("cafE", "caf\\351");
  const { code, out, stderr } = await against(`${OPEN}\nread -r line\nprintf '${line}\\n'\n${STAY}`);
  const said = `${done(result).replace("cafE", "caf\ufffd")}\nrunspec: a: the answer to tools/call is not valid JSON-RPC\n${MAY_HAVE_RUN}`;
  expect([code, out, stderr]).toEqual([125, "", said]);
});

test.concurrent.each([
  ["an answer", done(text("fine\n")), [0, "fine\n", ""]],
  [
    "the beginning of a message",
    '{"js',
    [
      125,
      "",
      "runspec: a: the runspec server closed the connection before it answered (it ended with 0)\n  if a tool was started, it may run on until the server there notices; look on a before you run it again\n  its last words, if any, are above\n",
    ],
  ],
  [
    "words",
    "out of memory",
    [
      125,
      "",
      "out of memory\nrunspec: a: the runspec server closed the connection before it answered (it ended with 0)\n  if a tool was started, it may run on until the server there notices; look on a before you run it again\n  its last words, if any, are above\n",
    ],
  ],
])("%s without a line feed, and the end", async (_what, last, expected) => {
  expect(outcome(await against(`${OPEN}\nread -r line\nprintf %s '${last}'`))).toEqual(expected);
});

test.concurrent("a server that says on stderr what it receives, before it answers, is no shell", async () => {
  const log = 'read -r line\nprintf "received: %s\\n" "$line" >&2\nsleep 0.2';
  const server = [log, say(3, hello(), tools(TOOL)), say(1, done(text("fine\n"))), STAY].join("\n");
  const { code, out, stderr } = await against(server);
  expect([code, out, stderr.slice(0, 22)]).toEqual([0, "fine\n", 'received: {"jsonrpc":"']);
});

test.concurrent("requests and notifications of the server do no harm; what answers no request is shown", async () => {
  const nobodys = [
    '{"jsonrpc":"2.0","id":null,"error":{"code":-1,"message":"x"}}',
    '{"jsonrpc":"2.0","result":{}}',
  ];
  const lines = [
    '{"jsonrpc":"2.0","id":1,"method":"ping"}',
    '{"jsonrpc":"2.0","id":"x","method":"roots/list"}',
    '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"hi"}}',
    '{"jsonrpc":"2.0","method":"notifications/progress","params":{}}',
    '{"jsonrpc":"2.0","id":77,"result":{}}',
    ...nobodys,
  ];
  const result = await against(`${OPEN}\n${say(1, ...lines, done(text("fine\n")))}\n${STAY}`);
  expect(outcome(result)).toEqual([0, "fine\n", `${nobodys.join("\n")}\n`]);
});

test.concurrent("what comes on stderr after the end of stdout is heard to its end", async () => {
  const result = await against(
    `${OPEN}\n${say(1, done(text("fine\n")))}\nexec >&-; sleep 0.1; echo late >&2`,
  );
  expect(outcome(result)).toEqual([0, "fine\n", "late\n"]);
});

test.concurrent("live output with odd params does no harm", async () => {
  const output = (params: object): string =>
    JSON.stringify({ jsonrpc: "2.0", method: "notifications/runspec/output", params });
  const lines = [
    output({ requestId: 4, stream: "stdout", data: "one\n" }),
    output({ requestId: 4, stream: "stderr", base64: "dHdvCg==" }),
    output({ requestId: 4, stream: "stdin", data: "no\n" }),
    output({ requestId: 4, stream: "stdout" }),
    output({ requestId: 4, stream: "stdout", data: 7 }),
    '{"jsonrpc":"2.0","method":"notifications/runspec/output"}',
    output({ requestId: 4, stream: "stdout", data: "\u00e9 \u{1f642} \ud83d" }).replace("\u00e9", "\\u00e9"),
    done({ content: [], _meta: { runspec: { exit_code: 4 } } }),
  ];
  const opened = say(4, hello({ capabilities: { experimental: { "runspec/stream": {} } } }), tools(TOOL));
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
    "runspec: a: the server's list of tools is too long: over 1000 pages, 25000 tools or 16 MiB\n",
  ]);
});

const UNKNOWN = "Method not found";

test.concurrent.each([
  [
    "its list",
    [],
    `${say(3, hello(), failure(2, -32601, UNKNOWN))}\n${say(2, failure(3, -32601, UNKNOWN))}`,
    [0, "Tools on a:\n\n  (none)\n", "runspec: a: it offers no tools\n  runspec doctor a\n"],
  ],
  [
    "a call",
    ["t"],
    `${say(4, hello(), failure(2, -32601, UNKNOWN), failure(3, -32601, UNKNOWN))}\n${say(2, failure(4, -32601, UNKNOWN))}`,
    [
      127,
      "",
      'runspec: a offers no tool "t"\n  runspec local, run there, says why one is missing\n  runspec jump a lists its tools\n',
    ],
  ],
])(
  "a server without tools need not know how to list them: %s",
  async (_what, words, scriptText, expected) => {
    expect(outcome(await against(`${scriptText}\n${STAY}`, words))).toEqual(expected);
  },
);

test.concurrent.each([
  [
    "refuses the handshake",
    say(1, failure(1, -32600, "not today")),
    "runspec: a: the server refused: not today\n",
  ],
  [
    "speaks a revision that we do not",
    say(1, hello({ protocolVersion: "1999-01-01" })),
    'runspec: a: the server speaks MCP "1999-01-01", which runspec does not\n',
  ],
  [
    "answers neither with a result nor an error",
    say(1, '{"jsonrpc":"2.0","id":1}'),
    "runspec: a: the answer to initialize is not valid JSON-RPC\n",
  ],
  [
    "answers nonsense",
    say(1, answer(1, "hello")),
    "runspec: a: the server's answer to initialize is not valid MCP\n",
  ],
  [
    "lists nonsense",
    say(4, hello(), answer(2, { tools: "t" })),
    "runspec: a: the server's answer to tools/list is not valid MCP\n",
  ],
])("a server that %s: 125", async (_what, scriptText, said) => {
  expect(outcome(await against(`${scriptText}\n${STAY}`))).toEqual([125, "", said]);
});

test.concurrent("a schema that makes no sense takes no arguments away", async () => {
  const odd = { name: "t", inputSchema: { properties: { n: 7, __proto__: {}, "a b": { type: "string" } } } };
  const opened = say(4, hello(), tools(odd, "not a tool", { no: "name" }, null));
  const { code, out } = await against(`${opened}\n${say(1, done(text("fine\n")))}\n${STAY}`, [
    "t",
    "--",
    "--n=x",
  ]);
  expect([code, out]).toEqual([0, "fine\n"]);
});
