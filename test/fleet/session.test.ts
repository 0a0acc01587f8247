/** A call on one host of many, by an ssh that is a server of three answers. */

import { expect, spyOn, test } from "bun:test";
import { delimiter } from "node:path";
import { RunspecError } from "../../src/errors.ts";
import { reachOf } from "../../src/fleet/connection.ts";
import type { Host } from "../../src/fleet/resolve-hosts.ts";
import { createSession } from "../../src/fleet/session.ts";
import { BASE_ENV } from "../harness/binary.ts";
import { waitUntil } from "../harness/processes.ts";
import { recordingSsh } from "../harness/recording-ssh.ts";
import { quote } from "../harness/ssh-host.ts";
import { tempDir } from "../harness/temp.ts";
import { contextOf, host } from "./gateway/tools.ts";

const answer = (id: number, result: object) => JSON.stringify({ jsonrpc: "2.0", id, result });
const ran = (facts: object) => ({
  content: [],
  isError: false,
  _meta: { runspec: { tool: "t", exit_code: 0, duration_ms: 1, ...facts } },
});
const HELLO = {
  protocolVersion: "2025-11-25",
  capabilities: { experimental: { "runspec/run": {}, "runspec/stream": {} } },
  serverInfo: { name: "s", version: "1" },
};
const WORDS = JSON.stringify({
  jsonrpc: "2.0",
  method: "notifications/runspec/output",
  params: { requestId: 3, stream: "stdout", data: "done\n" },
});

function says(lines: string): string {
  return `read -r line; printf '%s\\n' ${quote(lines)}`;
}

function refuses(code: number): string {
  return says(JSON.stringify({ jsonrpc: "2.0", id: 3, error: { code, message: "no" } }));
}

/** One that has been checked, and said a word; `then`: what the server does next. */
async function checked(
  onAside: (host: Host, words: Uint8Array) => Promise<void>,
  then = `${says(`${WORDS}\n${answer(3, ran({}))}`)}; read -r line`,
) {
  const script = [
    // Before its first answer, and on the way of that.
    "echo Welcome",
    says(answer(1, HELLO)),
    // `notifications/initialized`
    "read -r line",
    says(answer(2, ran({ checked: true }))),
    then,
  ].join("\n");
  const ssh = await recordingSsh(tempDir(), { script });
  const path = [ssh.binDir, BASE_ENV.PATH].join(delimiter);
  const reach = reachOf(contextOf({ PATH: path, HOME: tempDir(), RUNSPEC_HANDSHAKE_TIMEOUT: "600" }));
  const call = { name: "t", words: [], human: true };
  const session = createSession(host("h"), { ...reach, call, onAside, wantsAutonomy: false });
  expect(await session.check()).toMatchObject({ kind: "ready" });
  return session;
}

/** What shows something, and takes its time. */
function slowly() {
  const begun = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  return {
    begun: begun.promise,
    over: over.resolve,
    show() {
      begun.resolve();
      return over.promise;
    },
  };
}

test("a signal while the last words are shown makes nothing of the call unknown", async () => {
  const session = await checked(async () => {});
  const screen = slowly();
  const running = session.run({ start: () => screen.show, limitMs: undefined });
  await screen.begun;
  // What came with it has been read by then.
  await new Promise(setImmediate);
  session.stop("SIGINT");
  screen.over();
  expect(await running).toMatchObject({ because: "succeeded", exitCode: 0 });
  await session.close();
});

test("after a signal while the first words are shown nothing is started", async () => {
  const screen = slowly();
  const session = await checked(screen.show);
  const running = session.run({ start: () => expect.unreachable(), limitMs: undefined });
  await screen.begun;
  session.stop("SIGINT");
  screen.over();
  expect(await running).toEqual({ because: "not started" });
  await session.close();
});

test("a connection that was lost is noticed once its end has been seen, or it is asked; after secrets were asked for, it is made anew", async () => {
  const session = await checked(async () => {}, "exit");
  await waitUntil(async () => !(await session.isThere()), 20_000, "the end of the connection to be seen");
  expect(await session.checkWith(["--token", "s"])).toMatchObject({ kind: "ready" });
  await session.close();
});

test("where a piece cannot be kept while the tool runs, no more is claimed than is known", async () => {
  const session = await checked(async () => {}, `${says(WORDS)}; cat >/dev/null`);
  const start = () => () => Promise.reject(new RunspecError("no room"));
  const { error } = await session.run({ start, limitMs: undefined });
  expect(error).toBe("no room; whether the tool has ended there is not known");
  await session.close();
});

const UNKNOWN = "whether the tool has ended there is not known";

test.each([
  ["the connection is lost", "exit 255", "lost", 255, "or the connection broke before the answer came; "],
  [
    "the server is killed",
    "exit 137",
    "lost",
    125,
    "closed the connection before it answered (it ended with 137); ",
  ],
  [
    "it answers with an error of its own",
    refuses(-32603),
    "unknown",
    125,
    "the server answered with an error: no; ",
  ],
  [
    "its answer is none",
    says(answer(3, { content: [], resultType: "input_required" })),
    "unknown",
    125,
    "is not valid MCP; ",
  ],
])("where %s, it is not known whether the tool has ended", async (_what, then, because, exitCode, error) => {
  const session = await checked(async () => {}, `${then}; read -r line`);
  const outcome = await session.run({ start: () => async () => {}, limitMs: undefined });
  expect(outcome).toMatchObject({ because, exitCode });
  expect(outcome.error).toEndWith(`${error}${UNKNOWN}`);
  await session.close();
});

test.each([
  [-32602, "the server refused: no"],
  [-32601, "it does not take the call any more"],
])("an error of code %d is a refusal: nothing is said of a tool", async (code, error) => {
  const session = await checked(async () => {}, `${refuses(code)}; read -r line`);
  const outcome = await session.run({ start: () => async () => {}, limitMs: undefined });
  expect(outcome).toMatchObject({ because: "cannot run", exitCode: 125, error });
  await session.close();
});

test.each([
  [
    "is refused after all, as where the tool has become manual since",
    { refused: true, exit_code: 125, refused_for: ["autonomy"] },
    { because: "cannot run", exitCode: 125, error: "so it is" },
  ],
  [
    "runs longer than its own timeout",
    { exit_code: 124, signal: "SIGTERM", timed_out: true },
    { because: "timed out", exitCode: 124, error: "so it is" },
  ],
])("a call that %s", async (_what, facts, outcome) => {
  const result = { ...ran(facts), content: [{ type: "text", text: "so it is" }], isError: true };
  const session = await checked(async () => {}, `${says(answer(3, result))}; read -r line`);
  expect(await session.run({ start: () => async () => {}, limitMs: undefined })).toMatchObject(outcome);
  await session.close();
});

test("what cannot be shown of an answer is told in our name, as of one host", async () => {
  const words: string[] = [];
  const result = { ...ran({}), content: [{ type: "image" }] };
  const onAside = async (_host: Host, bytes: Uint8Array) => void words.push(`${Buffer.from(bytes)}`);
  const session = await checked(onAside, `${says(answer(3, result))}; read -r line`);
  await session.run({ start: () => async () => {}, limitMs: undefined });
  await session.close();
  expect(words.at(-1)).toBe("runspec: the server's answer holds what is not shown here: image\n");
});

test("it is closed at once where nobody takes what it shows", async () => {
  const session = await checked(async () => {});
  const begun = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  const start = () => () => {
    begun.resolve();
    return gone.promise;
  };
  const running = session.run({ start, limitMs: undefined });
  await begun.promise;
  const slept = spyOn(Bun, "sleep").mockImplementation(() => new Promise(() => {}));
  const closing = session.close();
  gone.reject(Object.assign(new Error("nobody reads"), { code: "EPIPE" }));
  await expect(running).rejects.toThrow("nobody reads");
  await closing;
  slept.mockRestore();
});

test.each([
  [0, 255],
  [143, 143],
])(
  "a tool that the end of its server has stopped, and that ended with %d, has not succeeded: %d",
  async (said, code) => {
    const stopped = ran({ exit_code: said, cancelled: true });
    const session = await checked(async () => {}, `${says(answer(3, stopped))}; read -r line`);
    const outcome = await session.run({ start: () => async () => {}, limitMs: undefined });
    expect(outcome).toMatchObject({ because: "stopped", exitCode: code });
  },
);

test.each([
  [0, 130],
  [3, 3],
])("nor has one that a signal to us has stopped, and that ended with %d: %d", async (said, code) => {
  const stopped = answer(3, ran({ exit_code: said, cancelled: true }));
  const session = await checked(async () => {}, `${says(WORDS)}; ${says(stopped)}; read -r line`);
  const begun = Promise.withResolvers<void>();
  const running = session.run({ start: () => async () => begun.resolve(), limitMs: undefined });
  await begun.promise;
  session.stop("SIGINT");
  expect(await running).toMatchObject({ because: "stopped", exitCode: code });
  await session.close();
});

test.each([
  [3, true, "timed out", 124],
  [0, true, "timed out", 124],
  // It had ended by itself when it was told to stop.
  [3, false, "failed", 3],
  [0, false, "succeeded", 0],
] as const)(
  "one whose time is over, and that ended with %d (%j: was stopped): %s, %d",
  async (said, cancelled, because, exitCode) => {
    const ended = answer(3, ran({ exit_code: said, cancelled }));
    const session = await checked(async () => {}, `${says(WORDS)}; ${says(ended)}; read -r line`);
    const outcome = await session.run({ start: () => async () => {}, limitMs: 1 });
    expect(outcome).toMatchObject({ because, exitCode });
    await session.close();
  },
);

test("one that is still being stopped long after its time is left, whatever its host says", async () => {
  const stopping = JSON.stringify({
    jsonrpc: "2.0",
    method: "notifications/runspec/stopping",
    params: { requestId: 3 },
  });
  // The call, what cancels it, and then pings, which are answered for ever.
  const pongs = `n=3; while read -r line; do n=$((n + 1)); printf '{"jsonrpc":"2.0","id":%d,"result":{}}\\n' $n; done`;
  const session = await checked(async () => {}, `${says(WORDS)}; ${says(stopping)}; ${pongs}`);
  const setTimer = setTimeout;
  const hurried = spyOn(globalThis, "setTimeout").mockImplementation(((act: () => void, ms?: number) =>
    setTimer(act, ms === 60_000 ? 50 : ms)) as typeof setTimeout);
  const outcome = await session.run({ start: () => async () => {}, limitMs: 1 });
  hurried.mockRestore();
  expect(outcome).toMatchObject({ because: "timed out", exitCode: 124 });
  await session.close();
});
