/** A session with a host's server, by an ssh that is a server in a few lines of shell. */

import { expect, test } from "bun:test";
import { delimiter } from "node:path";
import { now, reachOf } from "../../../src/fleet/connection.ts";
import type { HostCall } from "../../../src/fleet/gateway/call-on-one.ts";
import { createDialler, type SessionEvents, WANTED } from "../../../src/fleet/gateway/dial.ts";
import { ServerFailure } from "../../../src/hosts/connection-failure.ts";
import { BASE_ENV } from "../../harness/binary.ts";
import { waitUntil } from "../../harness/processes.ts";
import { recordingSsh } from "../../harness/recording-ssh.ts";
import { quote } from "../../harness/ssh-host.ts";
import { tempDir } from "../../harness/temp.ts";
import { contextOf, host, tool } from "./tools.ts";

const INFO = {
  protocolVersion: "2025-11-25",
  capabilities: { tools: {} },
  serverInfo: { name: "s", version: "1" },
};
const list = (...names: string[]) => ({
  tools: names.map((name) => ({ name, inputSchema: { type: "object" } })),
});
const say = (message: object) => `printf '%s\\n' ${quote(JSON.stringify({ jsonrpc: "2.0", ...message }))}`;
const CHANGED = say({ method: "notifications/tools/list_changed" });
/** To the request whose id is `$id`. */
const answer = (result: object) =>
  `printf '{"jsonrpc":"2.0","id":%s,"result":%s}\\n' "$id" ${quote(JSON.stringify(result))}`;

/** Lists `a` first, and then `b`; `onList` and `onCall` are what it does then. */
async function site({
  onStart = ":",
  onList = ":",
  onCall = ":",
  info = INFO,
  parallel = 1,
  quietMs = 60_000,
}) {
  const seen = `${tempDir()}/seen`;
  const script = [
    onStart,
    "while IFS= read -r line; do",
    `  id=$(printf %s "$line" | sed -n 's/.*"id":\\([0-9]*\\).*/\\1/p')`,
    '  case "$line" in',
    `  *'"initialize"'*) ${answer(info)};;`,
    `  *'"tools/list"'*) if test -e ${seen}; then ${answer(list("b"))}; else : >${seen}; ${answer(list("a"))}; fi; ${onList};;`,
    `  *'"tools/call"'*) ${onCall};;`,
    `  *'"ping"'*) echo asked >&2; ${answer({})};;`,
    "  esac",
    "done",
  ].join("\n");
  const ssh = await recordingSsh(tempDir(), { script });
  const env = {
    PATH: [ssh.binDir, BASE_ENV.PATH].join(delimiter),
    HOME: tempDir(),
    // However busy the machine is.
    RUNSPEC_HANDSHAKE_TIMEOUT: "600",
  };
  const told: string[] = [];
  const words: string[] = [];
  const dialler = createDialler({
    reach: { ...reachOf(contextOf(env)), quietMs },
    ...{ parallel, user: "me" },
    asides: {
      take: async ({ name }, bytes) => void words.push(`${name}: ${Buffer.from(bytes)}`),
      end: async ({ name }) => void words.push(`${name} is over`),
    },
  });
  const eventsOf = (name: string): SessionEvents => ({
    onTools: (tools) => told.push(`tools of ${name}: ${tools.map((one) => one.name)}`),
    onEnd: () => told.push("end"),
    signal: new AbortController().signal,
  });
  const dial = (more: Partial<SessionEvents> = {}, name = "web", wanted: number = WANTED.call) => {
    const { session, want } = dialler(host(name), { ...eventsOf(name), ...more });
    want(wanted);
    return session;
  };
  return { told, words, eventsOf, dial, dialler, ssh };
}

const call = (signal = new AbortController().signal): HostCall => ({
  ...{ name: "a", human: false, arguments: {}, client: undefined, signal, listed: tool("a") },
});

test("a call whose connection breaks is lost, and nothing is claimed of the tool", async () => {
  const { told, dial } = await site({ onCall: "exit 255" });
  const session = await dial();
  const { outcome } = await session.call(call());
  expect({ ...outcome, durationMs: 0 }).toMatchObject({
    ...{ because: "lost", exitCode: 255, durationMs: 0 },
    error:
      "the server was ended by a signal, or the connection broke before the answer came; the call had been sent, and whether the tool has ended there is not known",
    hint: "if a tool was started, it may run on until the server there notices; look on web before you run it again\nrunspec doctor web",
  });
  expect(told).toEqual(["tools of web: a", "end"]);
});

test("a server that exits in the middle of a call has the code that it has for one host, and for a list", async () => {
  const { dial } = await site({ onCall: "exit 3" });
  const { outcome } = await (await dial()).call(call());
  expect([outcome.because, outcome.exitCode]).toEqual(["lost", 125]);
});

test.each([
  [
    "that is no answer",
    { content: [], resultType: "input_required" },
    {
      ...{ because: "unknown", exitCode: 125 },
      error:
        "the server's answer to the call is not valid MCP; the call had been sent, and whether the tool has ended there is not known",
      // Not said twice.
      hint: undefined,
    },
  ],
  [
    "of a tool that was stopped and ended with 0",
    { content: [], _meta: { runspec: { exit_code: 0, cancelled: true } } },
    { because: "stopped", exitCode: 255 },
  ],
])("an answer %s is told as what it is", async (_what, result, outcome) => {
  const { dial } = await site({ onCall: answer(result) });
  const session = await dial();
  expect((await session.call(call())).outcome).toMatchObject(outcome);
  await session.close();
});

test("what a server has cut is told as cut", async () => {
  const content = [{ type: "text", text: "sa […] d" }];
  const result = { content, _meta: { runspec: { exit_code: 0, parts: true, truncated: true } } };
  const { dial } = await site({ onCall: answer(result) });
  const session = await dial();
  expect(await session.call(call())).toMatchObject({ stdout: "sa […] d", truncated: true });
  await session.close();
});

test.each([
  [false, { stdout: "said\n", stderr: "", outcome: { because: "succeeded", exitCode: 0 } }],
  [true, { stdout: "", stderr: "said\n", outcome: { because: "failed", exitCode: 1 } }],
])("what a server says that knows no streams is one of them: a failure %j", async (isError, said) => {
  const { dial } = await site({ onCall: answer({ content: [{ type: "text", text: "said\n" }], isError }) });
  const session = await dial();
  expect(await session.call(call())).toMatchObject(said);
  await session.close();
});

test("a call takes as long as it did here, whatever its server says", async () => {
  for (const said of [{}, { duration_ms: 1e300 }]) {
    const result = { content: [], _meta: { runspec: said } };
    const { dial } = await site({ onCall: `sleep 0.05; ${answer(result)}` });
    const session = await dial();
    const { durationMs = 0 } = (await session.call(call())).outcome;
    expect([durationMs >= 50, durationMs < 1e6]).toEqual([true, true]);
    await session.close();
  }
});

test.each([
  [-32700, { because: "refused", exitCode: 125, error: "the server refused: no" }],
  [-32600, { because: "refused", exitCode: 125, error: "the server refused: no" }],
  [-32602, { because: "refused", exitCode: 125, error: "the server refused: no" }],
  [
    -32603,
    {
      ...{ because: "unknown", exitCode: 125 },
      error:
        "the server answered with an error: no; the call had been sent, and whether the tool has ended there is not known",
    },
  ],
])("an error of code %d is a refusal only where nothing can have run", async (code, outcome) => {
  const error = quote(JSON.stringify({ code, message: "no" }));
  const { dial } = await site({ onCall: `printf '{"jsonrpc":"2.0","id":%s,"error":%s}\\n' "$id" ${error}` });
  const session = await dial();
  expect((await session.call(call())).outcome).toMatchObject(outcome);
  await session.close();
});

test("a server that answers and cannot be used was reached", async () => {
  const refusal = say({ id: 1, error: { code: -32603, message: "no licence" } });
  // An answer that comes before its request would be nobody's.
  const { dial } = await site({ onStart: `IFS= read -r line; ${refusal}` });
  const error = await dial().catch((one: unknown) => one);
  expect([error instanceof ServerFailure, error instanceof Error && error.message]).toEqual([
    true,
    "web: the server answered with an error: no licence",
  ]);
});

test.each([
  ["that cannot be opened", "printf no >&2; exit 255"],
  ["that is open", "printf no >&2"],
])(
  "what is said on stderr beside a session %s is passed on, and no other's stands on its last line",
  async (_what, onStart) => {
    const { words, dial } = await site({ onStart });
    // One of the two servers ends before it answers: then there is no session to close.
    const session = await dial().catch(() => undefined);
    await waitUntil(() => words.length > 0, 20_000, "its words");
    await session?.close();
    await waitUntil(() => words.length > 1, 20_000, "their end");
    expect(words).toEqual(["web: no", "web is over"]);
  },
);

test("what it offers is told, and again when it says that it has changed", async () => {
  const { told, dial } = await site({
    onList: `test "$n" = 2 || ${CHANGED}; n=2`,
  });
  const session = await dial();
  await waitUntil(() => told.length >= 2, 20_000, "the second list");
  expect(told.slice(0, 2)).toEqual(["tools of web: a", "tools of web: b"]);
  await session.close();
  await Bun.sleep(0);
  // Whoever closes it need not be told of its end.
  expect(told).not.toContain("end");
});

test("a call that is a person's is refused where the server is not known to refuse it", async () => {
  const answered = { onCall: answer({ content: [] }) };
  const listed = tool("a", { "x-autonomy": "manual" });
  const ours = { ...INFO, capabilities: { tools: {}, experimental: { "runspec/run": {} } } };
  for (const [info, human, outcome] of [
    [INFO, false, { because: "refused", error: "a is manual: only a person may do this" }],
    [INFO, true, { because: "succeeded" }],
    [ours, false, { because: "succeeded" }],
  ] as const) {
    const { dial } = await site({ ...answered, info });
    const session = await dial();
    expect((await session.call({ ...call(), human, listed })).outcome).toMatchObject(outcome);
    await session.close();
  }
});

test("a call that nobody wants any more is dropped", async () => {
  const leaving = new AbortController();
  const { dial } = await site({});
  const session = await dial();
  const answered = session.call(call(leaving.signal));
  leaving.abort(new Error("gone"));
  expect((await answered).outcome).toEqual({
    because: "stopped",
    exitCode: 130,
    error: "the call was cancelled: the tool is told to stop, and whether it has ended is not known",
  });
  await session.close();
});

test("after a call that is dropped it is asked whether it is there: nothing has answered", async () => {
  const { words, dial } = await site({ quietMs: 500 });
  const session = await dial();
  const opened = now();
  await waitUntil(() => now() - opened >= 500, 20_000, "that it has been quiet");
  const gone = new AbortController();
  const called = session.call(call(gone.signal));
  gone.abort();
  await called;
  expect(await session.isThere()).toBe(true);
  await session.close();
  expect(words).toEqual(["web: asked\n", "web is over"]);
});

test("what is wanted most is opened first, also where that comes later", async () => {
  const { told, eventsOf, dial, dialler } = await site({});
  const { unasked, look, call } = WANTED;
  const first = dial({}, "first");
  const later = dialler(host("called"), eventsOf("called"));
  later.want(unasked);
  const opened = [first, dial({}, "unasked", unasked), dial({}, "looked for", look), later.session];
  later.want(call);
  for (const session of await Promise.all(opened)) await session.close();
  expect(told.map((one) => one.replace(/: .*/, ""))).toEqual([
    ...["tools of first", "tools of called", "tools of looked for", "tools of unasked"],
  ]);
});

test("those that nobody waits for take a quarter of the places, so that a call finds one", async () => {
  const { eventsOf, dial, dialler, ssh } = await site({
    parallel: 5,
    onStart: "case $* in *mute*) exec cat >/dev/null;; esac",
  });
  const leaving = new AbortController();
  const { signal } = leaving;
  const mute = ["mute-1", "mute-2", "mute-3"].map((name) =>
    dialler(host(name), { ...eventsOf(name), signal }),
  );
  for (const { want } of mute) want(WANTED.unasked);
  await (await dial()).close();
  while ((await ssh.calls()).length < 3) await Bun.sleep(5);
  const called = (await ssh.calls()).map((words) => words.find((word) => /^(mute-.|web)$/.test(word)));
  expect(called.sort()).toEqual(["mute-1", "mute-2", "web"]);
  const ended = Promise.allSettled(mute.map(({ session }) => session));
  leaving.abort(new Error("closing"));
  await ended;
});

test("one that nobody wants any more is opened for nobody", async () => {
  const { told, dial } = await site({});
  const left = new Error("closing");
  expect(await dial({ signal: AbortSignal.abort(left) }).catch((error) => error)).toBe(left);
  expect(told).toEqual([]);
});
