/** What the client of a call that is stopped still hears of it, by who stopped it and by how it was made. */

import { expect, mock, spyOn, test } from "bun:test";
import type { PlainObject } from "../../../src/json.ts";
import { NO_ANSWER } from "../../../src/jsonrpc/peer.ts";
import { INPUT_WINDOW } from "../../../src/mcp/extension.ts";
import { findRevision } from "../../../src/mcp/revisions.ts";
import { createCalls, outcomeTold, SERVER_ENDS } from "../../../src/mcp/server/calls.ts";
import type { Caller } from "../../../src/mcp/server/handshake.ts";
import { createLeases } from "../../../src/mcp/server/lease.ts";
import type { CallIo, EndedCall, ToolHost } from "../../../src/mcp/tool-host.ts";

const ENDED = { kind: "ended", exitCode: 143, timedOut: false, cancelled: true, durationMs: 1 } as const;
const CALL = {
  stream: "text",
  apart: false,
  sendsInput: true,
  last: true,
  progressToken: undefined,
} as const;

const toolsBy = (call: ToolHost["call"], leaseMs = 60_000): ToolHost => ({
  list: () => [],
  settings: () => ({ json: false, leaseMs, maxOutput: 1024 }),
  shortestLease: () => leaseMs,
  onChange() {},
  call,
});

/** Of a client that is there and says nothing. */
const USUAL = {
  concurrency: 1,
  heartbeatMs: 5000,
  post: async () => {},
  room: () => undefined,
  stderr: async () => {},
  shortestTold: () => 0,
  leases: createLeases(),
  onLast: () => {},
};

/** A tool that has been started, and that has a last word once it is being ended. */
function createSite(leaseMs: number, shortestTold = 0, exitCode = 143, cancelled = true, reads = true) {
  const heard: string[] = [];
  const started = Promise.withResolvers<void>();
  const ended: boolean[] = [];
  const tools = toolsBy(async (_call, { signal, onStart, onOutput, feed }) => {
    const wasWaiting = signal.aborted;
    if (!wasWaiting) {
      onStart();
      feed?.({ write: () => Promise.reject(new Error("closed")), end: async () => {} });
      const aborted = new Promise((resolve) => signal.addEventListener("abort", resolve));
      started.resolve();
      await aborted;
      await onOutput("stdout", Buffer.from("late\n"));
    }
    ended.push(wasWaiting);
    return { ...ENDED, exitCode, cancelled };
  }, leaseMs);
  const take = (message: PlainObject | string, params: PlainObject = {}) => {
    const { bytes, closed, data } = params;
    heard.push([message, bytes ?? closed ?? data].filter((one) => one !== undefined).join(" "));
  };
  const calls = createCalls({
    ...USUAL,
    tools,
    notify: async (method, params) => take(method.replace("notifications/runspec/", ""), params),
    async post([message = new Uint8Array()]) {
      const { params } = JSON.parse(Buffer.from(message).toString());
      take("output", { data: params.data.trim() });
      if (!reads) await new Promise(() => {});
    },
    shortestTold: () => shortestTold,
    leases: createLeases(),
    onLast: () => heard.push("lost"),
  });
  return { calls, heard, started: started.promise, ended };
}

function callerOf(revision: string, lease: Caller["lease"]): Caller {
  const found = findRevision(revision);
  if (found === undefined) throw new Error(`no revision ${revision}`);
  return { revision: found, client: undefined, lease };
}

const NONE = "none";
const HANDSHAKE = "2025-11-25";
const STATELESS = "2026-07-28";
const STARTED = "input-taken 0";

const WAYS = [
  { by: "cancel", revision: HANDSHAKE, words: false, heard: ["output late", "input-taken true"], code: NONE },
  {
    by: "cancel",
    revision: HANDSHAKE,
    words: true,
    heard: ["stopping", "output late", "input-taken true"],
    code: 143,
  },
  { by: "cancel", revision: STATELESS, words: false, heard: [], code: NONE },
  { by: "cancel", revision: STATELESS, words: true, heard: [], code: NONE },
  { by: "close", revision: HANDSHAKE, words: false, heard: ["output late", "input-taken true"], code: 143 },
  { by: "close", revision: HANDSHAKE, words: true, heard: ["output late", "input-taken true"], code: 143 },
  { by: "close", revision: STATELESS, words: false, heard: ["output late", "input-taken true"], code: 143 },
  { by: "input", revision: HANDSHAKE, words: false, heard: ["input-taken true", "output late"], code: 255 },
  { by: "input", revision: STATELESS, words: false, heard: ["input-taken true", "output late"], code: 255 },
  { by: "lease", revision: HANDSHAKE, words: false, heard: ["lost", "output late"], code: 255 },
  { by: "lease", revision: HANDSHAKE, words: true, heard: ["lost", "output late"], code: 255 },
  { by: "lease", revision: STATELESS, words: false, heard: ["lost", "output late"], code: 255 },
] as const;

for (const { by, revision, words, heard, code } of WAYS)
  test(`stopped by ${by}, in ${revision}, ${words ? "by words" : "by arguments"}`, async () => {
    const site = createSite(by === "lease" ? 1 : 60_000);
    const call = { name: "deploy", human: true, ...(words && { words: [] }) };
    const lease = by === "lease" ? "kept" : "none";
    const result = site.calls.run(7, { ...CALL, call }, callerOf(revision, lease), 0);
    await site.started;
    if (by === "close") site.calls.close();
    if (by === "cancel") site.calls.cancel(7);
    if (by === "input")
      for (let i = 0; i < 3; i++) site.calls.input({ requestId: 7, data: "x".repeat(INPUT_WINDOW) });
    // The tool reads no further.
    if (by !== "lease") site.calls.input({ requestId: 7, data: "x" });
    const answer = await result;
    expect(site.heard).toEqual([STARTED, ...heard]);
    if (code === NONE) expect(answer).toBe(NO_ANSWER);
    else expect(answer).toMatchObject({ _meta: { runspec: { tool: "deploy", exit_code: code } } });
    expect(site.calls.busy()).toBe(false);
  });

test("a tool that was stopped with its server has not succeeded, whatever it ended with", async () => {
  const site = createSite(60_000, 0, 0);
  const result = site.calls.run(
    7,
    { ...CALL, call: { name: "deploy", human: true } },
    callerOf(HANDSHAKE, "none"),
    0,
  );
  await site.started;
  site.calls.close();
  expect(await result).toMatchObject({ isError: true, _meta: { runspec: { exit_code: 255 } } });
});

test("a tool that had ended by itself was not stopped by input that came too late", async () => {
  const site = createSite(60_000, 0, 0, false);
  const call = { name: "deploy", human: true };
  const result = site.calls.run(7, { ...CALL, call }, callerOf(HANDSHAKE, "none"), 0);
  await site.started;
  for (let i = 0; i < 3; i++) site.calls.input({ requestId: 7, data: "x".repeat(INPUT_WINDOW) });
  expect(await result).toMatchObject({ content: [], _meta: { runspec: { exit_code: 0 } } });
});

test("of calls that are given input, as many are held as there is room for all of it", async () => {
  const site = createSite(60_000);
  const run = (id: number, sendsInput: boolean) => {
    const call = { ...CALL, sendsInput, call: { name: "deploy", human: true } };
    return site.calls.run(id, call, callerOf(HANDSHAKE, "none"), 0);
  };
  const held = Array.from({ length: 64 }, (_, id) => run(id, true));
  const tooMany = run(64, true).catch((error: Error) => error.message);
  const other = run(65, false);
  site.calls.close();
  expect(await tooMany).toMatch("the calls under way hold too many bytes");
  expect(await Promise.all([...held, other])).toHaveLength(65);
});

test("a client that is gone, and takes nothing of what its tool said, holds up nobody", async () => {
  const every = setInterval;
  const timers = spyOn(globalThis, "setInterval");
  timers.mockImplementation(((action: () => void) => every(action, 1)) as unknown as typeof setInterval);
  const site = createSite(1, 0, 143, true, false);
  const call = { name: "deploy", human: true };
  const result = site.calls.run(7, { ...CALL, call }, callerOf(HANDSHAKE, "kept"), 0);
  expect(await result).toMatchObject({ _meta: { runspec: { exit_code: 255 } } });
  timers.mockRestore();
});

test("who keeps leases on the way is heard as often as the client was told, also by a tool that has a shorter one since", async () => {
  const site = createSite(1, 60_000);
  const result = site.calls.run(
    7,
    { ...CALL, call: { name: "deploy", human: true } },
    callerOf(HANDSHAKE, "kept"),
    0,
  );
  await site.started;
  await Bun.sleep(30);
  site.calls.cancel(7);
  expect(await result).toBe(NO_ANSWER);
  expect(site.heard).not.toContain("lost");
});

test("cancelled while it waits for its turn: nothing is started, and the tools behind are told", async () => {
  const site = createSite(60_000);
  const run = (id: number, words?: string[]) => {
    const call = { name: "deploy", human: true, ...(words && { words }) };
    return site.calls.run(id, { ...CALL, call }, callerOf(HANDSHAKE, "none"), 0);
  };
  const first = run(1);
  await site.started;
  const [byArguments, byWords] = [run(2), run(3, [])];
  site.calls.cancel(2);
  site.calls.cancel(3);
  expect(await byArguments).toBe(NO_ANSWER);
  expect(await byWords).toMatchObject({ _meta: { runspec: { exit_code: 143 } } });
  expect(site.ended).toEqual([true, true]);
  site.calls.cancel(1);
  expect(await first).toBe(NO_ANSWER);
});

test("an answer comes apart from the last report: clients that read both at once take the report for a stray one", async () => {
  const reported = Promise.withResolvers<void>();
  const events: string[] = [];
  const calls = createCalls({
    ...USUAL,
    tools: toolsBy(async () => {
      await reported.promise;
      return { ...ENDED, exitCode: 0, cancelled: false };
    }),
    async notify() {
      events.push("report");
      setTimeout(() => events.push("the client reads"), 0);
      reported.resolve();
    },
    heartbeatMs: 1,
  });
  const request = { ...CALL, stream: "none", sendsInput: false, progressToken: 0 } as const;
  await calls.run(7, { ...request, call: { name: "deploy", human: true } }, callerOf(HANDSHAKE, "none"), 0);
  expect([...events, "answer"]).toEqual(["report", "the client reads", "answer"]);
});

const LEASE = "nothing was heard from its client for 2 s";
const TOO_MUCH = "its client sent more than 2 MiB of input that the tool had not taken";
const DONE = { ...ENDED, exitCode: 0, cancelled: false } as const;
const STOPPED = { ...ENDED, explanation: "deploy was stopped by SIGTERM" } as const;

test.each<[string, unknown, EndedCall, number, string | undefined]>([
  ["by the end of its lease, that", LEASE, DONE, 255, `${LEASE}: deploy was stopped`],
  ["likewise, with its end", LEASE, STOPPED, 255, `${LEASE}: ${STOPPED.explanation}`],
  ["by too much input, that", TOO_MUCH, STOPPED, 255, `${TOO_MUCH}: ${STOPPED.explanation}`],
  ["by input that came when it had ended, its end alone", TOO_MUCH, DONE, 0, undefined],
  ["with its server, its end alone", SERVER_ENDS, STOPPED, 143, STOPPED.explanation],
  ["with its server, no success", SERVER_ENDS, { ...STOPPED, exitCode: 0 }, 255, STOPPED.explanation],
])("a client is told of a tool that was stopped %s", (_how, why, outcome, exitCode, explanation) => {
  expect(outcomeTold(outcome, why, "deploy")).toEqual({
    ...outcome,
    exitCode,
    ...(explanation && { explanation }),
  });
});

test("one that the client cancelled is told as it ended: whoever cancelled knows", async () => {
  const site = createSite(60_000, 0, 0);
  const call = { name: "deploy", words: [], human: true };
  const result = site.calls.run(7, { ...CALL, call }, callerOf(HANDSHAKE, "none"), 0);
  await site.started;
  site.calls.cancel(7);
  expect(await result).toMatchObject({ _meta: { runspec: { exit_code: 0 } } });
});

test("nothing is reported of a call that is over, however it ended, nor of its input", async () => {
  const timers = spyOn(globalThis, "setInterval");
  const stops = spyOn(globalThis, "clearInterval");
  const heard: string[] = [];
  let feed: CallIo["feed"];
  const calls = createCalls({
    ...USUAL,
    tools: toolsBy(async (_call, io) => {
      feed = io.feed;
      throw new Error("failed");
    }),
    notify: async (method) => void heard.push(method),
  });
  const request = { ...CALL, progressToken: 0, call: { name: "deploy", human: true } };
  const ended = calls.run(7, request, callerOf(HANDSHAKE, "none"), 0);
  expect(await ended.catch((error: Error) => error.message)).toBe("failed");
  feed?.({ write: async () => {}, end: async () => {} });
  const [timer, stopped] = [timers.mock.results[0]?.value, stops.mock.calls[0]?.[0]];
  expect([timers.mock.calls.length, timer === stopped, heard]).toEqual([1, true, []]);
  mock.restore();
});
